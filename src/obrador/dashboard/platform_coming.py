"""What will run next, moment by moment, and the holidays that change it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from obrador.dashboard.platform_visiting import PlatformVisit
from obrador.kit.calendar import public_holidays
from obrador.kit.cron import RUN, SKIP
from obrador.kit.i18n import Speech
from obrador.orchestration import managing
from obrador.orchestration.schedule import Calendar
from obrador.orchestration.schemas import NextRun

_HOLIDAYS_AHEAD = 21


@dataclass(frozen=True, slots=True)
class Coming:
    """A workflow at a moment, for all calendars that agree on it."""

    due_at: datetime
    workflow: str
    calendars: tuple[NextRun, ...]

    @property
    def zones(self) -> list[str]:
        """Time zones, those with a rule of their own marked."""
        return sorted({_zone(each) for each in self.calendars})


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday where bakeries are."""

    day: date
    name: str
    place: str
    """Country, and subdivision if it has one."""
    rule: str
    """run, skip, or the cron that holds instead."""


async def load_coming(visit: PlatformVisit) -> list[Coming]:
    """The next run of each workflow in each calendar, the earliest first."""
    workflows, calendars = await managing.crons(visit.session)
    found = await asyncio.to_thread(
        managing.next_runs, workflows, calendars, visit.now, visit.settings.default_timezone
    )
    by_moment: dict[tuple[datetime, str], list[NextRun]] = defaultdict(list)
    for each in found:
        if each.due_at is not None:
            by_moment[each.due_at, each.workflow].append(each)
    return [Coming(*key, tuple(own)) for key, own in sorted(by_moment.items())]


async def load_holidays(visit: PlatformVisit) -> list[Holiday]:
    """Public holidays of the next weeks where bakeries are, in order."""
    _, calendars = await managing.crons(visit.session)
    found = await asyncio.to_thread(lambda: set(_holidays(calendars, visit.now.date())))
    return sorted(found, key=lambda each: (each.day, each.place, each.rule))


def rule_words(say: Speech, rule: str) -> str:
    """What happens on a holiday by a bakery's rule."""
    if rule == RUN:
        return say.phrase("runs as on other days")
    return say.phrase("does not run") if rule == SKIP else say.phrase("runs by {cron}", cron=rule)


def _holidays(calendars: Sequence[Calendar], today: date) -> Iterator[Holiday]:
    last = today + timedelta(days=_HOLIDAYS_AHEAD)
    for own in calendars:
        place = "-".join(filter(None, (own.country, own.subdivision)))
        for year in {today.year, last.year}:
            for day, name in public_holidays(own.country, own.subdivision, year).items():
                if today <= day <= last:
                    yield Holiday(day, name, place, own.holiday_rule)


def _zone(run: NextRun) -> str:
    rules = {run.weekend_rule, run.holiday_rule} - {RUN}
    return f"{run.time_zone}*" if rules else run.time_zone
