"""Stock day by day: what is there is used first-expired-first-out, and thrown away in time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from obrador.inventory.domain import Ingredient

FOREVER = 10**6
"""Last day of what keeps."""
NOTHING = 1e-6
"""A millionth of a gram is a rounding error."""


@dataclass(frozen=True, slots=True)
class Supply:
    """Stock that can be used from the morning of `from_day` to the evening of `last_day`.

    Days are indices from the planned day (0); what is on hand has `from_day` −1.
    """

    from_day: int
    last_day: int
    quantity: float


@dataclass(frozen=True, slots=True)
class Flow:
    """What happens to an ingredient each day; tuples of one entry a day, none negative.

    `closing` counts what may still be used the day after, so that on every day
    closing = opening + receipts − (requirement − unmet) − expired.
    """

    receipts: tuple[float, ...]
    expired: tuple[float, ...]
    unmet: tuple[float, ...]
    closing: tuple[float, ...]


def delivered(day: int, quantity: float, ingredient: Ingredient) -> Supply:
    """A delivery on `day`. A shelf life of 1 day means to be used on the day it comes."""
    life = ingredient.shelf_life_days
    return Supply(day, FOREVER if life is None else day + life - 1, quantity)


def project(requirement: Sequence[float], supplies: Iterable[Supply]) -> Flow:
    """Serve each day's requirement from the supplies, first expired first out.

    What expires on a day leaves at its end; what had expired before day 0 leaves on day 0.

    Args:
        requirement: (T,) base units a day.
        supplies: in any order; those that come on day T or later are not counted.
    """
    lots = sorted(supplies, key=lambda lot: (lot.last_day, lot.from_day))
    left = [lot.quantity for lot in lots]
    receipts, expired, unmet, closing = [], [], [], []
    for day, need in enumerate(requirement):
        lacking, lost, kept = need, 0.0, 0.0
        for index, lot in enumerate(lots):
            if lot.from_day > day or not left[index]:
                continue
            if lot.last_day >= day and lacking:
                used = min(lacking, left[index])
                lacking -= used
                left[index] -= used
            if lot.last_day <= day:
                lost += left[index]
                left[index] = 0.0
            kept += left[index]
        receipts.append(sum((lot.quantity for lot in lots if lot.from_day == day), 0.0))
        expired.append(lost)
        unmet.append(lacking if lacking > NOTHING else 0.0)
        closing.append(kept)
    return Flow(tuple(receipts), tuple(expired), tuple(unmet), tuple(closing))
