"""Time enters the program here and is passed on from here. Nothing else reads the clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def business_date(now: datetime, time_zone: str) -> date:
    """The calendar day that a bakery in `time_zone` lives at the moment `now`."""
    return now.astimezone(ZoneInfo(time_zone)).date()
