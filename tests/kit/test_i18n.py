"""Every text exists in every language, and numbers and dates are written as people write them."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, time
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from jinja2.ext import babel_extract

import obrador
from obrador.app import create_app  # noqa: F401  which knows all errors
from obrador.kit.errors import ObradorError
from obrador.kit.i18n import CATALOGUES, LANGUAGES, speech

KEYWORDS = {"phrase": None, "counted": (1, 2)}


def _spoken(
    file: BinaryIO, keywords: Collection[str], tags: Collection[str], options: Mapping[str, Any]
) -> Iterable[tuple[Any, ...]]:
    """The texts of a template. What is called by a dotted name, jinja2's own extraction leaves
    out."""
    plain = file.read().replace(b"say.counted(", b"counted(").replace(b"say.phrase(", b"phrase(")
    return babel_extract(BytesIO(plain), list(keywords), list(tags), dict(options))


TEXTS: Any = [("**.py", "python"), ("**/templates/**.html", _spoken)]
ERRORS = [
    ("simulation/**.py", "ignore"),  # who runs a benchmark reads English,
    ("cli*.py", "ignore"),  # and so does who looks at a command line or a log
    ("**.py", "python"),
]
FOR_OPERATORS = {"Misconfigured", "MailFailed", "LostLeadership", "TakenForDead", "NeverAgain"}


def _errors(kind: type[ObradorError] = ObradorError) -> set[str]:
    below = {name for each in kind.__subclasses__() for name in _errors(each)}
    return ({kind.__name__} | below) - FOR_OPERATORS


ERROR_KEYWORDS = dict.fromkeys(_errors()) | {"Fault": (2,), "marked": None}
FOUND_IN = (
    (TEXTS, KEYWORDS),
    (ERRORS, ERROR_KEYWORDS),
    ([("**schemas.py", "python"), ("**.py", "ignore")], {"ValueError": None}),
)


@cache
def messages() -> set[str | tuple[str, str]]:
    """All texts that people are told, by themselves or as one and many."""
    return set(_found())


def _found() -> Iterator[str | tuple[str, str]]:
    for methods, keywords in FOUND_IN:
        found = extract_from_dir(Path(obrador.__file__).parent, methods, keywords=keywords)
        for _, _, message, _, _ in found:
            # Of an argument that is put together, bits are found that are no text.
            if keywords is KEYWORDS or re.search(r"\w \w", str(message)):
                yield tuple(message) if isinstance(message, tuple | list) else message  # type: ignore[misc]


def _blanks(message: str) -> set[str]:
    """With how they are to be written, such as `{count:,}`."""
    return set(re.findall(r"{(\w+[^}]*)}", message))


def _is_translated(message: str | tuple[str, str], catalogue: Catalog) -> bool:
    singular, many = (message, message) if isinstance(message, str) else message
    entry = catalogue.get(singular)
    if entry is None or not entry.string:
        return False
    first, last = (entry.string,) * 2 if isinstance(entry.string, str) else entry.string
    return _blanks(first) == _blanks(singular) and _blanks(last) == _blanks(many)


def test_there_are_messages() -> None:
    assert len(messages()) > 80


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_text_is_translated_with_the_same_blanks(language: str) -> None:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    wrong = [message for message in messages() if not _is_translated(message, catalogue)]

    assert wrong == []


def test_no_translation_is_left_over() -> None:
    used = {message if isinstance(message, str) else message[0] for message in messages()}
    for language in LANGUAGES:
        path = CATALOGUES / f"{language}.po"
        if path.exists():
            with path.open("rb") as file:
                entries = {
                    entry.id if isinstance(entry.id, str) else entry.id[0]
                    for entry in read_po(file, locale=language)
                }
            assert entries - used == {""}


def test_spanish_says_usted() -> None:
    """Whoever reads it is never spoken to as tú, in half of the texts or in one of them."""
    informal = re.compile(r"\b(tu|tus|tú|te|ti|tuyo|tuya|tuyos|tuyas|contigo)\b", re.IGNORECASE)
    with (CATALOGUES / "es.po").open("rb") as file:
        said = [entry.string or "" for entry in read_po(file, locale="es")]
    texts = [text for one in said for text in ([one] if isinstance(one, str) else one)]

    assert [text for text in texts if informal.search(text)] == []


def test_spanish_bakery_reads_spanish() -> None:
    say = speech(None, "es_ES", "EUR")

    assert say.day(date(2026, 3, 3)) == "martes, 3 de marzo"
    assert say.money(123_456) == "1.234,56\xa0€"
    assert say.quantity(12_500, "g") == "12,5 kg"
    assert say.clock(time(7, 5)) == "07:05"
    assert say.change(-0.2) == "-20 %"


def test_other_languages_read_english_with_their_own_numbers() -> None:
    say = speech(None, "de_DE", "EUR")

    assert say.language == "en"
    assert say.number(1234.5, 1) == "1.234,5"


@given(st.floats(-1e9, 1e9), st.sampled_from(["g", "ml", "piece"]))
def test_any_quantity_can_be_said(value: float, unit: str) -> None:
    assert speech("en", "en_GB", "GBP").quantity(value, unit)
