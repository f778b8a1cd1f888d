"""What spreadsheet programs must not run."""

import pytest

from obrador.kit.spreadsheets import harmless


@pytest.mark.parametrize(
    "words",
    [
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)",
        "+1-1",
        "-2+3",
        '=HYPERLINK("http://x")',
        " =1+1",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "＝1+1",
    ],
)
def test_a_formula_becomes_text(words: str) -> None:
    assert harmless(words) == f"'{words}"


@pytest.mark.parametrize("words", ["", "Pan de molde", "1/2 barra", "Café = bueno", "'n Broodje"])
def test_names_stay_as_they_are(words: str) -> None:
    assert harmless(words) == words
