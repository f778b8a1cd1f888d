"""Whether steps can share machines of a kind that are all alike. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

_TOLERANCE = 1e-3
"""Of capacity: ten times a tenth of an oven is an oven, and stored quantities are rounded."""
_MOST_TRIES = 2_000
"""Of a cluster of steps; ordinary ones take one try each."""

Crowding = Literal["capacity", "changeover"]
Between = Callable[[int | None, int | None], int]
"""Minutes that a machine takes from one temperature to the other; none to the same."""


class Placed(NamedTuple):
    """A step of a batch in time."""

    batch: int
    step: int
    start: int
    end: int


class Use(NamedTuple):
    """A step that takes some of a machine's capacity."""

    batch: int
    step: int
    start: int
    end: int
    amount: float
    temperature: int | None


def shared_out(
    uses: Iterable[Use], count: int, capacity: float, between: Between
) -> Iterator[tuple[Use, Crowding, tuple[int, ...]]]:
    """The steps that find no place on any of `count` machines, why, and the batches in the way.

    Steps are given out in the order of their starts, each to the machine with the least room that
    takes it; where that fails, other distributions of the steps since the machines were last empty
    are tried, depth first.
    """
    tables: list[list[Use]] = [[] for _ in range(count)]
    cluster: list[Use] = []
    uses = list(uses)
    temperatures = {use.temperature for use in uses}
    longest = max((between(a, b) for a in temperatures for b in temperatures), default=0)
    free_from, is_undecided = 0, False
    for use in sorted(uses, key=lambda use: (use.start, use.end, use.batch, use.step)):
        if use.start >= free_from:
            tables, cluster, is_undecided = [[] for _ in range(count)], [], False
        tables = [[o for o in table if o.end + longest > use.start] for table in tables]
        able = [table for table in tables if obstacle(use, table, capacity, between) is None]
        if able:
            max(able, key=lambda table: _used(use, table)).append(use)
        elif not is_undecided:
            again = _Search(count, capacity, between).distribution([*cluster, use])
            if again is None:
                yield (
                    use,
                    _reason(use, tables, capacity, between),
                    _in_the_way(use, tables, between),
                )
                continue
            tables, is_undecided = again or tables, not again
        cluster.append(use)
        free_from = max(free_from, use.end + longest)


def obstacle(use: Use, table: Sequence[Use], capacity: float, between: Between) -> Crowding | None:
    """What keeps a step from a machine that has these; None if it fits."""
    near = [other for other in table if _near(use, other, between)]
    for other in near:
        if other.temperature != use.temperature and other.batch != use.batch:
            return "changeover"
    if _used(use, near) + use.amount > capacity + _TOLERANCE:
        return "capacity"
    return None


def _near(use: Use, other: Use, between: Between) -> bool:
    """Whether they meet in time, change-over included where temperatures differ."""
    after = between(other.temperature, use.temperature)
    before = between(use.temperature, other.temperature)
    return use.start < other.end + after and other.start < use.end + before


def _used(use: Use, table: Sequence[Use]) -> float:
    """The most that others take of a machine at a time while the step lasts."""
    meeting = [o for o in table if o.start < use.end and o.end > use.start]
    if all(o.start <= use.start for o in meeting):
        return sum(o.amount for o in meeting)
    starts = [use.start, *(o.start for o in meeting if o.start > use.start)]
    return max(sum(o.amount for o in meeting if o.start <= at < o.end) for at in starts)


def _reason(
    use: Use, tables: Sequence[Sequence[Use]], capacity: float, between: Between
) -> Crowding:
    """Change-over, if the step would fit somewhere but for its temperature."""
    alike = [[o._replace(temperature=use.temperature) for o in table] for table in tables]
    fits = any(obstacle(use, table, capacity, between) is None for table in alike)
    return "changeover" if fits else "capacity"


def _in_the_way(use: Use, tables: Iterable[Sequence[Use]], between: Between) -> tuple[int, ...]:
    near = {o.batch for table in tables for o in table if _near(use, o, between)}
    return tuple(sorted(near - {use.batch}))


class _Search:
    """Looks for a distribution of steps over machines, depth first."""

    def __init__(self, count: int, capacity: float, between: Between) -> None:
        self._tables: list[list[Use]] = [[] for _ in range(count)]
        self._capacity = capacity
        self._between = between
        self._tries = 0

    def distribution(self, uses: Sequence[Use]) -> list[list[Use]] | None:
        """One of steps that are in the order of their starts; None if there is none, empty if that
        was not found out within the tries."""
        if self._place(uses, 0):
            return self._tables
        return None if self._tries <= _MOST_TRIES else []

    def _place(self, uses: Sequence[Use], number: int) -> bool:
        if number == len(uses):
            return True
        use, was_empty = uses[number], False
        for table in sorted(self._tables, key=lambda table: -_used(use, table)):
            if not table and was_empty:
                continue  # empty machines are all alike
            was_empty = was_empty or not table
            self._tries += 1
            if self._tries > _MOST_TRIES:
                return False
            if obstacle(use, table, self._capacity, self._between) is None:
                table.append(use)
                if self._place(uses, number + 1):
                    return True
                table.pop()
        return False
