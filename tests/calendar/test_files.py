"""Files of school holidays and events, as people have them."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.calendar.files import Read, read_events
from obrador.integrations.pos_files import UnreadableFile
from obrador.kit.errors import NotFound
from obrador.tenants.domain import Event, EventKind
from tests.tenants.test_domain import BAKERY

TODAY = date(2026, 3, 3)
KIEL = replace(BAKERY, country="DE", locale="de_DE", time_zone="Europe/Berlin")


def read(folder: Path, content: str | bytes, kind: EventKind = "event", name: str = "file") -> Read:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_events(path, kind, KIEL, TODAY)


def ical(*events: str, more: str = "") -> str:
    body = "".join(
        f"BEGIN:VEVENT\nUID:{number}\n{event}\nEND:VEVENT\n" for number, event in enumerate(events)
    )
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Ferien//DE\n{more}{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n")


def test_a_german_csv_in_cp1252_with_semicolons(tmp_path: Path) -> None:
    content = (
        "Ferien;Beginn;Ende;Art;Jährlich\n"
        "Frühjahrsferien;03.04.2026;17.04.2026;Schulferien;\n"
        "Kieler Woche;20.06.2026;28.06.2026;Veranstaltung;nein\n"
        "Bäckerfest;24.05.2026;;;ja\n"
    )

    found = read(tmp_path, content.encode("cp1252"))

    assert found.faults == []
    assert found.events == [
        Event("school_holiday", "Frühjahrsferien", date(2026, 4, 3), date(2026, 4, 17)),
        Event("event", "Kieler Woche", date(2026, 6, 20), date(2026, 6, 28)),
        Event("event", "Bäckerfest", date(2026, 5, 24), date(2026, 5, 24), is_yearly=True),
    ]


def test_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Nombre", "Desde", "Hasta"])
    book.worksheets[0].append(["Semana Santa", date(2026, 3, 27), date(2026, 4, 6)])
    book.save(tmp_path / "file")

    found = read_events(tmp_path / "file", "school_holiday", BAKERY, TODAY)

    assert found.events == [
        Event("school_holiday", "Semana Santa", date(2026, 3, 27), date(2026, 4, 6))
    ]


def test_bad_rows_are_named_and_good_ones_kept(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "name,first_day,last_day,kind,yearly\n"
        "Good,2026-05-01,2026-05-03,,\n"
        "Backwards,2026-05-03,2026-05-01,,\n"
        "No day,soon,,,\n"
        "No end,2026-05-03,later,,\n"
        ",2026-05-03,,,\n"
        "Kind,2026-05-03,,party,\n"
        "Maybe,2026-05-03,,,perhaps\n"
        "For ever,2026-05-03,2028-05-03,,\n"
        "Whole year,2027-01-01,2028-01-01,,yes\n"
        "Old,1066-10-14,,,\n"
        "Good,2026-05-01,2026-05-03,,\n"
        "good,2026-05-01,2026-05-04,,\n",
    )

    assert [event.name for event in found.events] == ["Good"]
    assert [fault.where for fault in found.faults] == [
        *(f"line {line}" for line in range(3, 12)), "line 13",
    ]  # fmt: skip
    assert found.faults[0].message == "the last day is before the first"
    assert found.faults[-1].message == "repeats line 2 with other days or another name"


def test_a_leap_day_of_a_common_year_is_no_day(tmp_path: Path) -> None:
    found = read(tmp_path, "name,date,yearly\nLeap,2024-02-29,yes\nNone,2023-02-29,no\n")

    assert found.events == [Event("event", "Leap", date(2024, 2, 29), date(2024, 2, 29), True)]
    assert [fault.where for fault in found.faults] == ["line 3"]


@pytest.mark.parametrize(
    "content",
    [
        "name,last_day\nFair,2026-05-01\n",
        "what,first_day\nFair,2026-05-01\n",
        "name,first_day\nFair,soon\n",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260501\n",
        "%PDF-1.4",
        "",
    ],
)
def test_what_is_no_calendar_is_refused_as_a_whole(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableFile):
        read(tmp_path, content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_events(tmp_path / "none", "event", KIEL, TODAY)


def test_whole_days_of_icalendar_end_before_their_end(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ical(
            "SUMMARY:Sommerferien\nDTSTART;VALUE=DATE:20260706\nDTEND;VALUE=DATE:20260816",
            "SUMMARY:Ein Tag\nDTSTART;VALUE=DATE:20260501",
            "SUMMARY:Zwei Tage\nDTSTART;VALUE=DATE:20260501\nDURATION:P2D",
            "SUMMARY:Abgesagt\nDTSTART;VALUE=DATE:20260501\nSTATUS:CANCELLED",
        ),
        "school_holiday",
    )

    assert found.faults == []
    assert found.events == [
        Event("school_holiday", "Sommerferien", date(2026, 7, 6), date(2026, 8, 15)),
        Event("school_holiday", "Ein Tag", date(2026, 5, 1), date(2026, 5, 1)),
        Event("school_holiday", "Zwei Tage", date(2026, 5, 1), date(2026, 5, 2)),
    ]


def test_times_are_the_day_they_are_at_the_bakery(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ical(
            "SUMMARY:UTC\nDTSTART:20260501T223000Z\nDTEND:20260501T230000Z",
            "SUMMARY:New York\nDTSTART;TZID=America/New_York:20260501T200000\n"
            "DTEND;TZID=America/New_York:20260501T220000",
            "SUMMARY:Own\nDTSTART:20260501T220000\nDTEND:20260502T000000",
        ),
    )

    assert [(event.name, event.first_day.day, event.last_day.day) for event in found.events] == [
        ("UTC", 2, 2),
        ("New York", 2, 2),
        ("Own", 1, 1),
    ]


def test_a_series_is_every_time_of_it_but_for_its_exceptions(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ical(
            "SUMMARY:Stadtfest\nDTSTART;VALUE=DATE:20240505\nDTEND;VALUE=DATE:20240507\n"
            "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1SU\nEXDATE;VALUE=DATE:20250504",
        ),
    )

    assert [(event.first_day, event.last_day) for event in found.events] == [
        (date(2024, 5, 5), date(2024, 5, 6)),
        (date(2026, 5, 3), date(2026, 5, 4)),
        (date(2027, 5, 2), date(2027, 5, 3)),
    ]


def test_bad_entries_are_named_and_good_ones_kept(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        ical(
            "SUMMARY:Good\nDTSTART;VALUE=DATE:20260501",
            "SUMMARY:No day",
            "DTSTART;VALUE=DATE:20260501",
            "SUMMARY:Backwards\nDTSTART;VALUE=DATE:20260503\nDTEND;VALUE=DATE:20260501",
            "SUMMARY:Broken\nDTSTART;VALUE=DATE:2026-05-03",
            "SUMMARY:Every second\nDTSTART:20260503T080000Z\nRRULE:FREQ=SECONDLY",
            "SUMMARY:Every day\nDTSTART;VALUE=DATE:20260503\nRRULE:FREQ=DAILY",
            "SUMMARY:All day\nDTSTART:20260503T080000Z\nRRULE:FREQ=DAILY;BYHOUR=1,2,3",
            "SUMMARY:Nonsense\nDTSTART;VALUE=DATE:20260503\nRRULE:FREQ=NEVER",
        ),
    )

    assert [event.name for event in found.events] == ["Good"]
    assert sorted(fault.where.split()[1] for fault in found.faults) == list("23456789")


@given(st.binary(max_size=300), st.booleans())
def test_no_file_at_all_ends_the_program(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, is_ical: bool
) -> None:
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + content if is_ical else content)
    try:
        found = read_events(path, "event", KIEL, TODAY)
    except UnreadableFile:
        return

    assert all(event.first_day <= event.last_day for event in found.events)


DAYS = [
    "20260501",
    "20260501T080000Z",
    "2026-05-01",
    "",
    "20260231",
    "99991231",
    "P99999999D",
    "-P1D",
]
RULES = [
    "FREQ=YEARLY",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MONTHLY;INTERVAL=0",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;UNTIL=soon",
    "FREQ=WEEKLY;COUNT=-1",
    "INTERVAL=1",
]
LINES = st.one_of(
    st.builds(
        "{}{}:{}".format,
        st.sampled_from(
            ["DTSTART", "DTEND", "DURATION", "RDATE", "EXDATE", "RECURRENCE-ID", "UID"]
        ),
        st.sampled_from(["", ";VALUE=DATE", ";TZID=Europe/Madrid", ";TZID=Nowhere/Land"]),
        st.sampled_from(DAYS),
    ),
    st.builds("RRULE:{}".format, st.sampled_from(RULES)),
)


@given(st.lists(st.lists(LINES, max_size=5), min_size=1, max_size=3))
def test_whatever_an_icalendar_file_says_of_an_event_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, events: list[list[str]]
) -> None:
    lines = ["\n".join(["SUMMARY:Fair", "DTSTART;VALUE=DATE:20260501", *each]) for each in events]

    found = read(tmp_path_factory.mktemp("any"), ical(*lines))

    assert found.events or found.faults
