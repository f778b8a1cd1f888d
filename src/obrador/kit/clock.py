"""Time enters the program here and is passed on from here. Nothing else reads the clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def zone_of(name: str, default: str = "UTC") -> ZoneInfo:
    """The time zone, or the default for one that old data has and nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(default)


def business_date(now: datetime, time_zone: str) -> date:
    """The calendar day that a bakery in `time_zone` lives at the moment `now`."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def seconds_to_midnight(now: datetime, time_zone: str) -> float:
    """How long the day still lasts that a bakery in `time_zone` lives at the moment `now`; an hour
    more or less on the days on which clocks are changed."""
    zone = ZoneInfo(time_zone)
    tomorrow = business_date(now, time_zone) + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(0), zone)
    return (midnight.astimezone(UTC) - now.astimezone(UTC)).total_seconds()
