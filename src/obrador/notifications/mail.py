"""When notifications go out by mail, and what a mail says. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from obrador.authz import TenantId
from obrador.authz.roles import Role
from obrador.kit.i18n import Speech
from obrador.notifications.domain import KINDS, Kind
from obrador.notifications.wording import lines, title

Mode = Literal["usual", "each", "digest", "off"]
"""`usual`: what is critical at once, the rest in the digest."""

GATHERED = timedelta(minutes=2)
"""So long a mail waits for what comes after its first notification."""
DIGEST_AT = time(7)
"""Local time; the morning's plan is ready by then."""
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""After each attempt but the last."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notification, as a mail tells it."""

    id: UUID
    kind: Kind
    role: Role
    business_date: date
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Letter:
    """Notifications that go to somebody in one mail."""

    tenant: TenantId
    user_id: UUID
    mail_id: UUID
    """The same at each attempt."""
    attempt: int
    to: str
    language: str | None
    told: Sequence[Told]
    """Oldest first."""


def next_digest(now: datetime, time_zone: str) -> datetime:
    """When the next digest goes out, in UTC."""
    zone = ZoneInfo(time_zone)
    local = now.astimezone(zone)
    at = datetime.combine(local.date(), DIGEST_AT, zone)
    if at <= local:
        at = datetime.combine(local.date() + timedelta(days=1), DIGEST_AT, zone)
    return at.astimezone(UTC)


def next_attempt(attempt: int, now: datetime) -> datetime | None:
    """When a mail is tried again after attempt number `attempt`; None: it is given up."""
    return now + PAUSES[attempt - 1] if attempt <= len(PAUSES) else None


def subject(say: Speech, letter: Letter) -> str:
    """What the mail is about."""
    first = letter.told[0]
    about = title(say, first.kind, first.business_date, first.facts)
    more = len(letter.told) - 1
    if not more:
        return about
    return say.counted("{about}, and {n} more", "{about}, and {n} more", more, about=about)


def text(say: Speech, bakery: str, letter: Letter) -> str:
    """What the mail says: what is of one kind stands together."""
    by_kind = sorted(letter.told, key=lambda each: KINDS.index(each.kind))
    parts = [bakery]
    for _, group in groupby(by_kind, key=_heading):
        same = list(group)
        heading = title(say, same[0].kind, same[0].business_date, same[0].facts)
        said = [line for each in same for line in lines(say, each.kind, each.role, each.facts)]
        parts.append("\n".join([heading, *(f"- {line}" for line in said)]))
    parts.append(
        say.phrase(
            "You work at {bakery}, so Obrador tells you. How often it writes is your choice, in"
            " the notification preferences.",
            bakery=bakery,
        )
    )
    return "\n\n".join(parts) + "\n"


def _heading(told: Told) -> tuple[Kind, date]:
    return told.kind, told.business_date
