"""Public holidays, the days around them, and days with a name: they do not sell like their weekday.

Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from obrador.tenants.domain import Days

OFFSETS = (0, -1, 1, -2)
"""Days from the holiday; the earlier in this list wins where two holidays are near."""

LONGEST_EVENT = 10
"""Days; what lasts longer is no special day but a season, to which levels adapt."""

Positions = NDArray[np.int64]


@dataclass(frozen=True)
class SpecialDays:
    """Days that are a holiday or near one, in order."""

    index: Positions
    """(S,) position among the days."""
    key: Positions
    """(S,) equal for the same distance from the same holiday."""
    offset: Positions
    """(S,) days from the holiday; -1 is its eve."""

    def shifted(self, days: int) -> "SpecialDays":
        """The same with `days` more before them."""
        return replace(self, index=self.index + days)

    def until(self, end: int) -> "SpecialDays":
        """Those before position `end`."""
        count = int(np.searchsorted(self.index, end))
        return SpecialDays(self.index[:count], self.key[:count], self.offset[:count])


def special_days(days: Days) -> SpecialDays:
    """The holidays among `days`, the days around them, and days with another name.

    The name of a day goes before its distance from a holiday, but not before the holiday.

    Args:
        days: (D,); a holiday just outside them is not seen.
    """
    found: dict[int, tuple[str, int]] = {}
    holidays = [(at, name) for at, name in enumerate(days.holiday) if name is not None]
    for offset in OFFSETS:
        for position, name in holidays:
            if 0 <= position + offset < len(days):
                found.setdefault(position + offset, (name, offset))
    for position, event in _events(days.special):
        if found.get(position, ("", 1))[1] != 0:
            found[position] = (event, 0)
    index = sorted(found)
    keys = {pair: number for number, pair in enumerate(sorted(set(found.values())))}
    return SpecialDays(
        np.array(index, dtype=np.int64),
        np.array([keys[found[i]] for i in index], dtype=np.int64),
        np.array([found[i][1] for i in index], dtype=np.int64),
    )


def _events(names: Sequence[str | None]) -> Iterator[tuple[int, str]]:
    """Position and name of each day of what does not last long."""
    named = [(at, name) for at, name in enumerate(names) if name is not None]
    # In a run of days with one name, positions keep step with their number.
    runs = groupby(enumerate(named), key=lambda each: (each[1][1], each[1][0] - each[0]))
    for _, run in runs:
        days = [day for _, day in run]
        if len(days) <= LONGEST_EVENT:
            yield from days
