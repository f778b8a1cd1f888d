"""`obrador weather` as a person types it."""

from pathlib import Path

from tests.e2e.conftest import Obrador

FILE = "Datum;TMK;RSK\n01.03.2026;4,5;0\n02.03.2026;5,1;2,4\n03.03.2026;viel;0\n"


def test_weather_is_imported_and_faults_are_told(
    obrador: Obrador,
    tmp_path: Path,
) -> None:
    obrador("bakery", "new", "Backstube", "--country", "DE", "--locale", "de_DE")
    weather = tmp_path / "wetter.csv"
    weather.write_text(FILE, encoding="cp1252")

    dry = obrador("weather", "import", str(weather), "--dry-run")
    real = obrador("weather", "import", str(weather))

    assert "dry run: nothing was kept" in dry.stdout
    assert "2 days from 2026-03-01 to 2026-03-02" in real.stdout
    assert "1 rejected" in real.stdout
    assert "line 4: temperature: 'viel' is no number between -70 and 60" in real.stderr
