"""Which machine does what: a day's steps as rows of a picture, with room for words."""

import re
from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from obrador.catalogue.domain import StepKind
from obrador.kit.i18n import Speech
from obrador.orchestration.production_day import (
    Timeline,
    TimelineBatch,
    TimelineMachine,
    TimelineStep,
)

Look = Literal["hands", "heat", "rest"]
"""What a step asks for: people, heat, or only time."""

LOOKS: dict[StepKind, Look] = {
    "mix": "hands", "shape": "hands", "fill": "hands", "finish": "hands",
    "bake": "heat", "ferment": "rest", "proof": "rest", "cool": "rest",
}  # fmt: skip
_ORDER = ("mixer", "bench", "rest", "retarder", "proofer", "oven")
"""From dough to bread; other machines come last."""
LETTER = 7.2
"""Pixels of an average letter, in the widest of the usual fonts."""
_PAD = 4.0
_FEW_LANES = 3
_NAME = 22
"""Letters that a row's name has room for."""
_SHORT = 12
"""Letters of a name that is cut."""
_FEWEST = 7
"""Letters, number included, below which a name inside a bar says nothing."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A step on its machine."""

    batch: TimelineBatch
    step: TimelineStep

    @property
    def look(self) -> Look:
        """What it asks for."""
        return LOOKS[self.step.kind]


@dataclass(frozen=True, slots=True)
class Row:
    """A machine, the bench, or where things rest."""

    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A bar with its words. Pixels."""

    bar: Bar
    left: float
    width: float
    lane: int
    words: str
    words_at: float
    inside: bool


def rows_of(say: Speech, seen: Timeline) -> tuple[Row, ...]:
    """A row for each machine in use, for the bench and for what rests without a machine, in the
    order of work. Where several machines are alike, the plan says only which kind a step is on: it
    is shown on the first that has room for it at the same heat."""
    machines = {machine.id: machine for machine in seen.machines}
    groups: dict[UUID | str, list[Bar]] = defaultdict(list)
    for batch in seen.batches:
        for step in batch.steps:
            if step.ends_at > step.starts_at:
                known = step.machine_id in machines
                groups[step.machine_id if known and step.machine_id else _place(step)].append(
                    Bar(batch, step)
                )
    rows: list[tuple[int, Row]] = []
    for place, bars in groups.items():
        bars.sort(key=lambda bar: (bar.step.starts_at, bar.batch.number))
        if isinstance(place, UUID):
            machine = machines[place]
            rows += [(_rank(machine.kind), row) for row in _machine_rows(machine, bars)]
        else:
            name = say.phrase("Bench") if place == "bench" else say.phrase("Resting, cooling")
            rows.append((_rank(place), Row(name, tuple(bars))))
    return tuple(row for _, row in sorted(rows, key=lambda each: (each[0], _natural(each[1].name))))


def placed_in(row: Row, pixels: Sequence[tuple[float, float]], right: float) -> list[Placed]:
    """The row's bars in lanes, with as many words as they have room for beside each other.

    Args:
        pixels: left and right of each bar.
        right: where the picture ends.
    """
    bare = max((one.lane for one in _lanes(row, pixels, right, "none")), default=0) + 1
    for words in ("full", "short", "number"):
        placed = _lanes(row, pixels, right, words)
        if max((one.lane for one in placed), default=0) < max(bare, _FEW_LANES):
            break
    return placed


def shortened(words: str, letters: int) -> str:
    """The words, or as much of them as that many letters hold."""
    return words if len(words) <= letters else f"{words[: letters - 1].rstrip()}…"


def _natural(name: str) -> list[tuple[int, str]]:
    """A key of natural order: oven 2 comes before oven 10."""
    parts = re.split(r"(\d+)", name)
    return [(int(part) if part.isdecimal() else 0, part) for part in parts]


def _place(step: TimelineStep) -> str:
    return "bench" if LOOKS[step.kind] == "hands" else "rest"


def _rank(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _machine_rows(machine: TimelineMachine, bars: Iterable[Bar]) -> list[Row]:
    change = timedelta(minutes=machine.changeover_minutes)
    own: list[list[Bar]] = [[] for _ in range(machine.count)]
    near: list[list[Bar]] = [[] for _ in own]
    for bar in bars:
        # Bars come by their start: what ended before one, heat changed too, matters no more.
        near = [
            [one for one in some if one.step.ends_at + change > bar.step.starts_at] for some in near
        ]
        place = next((i for i, some in enumerate(near) if _has_room(machine, some, bar)), None)
        if place is None:
            crowds = [sum(_overlap(one, bar) for one in some) for some in near]
            place = crowds.index(min(crowds))
        own[place].append(bar)
        near[place].append(bar)
    return [
        Row(_machine_name(machine, number), tuple(taken))
        for number, taken in enumerate(own, 1)
        if taken
    ]


def _machine_name(machine: TimelineMachine, number: int) -> str:
    if machine.count == 1:
        return shortened(machine.name, _NAME)
    return f"{shortened(machine.name, _NAME - 3)} {number}"


def _has_room(machine: TimelineMachine, near: Sequence[Bar], bar: Bar) -> bool:
    """Whether the bar fits: capacity is shared at one heat, and a mixer mixes one dough."""
    # They have begun already, as bars come by their start.
    beside = [other for other in near if other.step.ends_at > bar.step.starts_at]
    if beside and (machine.kind == "mixer" or not bar.step.takes):
        return False
    used = sum(other.step.takes for other in beside)
    return used + bar.step.takes <= machine.capacity + 1e-3 and all(
        other.step.temperature == bar.step.temperature for other in near
    )


def _overlap(one: Bar, other: Bar) -> bool:
    return one.step.starts_at < other.step.ends_at and other.step.starts_at < one.step.ends_at


def _lanes(
    row: Row, pixels: Sequence[tuple[float, float]], right: float, words: str
) -> list[Placed]:
    """First fit: each bar, with its words, in the first lane that is free there."""
    lanes: list[list[tuple[float, float]]] = []
    placed = []
    for bar, (start, end) in zip(row.bars, pixels, strict=True):
        text, inside = _words(bar, end - start, words)
        length = 0.0 if inside else _PAD + len(text) * LETTER
        on_the_left = end + length > right
        span = (start - length, end) if on_the_left else (start, end + length)
        lane = _first_free(lanes, span)
        if lane == len(lanes):
            lanes.append([])
        insort(lanes[lane], span)
        at = start + _PAD if inside else span[0] if on_the_left else end + _PAD
        placed.append(Placed(bar, start, end - start, lane, text, at, inside))
    return placed


def _is_free(taken: Sequence[tuple[float, float]], span: tuple[float, float]) -> bool:
    """Whether the span is free of those taken, which are in order and free of each other."""
    at = bisect(taken, span)
    ends_before = at == 0 or taken[at - 1][1] <= span[0]
    return ends_before and (at == len(taken) or span[1] <= taken[at][0])


def _first_free(lanes: Sequence[Sequence[tuple[float, float]]], span: tuple[float, float]) -> int:
    """The first lane with room for the span; a new one, if there is none. Bars come by their start,
    so that the last one of a lane nearly always decides."""
    start, end = span
    for number, taken in enumerate(lanes):
        last_start, last_end = taken[-1]
        if last_end <= start or (end <= last_start and _is_free(taken, span)):
            return number
    return len(lanes)


def _words(bar: Bar, width: float, words: str) -> tuple[str, bool]:
    """What a bar says, and whether that stands inside."""
    if words == "none":
        return "", True
    mark = "✓" if bar.batch.is_done else "!" if bar.batch.late_minutes else ""
    number = f"{bar.batch.number}{mark}"
    full = f"{number} {bar.batch.name}"
    room = int((width - 2 * _PAD) / LETTER)
    if len(full) <= room:
        return full, True
    if words == "full":
        return shortened(full, 2 * _SHORT), False
    if room >= _FEWEST:
        return shortened(full, room), True
    if words == "short":
        return shortened(full, _SHORT), False
    return number, len(number) * LETTER + _PAD <= width
