"""When deliveries are tried, given up, and a receiver left alone. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

SubscriptionStatus = Literal["active", "disabled", "revoked"]
DeliveryStatus = Literal["pending", "delivered", "failed", "cancelled"]

PING = "webhook.ping"
"""The type of a test, which no subscription has to name."""
EVERYTHING = "*"
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After each attempt but the last, as the specification recommends; three days in all."""
ATTEMPTS = len(PAUSES) + 1
LONGEST_PAUSE = timedelta(hours=24)
"""Whatever a receiver asks for."""
FAILING = timedelta(days=3)
"""A receiver to which nothing could be delivered for so long is sent nothing any more."""
GRACE = timedelta(hours=24)
"""So long after a secret was made anew, deliveries are signed with the one before it as well."""
GONE = 410
MOST_SUBSCRIPTIONS = 10
"""Of one bakery that are not revoked."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from an attempt."""

    status: DeliveryStatus
    next_at: datetime | None = None
    """Of the next attempt; None: there is none."""
    disables: str | None = None
    """Why the subscription is sent nothing any more; None: it goes on."""


def outcome(
    attempt: int,
    status: int | None,
    now: datetime,
    failing_since: datetime | None,
    chance: float,
    retry_after: int | None = None,
) -> Outcome:
    """What follows from an attempt.

    Args:
        attempt: its number, from 1.
        status: of the answer; None: there was none.
        failing_since: the first failure since anything was delivered; None: this would be it.
        chance: from 0 to 1; pauses vary by it, a tenth more at most, so that deliveries that failed
            together are not tried together.
        retry_after: seconds that the receiver asks for.
    """
    if status is not None and 200 <= status < 300:
        return Outcome("delivered")
    disables = None
    if status == GONE:
        disables = "The receiver says that it is gone (410)."
    elif failing_since is not None and now - failing_since >= FAILING:
        disables = f"Nothing could be delivered for {FAILING.days} days."
    if disables or attempt >= ATTEMPTS:
        return Outcome("failed", disables=disables)
    pause = PAUSES[attempt - 1] * (1 + chance / 10)
    asked = timedelta(seconds=retry_after or 0)
    return Outcome("pending", now + max(pause, min(asked, LONGEST_PAUSE)))


def unknown_types(wanted: Iterable[str], known: Collection[str]) -> list[str]:
    """Those of the types that no event has. `production.*` stands for all of a context, `*` for all
    there are."""
    contexts = {f"{each.partition('.')[0]}.*" for each in known}
    return [each for each in wanted if each not in {EVERYTHING, *contexts, *known}]


def hears(wanted: Iterable[str], event_type: str) -> bool:
    """Whether a subscription to these types is one to this type."""
    context = event_type.partition(".")[0]
    return any(each in {EVERYTHING, f"{context}.*", event_type} for each in wanted)
