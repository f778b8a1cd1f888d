"""Public holidays, school holidays and the trade's special days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.kit.calendar import calendar_year, public_holidays, school_holidays
from obrador.kit.retail_days import retail_days

PLACES = [("DE", "SH"), ("ES", "MD"), ("GB", "SCT"), ("FR", None), ("GR", None), ("JP", None)]


def special(country: str, day: date, subdivision: str | None = None) -> str | None:
    index = day.timetuple().tm_yday - 1
    return calendar_year(country, subdivision, day.year).special[index]


@pytest.mark.parametrize(
    ("country", "day"),
    [
        ("DE", date(2018, 5, 13)),
        ("ES", date(2026, 5, 3)),
        ("GB", date(2017, 3, 26)),
        ("FR", date(2026, 5, 31)),
        ("FR", date(2023, 6, 4)),
        ("SE", date(2026, 5, 31)),
        ("NO", date(2026, 2, 8)),
        ("PL", date(2026, 5, 26)),
        ("AR", date(2026, 10, 18)),
        ("US", date(2026, 5, 10)),
    ],
)
def test_mothers_day_is_another_day_in_other_countries(country: str, day: date) -> None:
    days = [each for each, name in retail_days(country, day.year).items() if name == "Mother's Day"]

    assert days == [day]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2016, 12, 6), "St Nicholas"),
        (date(2016, 12, 24), "Christmas Eve"),
        (date(2016, 12, 31), "New Year's Eve"),
        (date(2017, 1, 6), "Epiphany"),
        (date(2017, 2, 14), "Valentine's Day"),
        (date(2017, 2, 27), "Carnival Monday"),
        (date(2017, 2, 28), "Shrove Tuesday"),
        (date(2017, 4, 13), "Maundy Thursday"),
        (date(2017, 4, 15), "Easter Saturday"),
        (date(2017, 4, 16), "Easter Sunday"),
        (date(2017, 6, 4), "Whit Sunday"),
    ],
)
def test_the_days_of_a_bakery_in_kiel_are_known(day: date, name: str) -> None:
    assert special("DE", day, "SH") == name


def test_public_holidays_have_the_names_of_their_country(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en_US")
    public_holidays.cache_clear()

    assert public_holidays("ES", "MD", 2031)[date(2031, 1, 6)] == "Epifanía del Señor"
    assert public_holidays("DE", "SH", 2031)[date(2031, 1, 1)] == "Neujahr"


def test_a_public_holiday_is_no_special_day_besides() -> None:
    assert special("ES", date(2026, 4, 3), "MD") is None  # Good Friday
    assert special("FR", date(2026, 4, 3)) == "Good Friday"
    assert special("GR", date(2026, 4, 11)) == "Easter Saturday"


def test_school_holidays_are_known_where_the_library_has_them() -> None:
    summer = school_holidays("DE", "SH", 2018)

    assert date(2018, 7, 9) in summer
    assert date(2018, 8, 18) in summer
    assert date(2018, 8, 20) not in summer
    assert school_holidays("ES", "MD", 2018) == {}
    assert not calendar_year("XX", None, 2018).is_school_holiday.any()


@given(st.sampled_from(PLACES), st.integers(1990, 2099))
def test_every_day_of_a_year_has_its_place(place: tuple[str, str | None], year: int) -> None:
    known = calendar_year(*place, year)
    days = date(year, 12, 31).timetuple().tm_yday

    assert len(known.holiday) == len(known.special) == len(known.is_school_holiday) == days
    assert not any(a and b for a, b in zip(known.holiday, known.special, strict=True))
