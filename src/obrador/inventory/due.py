"""What to count next: by when it was counted last, and by the value of its use. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

Class = Literal["A", "B", "C"]

_SHARES: tuple[tuple[Class, float], ...] = (("A", 0.8), ("B", 0.95))
"""Of the value of all use, what each class and those before it make up; the rest is C."""
_DAYS: Mapping[Class, int] = {"A": 7, "B": 30, "C": 90}
"""After so many days it is time again."""


@dataclass(frozen=True, slots=True)
class Countable:
    """An ingredient, product or dough that is, or was lately, in stock."""

    id: UUID
    use_value: float
    """Minor units of money that were used of it lately; 0 where no price is known."""
    counted_on: date | None
    """Null: never."""


def classes(items: Sequence[Countable]) -> dict[UUID, Class]:
    """ABC by value of use: the few items that make up 80 % are A, the next 15 % B, the rest C.

    An item belongs to the class in whose share it begins, so that one item alone is A.
    """
    total = sum(each.use_value for each in items)
    found: dict[UUID, Class] = {}
    before = 0.0
    for each in sorted(items, key=lambda item: (-item.use_value, item.id)):
        begins_at = before / total if total and each.use_value else 1.0
        found[each.id] = next((name for name, upto in _SHARES if begins_at < upto), "C")
        before += each.use_value
    return found


def due(items: Sequence[Countable], today: date) -> list[UUID]:
    """What should be counted: never counted first, then by class, the longest ago first; of those
    alike, the dearest."""
    by_class = classes(items)
    wanted = [
        each
        for each in items
        if each.counted_on is None or (today - each.counted_on).days >= _DAYS[by_class[each.id]]
    ]
    wanted.sort(
        key=lambda item: (
            item.counted_on is not None,
            by_class[item.id],
            item.counted_on or today,
            -item.use_value,
            item.id,
        )
    )
    return [each.id for each in wanted]
