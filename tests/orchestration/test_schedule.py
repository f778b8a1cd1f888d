"""When workflows are due: pure, over clock changes, holidays and every time zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.kit.clock import zone_of
from obrador.kit.cron import check_cron, check_rule
from obrador.kit.errors import Invalid
from obrador.orchestration.dispatch import place_in_queue
from obrador.orchestration.schedule import (
    Calendar,
    firings,
    next_firing,
)

MADRID = Calendar("Europe/Madrid", "ES", "MD")
MORNING = "30 5 * * *"
ZONES = sorted(available_timezones())


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def test_a_job_of_the_skipped_hour_runs_once_at_the_first_valid_moment() -> None:
    found = firings("30 2 * * *", MADRID, at(2026, 3, 28, 12), at(2026, 3, 29, 12))

    assert [(each.due_at, each.business_date) for each in found] == [
        (at(2026, 3, 29, 1), date(2026, 3, 29))
    ]


def test_a_job_of_the_repeated_hour_runs_once() -> None:
    found = firings("30 2 * * *", MADRID, at(2026, 10, 24, 12), at(2026, 10, 25, 12))

    assert [each.due_at for each in found] == [at(2026, 10, 25, 0, 30)]


@pytest.mark.parametrize("cut", range(0, 180, 7))
def test_it_runs_once_wherever_the_scheduler_looks(cut: int) -> None:
    """Two looks that meet within the repeated hour."""
    between = at(2026, 10, 25, 0) + timedelta(minutes=cut)
    start, end = at(2026, 10, 24, 22), at(2026, 10, 25, 6)

    found = [
        *firings("30 2 * * *", MADRID, start, between),
        *firings("30 2 * * *", MADRID, between, end),
    ]

    assert [each.due_at for each in found] == [at(2026, 10, 25, 0, 30)]


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    cron=st.sampled_from([MORNING, "30 2 * * *", "0 0 * * *", "45 1 * * *", "59 23 * * *"]),
    start=st.dates(date(2025, 12, 1), date(2028, 3, 5)),
)
def test_every_day_has_its_morning_once_in_every_zone(zone: str, cron: str, start: date) -> None:
    """Clock changes, leap day and year's end among them."""
    calendar = Calendar(zone, "ES", None)
    begin = datetime(start.year, start.month, start.day, 12, tzinfo=ZoneInfo(zone))
    found = firings(cron, calendar, begin, begin + timedelta(days=120))

    days = [each.business_date for each in found]
    assert days == sorted(set(days))
    assert {start + timedelta(days=number) for number in range(1, 120)} <= set(days)


def test_weekends_and_holidays_have_rules_of_their_own() -> None:
    calendar = Calendar("Europe/Madrid", "ES", "MD", "0 7 * * *", "skip")

    found = firings(MORNING, calendar, at(2026, 4, 1, 12), at(2026, 4, 6, 12))

    local = [each.due_at.astimezone(ZoneInfo("Europe/Madrid")) for each in found]
    # Maundy Thursday and Good Friday are holidays in Madrid; Easter is a Sunday.
    assert [f"{moment:%a %d %H:%M}" for moment in local] == [
        "Sat 04 07:00",
        "Sun 05 07:00",
        "Mon 06 05:30",
    ]


def test_a_zone_nobody_knows_falls_back() -> None:
    assert zone_of("Mars/Olympus", "Europe/Madrid") == ZoneInfo("Europe/Madrid")
    found = firings(
        MORNING, Calendar("Mars/Olympus", "ES", None), at(2026, 1, 1), at(2026, 1, 2), "UTC"
    )
    assert [each.due_at for each in found] == [at(2026, 1, 1, 5, 30)]


def test_the_next_firing_may_be_far_away() -> None:
    yearly = next_firing("0 6 29 2 *", MADRID, at(2027, 1, 1))

    assert yearly is not None
    assert yearly.business_date == date(2028, 2, 29)


@pytest.mark.parametrize("bad", ["", "30 5 * *", "61 5 * * *", "0 0 31 2 *", "every day"])
def test_a_cron_expression_that_cannot_be_followed_is_refused(bad: str) -> None:
    with pytest.raises(Invalid, match="no cron expression"):
        check_cron(bad)


def test_rules_are_run_skip_or_cron() -> None:
    for rule in ("run", "skip", "0 7 * * *"):
        check_rule(rule, "weekend_rule")
    with pytest.raises(Invalid):
        check_rule("maybe", "weekend_rule")


def test_training_lets_mornings_go_first() -> None:
    at_ten = datetime(2026, 3, 8, 21, tzinfo=UTC)
    training = place_in_queue(at_ten, "enterprise", "low")

    assert training > place_in_queue(at_ten + timedelta(hours=5), "starter", "normal")
    assert training < place_in_queue(at_ten + timedelta(days=1), "starter", "normal")
