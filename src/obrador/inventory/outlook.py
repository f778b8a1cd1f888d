"""What becomes of each lot over the next days, first expired first out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

KEEPS = 10**6
"""Last day of what does not expire."""
_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Stock:
    """A lot, or what is to come. Days are indices from today (0)."""

    quantity: float
    last_day: int
    """The last one on which it may be used."""
    from_day: int = 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """`used` has an entry for each lot, as given; the others one for each day, none negative."""

    used: tuple[float, ...]
    """Over all days."""
    unmet: tuple[float, ...]
    expired: tuple[float, ...]
    """What had expired before today leaves today."""
    closing: tuple[float, ...]
    """What may still be used the day after."""


def look_ahead(requirement: Sequence[float], lots: Sequence[Stock]) -> Outlook:
    """Serve each day's requirement (T,) from the lots that are there and have not expired."""
    order = sorted(range(len(lots)), key=lambda at: (lots[at].last_day, lots[at].from_day, at))
    left = [lot.quantity for lot in lots]
    used = [0.0] * len(lots)
    unmet, expired, closing = [], [], []
    for day, need in enumerate(requirement):
        lost = kept = 0.0
        lacking = need
        for at in order:
            if lots[at].from_day > day:
                continue
            if lots[at].last_day >= day:
                taken = min(lacking, left[at])
                lacking, left[at], used[at] = lacking - taken, left[at] - taken, used[at] + taken
            if lots[at].last_day <= day:
                lost, left[at] = lost + left[at], 0.0
            kept += left[at]
        unmet.append(lacking if lacking > _NOTHING else 0.0)
        expired.append(lost if lost > _NOTHING else 0.0)
        closing.append(kept)
    return Outlook(tuple(used), tuple(unmet), tuple(expired), tuple(closing))


def still_needed(requirement: Sequence[float], since: int, used: float) -> list[float]:
    """What a plan needs each day from its day `since` on, less what was used that day already."""
    needed = list(requirement[since:])
    if needed:
        needed[0] = max(needed[0] - max(used, 0.0), 0.0)
    return needed
