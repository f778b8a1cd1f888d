"""What storing a file changes, told from what is stored already."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal

from obrador.kit.errors import Fault
from obrador.onboarding.storage.rows import Key, Row, row_key, scope_key

_ADDS_UP = {"lots": "quantity", "open_orders": "packs", "customer_orders": "quantity"}
"""What is stored more than once for one key, and the field that adds up."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a part."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0

    def __str__(self) -> str:
        counts = ((column.name, getattr(self, column.name)) for column in fields(self))
        return ", ".join(f"{count:,} {name}" for name, count in counts if count)


@dataclass(frozen=True)
class SaveReport:
    """What storing a file did, part by part, and what could be better about it."""

    parts: Mapping[str, Counts]
    warnings: tuple[Fault, ...] = ()

    def summary(self) -> str:
        """`products: 3 new, 21 unchanged` and so on, a line each, then the warnings."""
        lines = [
            f"{part.replace('_', ' ')}: {counts}"
            for part, counts in self.parts.items()
            if counts != Counts()
        ]
        notes = [f"{note.where}: {note.message}" for note in self.warnings]
        return "\n".join([*(lines or ["nothing to store"]), *notes])


def compare(part: str, rows: Collection[Row], stored: Collection[Row]) -> Counts:
    """Counts of a part's rows against those stored in their scopes."""
    scopes = {scope_key(part, row) for row in rows}
    before = _by_key(part, (row for row in stored if scope_key(part, row) in scopes))
    after = _by_key(part, rows)
    kept = before.keys() & after.keys()
    changed = sum(before[key] != after[key] for key in kept)
    return Counts(len(after) - len(kept), changed, len(kept) - changed, len(before) - len(kept))


def to_write(part: str, rows: Collection[Row], stored: Collection[Row]) -> list[Row]:
    """The rows of all scopes in which anything differs from what is stored."""
    before, after = _by_scope(part, stored), _by_scope(part, rows)
    return [
        row
        for scope, mine in after.items()
        if _by_key(part, mine) != _by_key(part, before[scope])
        for row in mine
    ]


def added_up(part: str, rows: Iterable[Row]) -> list[Row]:
    """The rows, those of one key as one row."""
    found: dict[Key, Row] = {}
    total = _totals(part, rows := list(rows))
    for row in rows:
        found.setdefault(row_key(part, row), row)
    return [replace(row, **{_ADDS_UP[part]: total[key]}) for key, row in found.items()]


def beyond(part: str, rows: Iterable[Row], others: Iterable[Row]) -> list[Row]:
    """What the rows ask for more than `others` do."""
    total = _totals(part, others)
    column = _ADDS_UP[part]
    less = [
        replace(row, **{column: round(getattr(row, column) - total[row_key(part, row)], 3)})
        for row in rows
    ]
    return [row for row in less if getattr(row, column) > 0]


def exact(quantity: float) -> Decimal:
    """The quantity as it is stored: in thousandths."""
    return round(Decimal(str(quantity)), 3)


def spread(quantity: Decimal, lots: Sequence[Decimal]) -> Iterator[Decimal]:
    """By how much each of several lots changes so that together they hold `quantity`.

    What is there in addition goes to the first, what is missing is taken from one after another.
    """
    difference = quantity - sum(lots)
    for remaining in lots:
        change = max(difference, -remaining)
        difference -= change
        yield change


def _totals(part: str, rows: Iterable[Row]) -> Counter[Key]:
    total: Counter[Key] = Counter()
    for row in rows:
        total[row_key(part, row)] += getattr(row, _ADDS_UP[part])
    return total


def _by_key(part: str, rows: Iterable[Row]) -> dict[Key, Row]:
    return {row_key(part, row): row for row in rows}


def _by_scope(part: str, rows: Iterable[Row]) -> dict[Key, list[Row]]:
    scopes: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        scopes[scope_key(part, row)].append(row)
    return scopes
