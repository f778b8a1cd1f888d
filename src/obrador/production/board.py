"""A schedule that people change: what an edit moves, and which rules it breaks. Pure.

What a person has put somewhere stays there, and so does whatever is begun. The rest moves as little
as it can: only what is in conflict, and only if that does not help, all that may move.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from obrador.catalogue.domain import Catalogue, Recipe
from obrador.production.conflicts import Conflict, conflicts
from obrador.production.domain import (
    Crew,
    Machine,
    PlannedBatch,
    ScheduledBatch,
    ScheduledStep,
    StoredBatch,
    StoredSchedule,
    minute_at,
)
from obrador.production.replanning import schedule_around
from obrador.production.resources import crew_of, machines_of
from obrador.production.timetable import tasks_of
from obrador.tenants.domain import Bakery

BY_HAND = "by_hand"
"""Why a batch is late that a person has put there."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person wants of a batch; None: as it is."""

    batch_id: UUID
    good_units: float | None = None
    start: int | None = None
    """Minute of the day."""


@dataclass(frozen=True)
class Board:
    """The batches of a day that still take machines and people, in minutes of the day."""

    ids: tuple[UUID, ...]
    batches: tuple[ScheduledBatch, ...]
    """`after` counts in these."""
    pinned: frozenset[int]
    """Places of those that do not move: begun, or put there by a person."""
    recipes: Mapping[UUID, Recipe]
    machines: tuple[Machine, ...]
    crew: Crew

    def conflicts(self) -> tuple[Conflict, ...]:
        """Every rule that it breaks."""
        return conflicts(self.batches, self.recipes, self.machines, self.crew)


def board_of(schedule: StoredSchedule, catalogue: Catalogue, bakery: Bakery) -> Board:
    """The board of a stored schedule. A batch that was begun is where it really began."""
    day, zone = schedule.business_date, bakery.time_zone
    open_ones = [b for b in schedule.batches if b.status in {"planned", "in_progress"}]
    place = {batch.id: number for number, batch in enumerate(open_ones)}
    return Board(
        ids=tuple(place),
        batches=tuple(
            _on_the_board(
                batch,
                minute_at(batch.starts_at, day, zone),
                minute_at(batch.ready_by, day, zone),
                tuple(place[dough] for dough in batch.doughs if dough in place),
            )
            for batch in open_ones
        ),
        pinned=frozenset(
            place[b.id] for b in open_ones if b.is_pinned or b.status == "in_progress"
        ),
        recipes=catalogue.recipes,
        machines=machines_of(catalogue.equipment, bakery, day),
        crew=crew_of(catalogue.shifts, bakery, day),
    )


def edited(board: Board, edits: Sequence[Edit]) -> Board:
    """The board with what people want, and the rest moved out of the way as little as possible."""
    place = {own_id: number for number, own_id in enumerate(board.ids)}
    changed = list(board.batches)
    for edit in edits:
        number = place[edit.batch_id]
        changed[number] = _edited(board, changed[number], edit)
    pinned = board.pinned | {place[edit.batch_id] for edit in edits}
    return settled(replace(board, batches=tuple(changed), pinned=pinned))


def settled(board: Board) -> Board:
    """The board without the conflicts that moving what may move can avoid."""
    broken = board.conflicts()
    if not broken:
        return board
    movable = frozenset(range(len(board.batches))) - board.pinned
    involved = {n for conflict in broken for n in (conflict.batch, *conflict.others)}
    best, least = board, _trouble(board, board, broken)
    for some in dict.fromkeys((frozenset(involved), _near(board, involved), movable)):
        loose = some & movable
        if not loose:
            continue
        tried = _moved(board, loose)
        trouble = _trouble(tried, board, tried.conflicts())
        if trouble < least:
            best, least = tried, trouble
        if least[0] == 0:
            break
    return best


def _moved(board: Board, loose: frozenset[int]) -> Board:
    """The board with some batches placed anew around the others; what finds no place stays."""
    fixed = {n: one.steps for n, one in enumerate(board.batches) if n not in loose}
    batches = [one.batch for one in board.batches]
    result = schedule_around(batches, board.recipes, board.machines, board.crew, fixed=fixed)
    placed = {id(one.batch): one for one in result.scheduled}
    return replace(
        board,
        batches=tuple(
            placed.get(id(one.batch), one) if number in loose else one
            for number, one in enumerate(board.batches)
        ),
    )


def _near(board: Board, numbers: set[int]) -> frozenset[int]:
    """Those, their doughs, and what is made of them."""
    found, waiting = set(numbers), list(numbers)
    made_into: dict[int, list[int]] = {}
    for number, one in enumerate(board.batches):
        for dough in one.batch.after:
            made_into.setdefault(dough, []).append(number)
    while waiting:
        number = waiting.pop()
        for near in (*board.batches[number].batch.after, *made_into.get(number, ())):
            if near not in found:
                found.add(near)
                waiting.append(near)
    return frozenset(found)


def _trouble(board: Board, before: Board, broken: Sequence[Conflict]) -> tuple[int, float, int]:
    """What a person would rather not see: conflicts, weighted minutes late, batches that moved."""
    late = sum(one.batch.weight * one.late_minutes for one in board.batches)
    moved = sum(a.steps != b.steps for a, b in zip(board.batches, before.batches, strict=True))
    return len(broken), late, moved


def _edited(board: Board, one: ScheduledBatch, edit: Edit) -> ScheduledBatch:
    if edit.good_units is not None:
        one = _resized(board, one, edit.good_units)
    if edit.start is not None:
        one = _put(one, edit.start - one.steps[0].start)
    return with_lateness(one, BY_HAND)


def _resized(board: Board, one: ScheduledBatch, good_units: float) -> ScheduledBatch:
    """The batch with another size. It is ready when it was, and begins earlier or later, unless
    that breaks a rule that beginning when it did would not."""
    recipe = board.recipes[one.batch.recipe_id]
    units = good_units / (1 - recipe.waste_share)
    batch = replace(one.batch, good_units=good_units, units=units)
    from_start = _stretched(replace(one, batch=batch), recipe)
    by_end = _put(from_start, one.steps[-1].end - from_start.steps[-1].end)
    alone = (
        conflicts([way], board.recipes, board.machines, board.crew) for way in (by_end, from_start)
    )
    at_end, at_start = (sum(1 for c in found if c.kind != "dough_after") for found in alone)
    return by_end if at_end <= at_start else from_start


def _stretched(one: ScheduledBatch, recipe: Recipe) -> ScheduledBatch:
    """With steps as long as they take, the pauses between them, and the same start."""
    tasks = tasks_of(recipe, one.batch.units)
    if [task.step for task in tasks] != [step.kind for step in one.steps]:
        return one
    steps: list[ScheduledStep] = []
    shift = 0
    for step, task in zip(one.steps, tasks, strict=True):
        start = step.start + shift
        steps.append(replace(step, start=start, end=start + task.minutes))
        shift += task.minutes - (step.end - step.start)
    return replace(one, steps=tuple(steps))


def _put(one: ScheduledBatch, later: int) -> ScheduledBatch:
    steps = tuple(
        replace(step, start=step.start + later, end=step.end + later) for step in one.steps
    )
    return replace(one, steps=steps)


def with_lateness(one: ScheduledBatch, because: str | None) -> ScheduledBatch:
    """The batch with how late it is."""
    late = max(one.steps[-1].end - one.batch.ready_by, 0)
    return replace(one, late_minutes=late, late_because=because if late else None)


def _on_the_board(
    batch: StoredBatch, start: int, ready_by: int, after: tuple[int, ...]
) -> ScheduledBatch:
    delay = 0
    if batch.status == "in_progress" and batch.started_at is not None:
        delay = (batch.started_at - batch.starts_at) // timedelta(minutes=1)
    steps = tuple(
        replace(step, start=step.start + start + delay, end=step.end + start + delay)
        for step in batch.steps
    )
    planned = PlannedBatch(
        recipe_id=batch.recipe_id,
        product_id=batch.product_id,
        good_units=batch.good_units,
        units=batch.units,
        ready_by=ready_by,
        weight=batch.weight,
        reason=batch.reason,
        after=after,
    )
    one = ScheduledBatch(planned, steps, batch.late_minutes, batch.late_because)
    return with_lateness(one, BY_HAND) if delay else one
