"""When a workflow is due. Pure: moments in, moments out.

A bakery's calendar is its time zone, its holidays and its rules for weekends and holidays. Cron
expressions are read in local time, and clock changes are taken as Debian's cron takes them: a job
in a skipped hour runs once, at the first valid moment; one in a repeated hour runs once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim

from obrador.kit.calendar import public_holidays
from obrador.kit.clock import zone_of
from obrador.kit.cron import RUN, SKIP


@dataclass(frozen=True, slots=True)
class Calendar:
    """What decides when a bakery's workflows are due. Bakeries with equal ones go together."""

    time_zone: str
    country: str
    subdivision: str | None
    weekend_rule: str = RUN
    """run, skip, or a cron expression that holds instead on Saturdays and Sundays."""
    holiday_rule: str = RUN
    """Likewise on public holidays, which come before weekends."""


@dataclass(frozen=True, slots=True)
class Firing:
    """A workflow is due for some bakeries."""

    due_at: datetime
    """UTC."""
    business_date: date
    """Their day at that moment."""


def firings(
    cron: str, calendar: Calendar, after: datetime, until: datetime, default_zone: str = "UTC"
) -> tuple[Firing, ...]:
    """When the workflow is due in (after, until], in order.

    Each kind of day (working day, weekend, holiday) has its rule: the workflow's own cron, another
    one, or none; a moment counts if the rule of its local day is the cron that it comes from. A
    local day never has the same cron moment twice, however the clocks change.
    """
    zone = zone_of(calendar.time_zone, default_zone)
    found = {
        Firing(moment, day)
        for expression in _expressions(cron, calendar)
        for moment, day in _moments(expression, zone, after, until)
        if _rule(cron, calendar, day) == expression
    }
    return tuple(sorted(found, key=lambda firing: firing.due_at))


def next_firing(
    cron: str, calendar: Calendar, after: datetime, default_zone: str = "UTC"
) -> Firing | None:
    """The first time after a moment that the workflow is due; None if not within two years."""
    reach = timedelta(days=2)
    while reach < timedelta(days=800):
        found = firings(cron, calendar, after, after + reach, default_zone)
        if found:
            return found[0]
        reach *= 4
    return None


def _expressions(cron: str, calendar: Calendar) -> set[str]:
    rules = {cron, calendar.weekend_rule, calendar.holiday_rule}
    return rules - {RUN, SKIP}


def _rule(cron: str, calendar: Calendar, day: date) -> str:
    """The cron expression that holds on a day, or `skip`."""
    rule = RUN
    if day in _holidays(calendar.country, calendar.subdivision, day.year):
        rule = calendar.holiday_rule
    elif day.weekday() >= 5:
        rule = calendar.weekend_rule
    return cron if rule == RUN else rule


@lru_cache(maxsize=4096)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(public_holidays(country, subdivision, year))


def _moments(
    expression: str, zone: ZoneInfo, after: datetime, until: datetime
) -> Iterator[tuple[datetime, date]]:
    """Moments of a cron expression in (after, until], in UTC, and the local day of each.

    The iteration starts a day early: from within a repeated hour, cronsim would not know that a
    moment of its first pass has been there.
    """
    local = after.astimezone(zone)
    start = datetime.combine(local.date() - timedelta(days=1), time(), zone)
    for moment in CronSim(expression, start):
        at = moment.astimezone(UTC)
        if at > until:
            return
        if at > after:
            yield at, _day_of(expression, moment, zone)


def _day_of(expression: str, moment: datetime, zone: ZoneInfo) -> date:
    """The day that a moment belongs to: of a job in a skipped hour, the day of that hour, although
    where clocks change at midnight the first valid moment lies in the next one."""
    second = timedelta(seconds=1)
    before = (moment.astimezone(UTC) - second).astimezone(zone)
    if before.date() == moment.date() or before.utcoffset() == moment.utcoffset():
        return moment.date()
    skipped_from = before.replace(tzinfo=None) + second
    meant = next(CronSim(expression, skipped_from - timedelta(minutes=1)))
    return min(meant.date(), moment.date())
