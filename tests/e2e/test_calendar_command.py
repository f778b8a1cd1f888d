"""`obrador calendar` as a person types it, each command a process of its own."""

import re
from datetime import date, timedelta
from pathlib import Path

from tests.e2e.conftest import Obrador

FILE = "Ferien;Beginn;Ende\nOsterferien;03.04.2026;17.04.2026\nKaputt;17.04.2026;03.04.2026\n"


def test_a_calendar_is_imported_listed_and_proposed(
    obrador: Obrador,
    tmp_path: Path,
) -> None:
    obrador("bakery", "new", "Backstube", "--country", "DE", "--locale", "en_GB")
    holidays, sales = tmp_path / "ferien.csv", tmp_path / "sales.csv"
    holidays.write_text(FILE, encoding="cp1252")
    days = (date(2026, 1, 5) + timedelta(days=n) for n in range(56))
    rows = "".join(f"{day},Bread,40\n" for day in days if day.weekday() < 5)
    sales.write_text("date,product,quantity\n" + rows)

    nothing = obrador("calendar", "proposals")
    imported = obrador("calendar", "import", str(holidays), "--kind", "school_holiday")
    again = obrador("calendar", "import", str(holidays), "--kind", "school_holiday")
    obrador("import", "sales", str(sales))
    proposed = obrador("calendar", "proposals").stdout

    assert "nothing" in nothing.stdout
    assert "1 new, 0 changed" in imported.stdout
    assert "line 3: the last day is before the first" in imported.stderr
    assert "0 new, 0 changed, 1 known already" in again.stdout
    assert (
        "2026-04-03 – 2026-04-17  Osterferien  school holiday" in obrador("calendar", "list").stdout
    )
    assert "Saturday closed, Sunday closed" in proposed
    own = re.search(r"[0-9a-f-]{36}", proposed)
    assert own is not None
    obrador("calendar", "confirm", own[0])
    assert own[0] not in obrador("calendar", "proposals").stdout
    assert (
        "Nothing of the kind"
        in obrador("calendar", "dismiss", str(own[0])[:-4] + "0000", code=1).stderr
    )
    assert "no file" in obrador("calendar", "import", "none.ics", code=1).stderr
