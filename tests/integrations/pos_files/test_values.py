"""Dates, times and numbers as people and tills write them."""

from datetime import date, datetime, time, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.integrations.pos_files.values import moment_format, number_format, time_pattern

days = st.dates(date(1991, 1, 1), date(2090, 12, 31))
DATES = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d"]
SHORT = ["%d/%m/%y", "%m/%d/%y", "%d.%m.%y"]


at = datetime.fromisoformat


def texts(*values: str) -> pl.Series:
    return pl.Series("Fecha", values, dtype=pl.String)


@settings(max_examples=50)
@given(st.lists(days, min_size=40, max_size=60), st.sampled_from(DATES))
def test_dates_are_read_as_they_were_written(written: list[date], pattern: str) -> None:
    column = texts(*(f"{day:{pattern}}" for day in written))
    found = moment_format(column, month_first=False)

    assert found is not None
    read = found.read(column, "UTC").dt.date().to_list()
    # Forty days of which none is after the twelfth of its month are read either way.
    assert read == written or found.is_ambiguous


@pytest.mark.parametrize("pattern", DATES + SHORT)
@pytest.mark.parametrize("clock", ["", " %H:%M", " %H:%M:%S", "T%H:%M:%S", " %I:%M %p"])
def test_every_format_of_a_month_of_sales(pattern: str, clock: str) -> None:
    start = at("2025-01-01 14:45")
    moments = [start + timedelta(days=day) for day in range(31)]
    column = texts(*(f"{moment:{pattern}{clock}}" for moment in moments))
    found = moment_format(column, month_first=False)

    assert found is not None
    assert found.has_time == bool(clock)
    assert not found.is_ambiguous
    read = found.read(column, "UTC").to_list()
    assert read == (moments if clock else [at(f"{moment:%Y-%m-%d}") for moment in moments])


@pytest.mark.parametrize(
    ("values", "month_first", "first"),
    [
        (["01/02/2025", "02/02/2025", "03/02/2025"], True, date(2025, 2, 1)),
        (["02/01/2025", "02/02/2025", "02/03/2025"], False, date(2025, 2, 1)),
        (["01/02/2025"], True, date(2025, 1, 2)),
        (["01/02/2025"], False, date(2025, 2, 1)),
    ],
)
def test_days_in_a_row_then_custom_settle_day_and_month(
    values: list[str], month_first: bool, first: date
) -> None:
    found = moment_format(texts(*values), month_first=month_first)

    assert found is not None
    assert found.is_ambiguous
    assert found.read(texts(*values), "UTC").dt.date()[0] == first


def test_what_is_written_otherwise_reads_as_null() -> None:
    column = texts("2025-01-31", "2025-02-30", "", "Total", "2025-02-01")
    found = moment_format(column, month_first=False)

    assert found is not None
    assert found.read(column, "UTC").is_null().to_list() == [False, True, True, True, False]


def test_numbers_of_excel_are_days() -> None:
    column = texts("45292", "45292.5", "12")
    found = moment_format(column.head(2), month_first=False)

    assert found is not None
    assert found.has_time
    assert found.read(column, "UTC").to_list() == [
        at("2024-01-01"),
        at("2024-01-01 12:00"),
        None,
    ]


@pytest.mark.parametrize(
    "written", ["2025-03-30T00:59:59Z", "2025-03-30 01:59:59+0100", "2025-03-30T00:59:59.000Z"]
)
def test_times_with_a_zone_become_local(written: str) -> None:
    column = texts(written)
    found = moment_format(column, month_first=False)

    assert found is not None
    assert found.read(column, "Europe/Madrid").to_list() == [at("2025-03-30 01:59:59")]


@pytest.mark.parametrize("values", [[], [""], ["bread", "rolls"], ["3.5"]])
def test_no_dates_no_format(values: list[str]) -> None:
    assert moment_format(texts(*values), month_first=False) is None


@pytest.mark.parametrize("written", ["17:45", "17:45:00", "5:45 PM", "17.45", "17h45"])
def test_times_of_day(written: str) -> None:
    column = texts("08:00" if written == "" else written)
    pattern = time_pattern(column)

    assert pattern is not None
    assert column.str.to_time(pattern).to_list() == [time(17, 45)]


def test_no_times_no_pattern() -> None:
    assert time_pattern(texts("soon", "")) is None


@settings(max_examples=50)
@given(
    st.lists(st.floats(-1e9, 1e9).map(lambda number: round(number, 2)), min_size=1, max_size=30),
    st.sampled_from([(".", ""), (",", ""), (".", ","), (",", "."), (",", " "), (",", "\u202f")]),
)
def test_numbers_are_read_as_they_were_written(
    numbers: list[float], signs: tuple[str, str]
) -> None:
    decimal, group = signs
    swap = str.maketrans({".": decimal, ",": group})
    column = texts(*(f"{number:,.2f}".translate(swap) for number in numbers))
    found = number_format(column, decimal_comma=decimal != ",")

    assert found.read(column).to_list() == numbers


@pytest.mark.parametrize(
    ("values", "decimal_comma", "numbers"),
    [
        (["1.234"], True, [1234.0]),
        (["1.234"], False, [1.234]),
        (["1,234", "2,5"], False, [1.234, 2.5]),
        (["0,125", "1,250"], False, [0.125, 1.25]),
        (["1.234.567"], False, [1234567.0]),
        (["1'234.50", "5 €", "€ 2,000.10"], False, [1234.5, 5.0, 2000.1]),
        (["-3", "+3", ".5"], False, [-3.0, 3.0, 0.5]),
        (["2,5", "12.50", "1.23.456"], True, [2.5, None, None]),
        (
            ["1", "", "two", "nan", "inf", "1e5", "0x1", "1,,2", "--1", "."],
            True,
            [1.0] + [None] * 9,
        ),
    ],
)
def test_what_proves_the_decimal_sign(
    values: list[str], decimal_comma: bool, numbers: list[float | None]
) -> None:
    column = texts(*values)

    assert number_format(column, decimal_comma=decimal_comma).read(column).to_list() == numbers
