"""The checker of timetables: it finds every rule that is broken, and no other."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.catalogue.domain import Recipe, Step
from obrador.production.conflicts import Conflict, conflicts
from obrador.production.domain import (
    Crew,
    Machine,
    PlannedBatch,
    ScheduledBatch,
    ScheduledStep,
    ScheduleResult,
)
from obrador.production.scheduling import schedule
from obrador.production.sharing import Use, obstacle, shared_out
from obrador.production.timetable import step_minutes
from tests.production.builders import breaches
from tests.production.test_scheduling import ALL_DAY, NIGHT_CREW, batch, recipe

OVEN = Machine(UUID(int=1), "oven", 4, 15, ALL_DAY)
MIXER = Machine(UUID(int=2), "mixer", 40, 0, ALL_DAY)
SHAPE = Step("shape", 10, people=1, max_wait_minutes=10)
BAKE = Step("bake", 20, equipment_kind="oven", capacity_per_unit=1 / 24, temperature=220)
COLD = replace(BAKE, temperature=160)
MIX = Step("mix", 10, equipment_kind="mixer", capacity_per_unit=0.1)
BREAD, CAKE, DOUGH = recipe(1, SHAPE, BAKE), recipe(2, COLD), recipe(3, MIX)
RECIPES = {each.id: each for each in (BREAD, CAKE, DOUGH)}


def at(
    made: Recipe, *starts: int, units: float = 24, after: tuple[int, ...] = (), on: Machine = OVEN
) -> ScheduledBatch:
    """A batch whose steps start then."""
    steps = tuple(
        ScheduledStep(
            step.kind,
            start,
            start + step_minutes(step, units),
            on.equipment_id if step.equipment_kind else None,
        )
        for step, start in zip(made.steps, starts, strict=True)
    )
    return ScheduledBatch(batch(made, units, after=after), steps)


def found(*scheduled: ScheduledBatch, crew: Crew = NIGHT_CREW) -> list[Conflict]:
    return list(conflicts(scheduled, RECIPES, (OVEN, MIXER), crew))


def test_what_keeps_all_rules_has_no_conflicts() -> None:
    assert found(at(BREAD, 300, 310), at(BREAD, 305, 315), at(CAKE, 350)) == []


@pytest.mark.parametrize(
    ("scheduled", "conflict"),
    [
        ([at(BREAD, 300, 305)], Conflict("order_of_steps", 0, 1, 305, facts={"overlap": 5})),
        ([at(BREAD, 300, 325)], Conflict("max_wait", 0, 0, 310, facts={"wait": 15, "longest": 10})),
        (
            [at(DOUGH, 300, on=MIXER), at(BREAD, 305, 315, after=(0,))],
            Conflict("dough_after", 1, 0, 305, (0,), {"dough_ready": 310}),
        ),
        ([at(CAKE, 1430)], Conflict("past_end", 0, 0, 1440, facts={"ends": 1450})),
        (
            [at(CAKE, 300, units=72), at(CAKE, 310, units=48)],
            Conflict("capacity", 1, 0, 310, (0,), {"equipment": "oven", "takes": 2.0, "holds": 4}),
        ),
        (
            [at(DOUGH, 300, on=MIXER), at(DOUGH, 305, on=MIXER)],
            Conflict("capacity", 1, 0, 305, (0,), {"equipment": "mixer", "takes": 40, "holds": 40}),
        ),
        (
            [at(BREAD, 300, 310), at(CAKE, 340)],
            Conflict(
                "changeover",
                1,
                0,
                340,
                (0,),
                {"equipment": "oven", "temperature": 160, "minutes": 15},
            ),
        ),
        (
            [at(BREAD, 300, 310), at(BREAD, 302, 312), at(BREAD, 304, 314)],
            Conflict("people", 2, 0, 304, (0, 1), {"missing": 1, "until": 310}),
        ),
        (
            [at(BREAD, 110, 120)],
            Conflict("people", 0, 0, 110, facts={"missing": 1, "until": 120}),
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Conflict) else "",
)
def test_every_rule_is_looked_after(scheduled: list[ScheduledBatch], conflict: Conflict) -> None:
    assert found(*scheduled) == [conflict]


def test_a_machine_that_is_out_of_order_or_not_there_is_told() -> None:
    broken = replace(OVEN, available=((-360, 310), (400, 2880)))
    work = [at(CAKE, 300), at(CAKE, 500), at(CAKE, 500, on=replace(OVEN, equipment_id=UUID(int=9)))]

    told = conflicts(work, RECIPES, (broken,), NIGHT_CREW)

    assert [(one.kind, one.batch, one.minute) for one in told] == [
        ("unavailable", 0, 310),
        ("unavailable", 2, 500),
    ]


def test_no_work_lies_before_the_evening_before() -> None:
    assert [one.kind for one in found(at(CAKE, -370))] == ["past_end", "unavailable"]


def test_dough_for_tomorrow_may_end_tomorrow() -> None:
    made = at(CAKE, 1500)
    later = replace(made.batch, reason=replace(made.batch.reason, for_next_day=True))

    assert [one.kind for one in found(made)] == ["past_end"]
    assert found(replace(made, batch=later)) == []


def test_a_recipe_that_has_become_another_is_not_held_against_the_batch() -> None:
    old = at(BREAD, 300, 310)

    assert conflicts([old], {BREAD.id: replace(BREAD, steps=(COLD,))}, (), NIGHT_CREW) == ()


def ten_between(one: int | None, other: int | None) -> int:
    return 0 if one == other else 10


batches_strategy = st.lists(
    st.tuples(st.sampled_from([BREAD, CAKE]), st.integers(1, 96), st.integers(200, 800)),
    min_size=1,
    max_size=7,
)


def _planned(
    drawn: Sequence[tuple[Recipe, int, int]],
) -> tuple[list[PlannedBatch], ScheduleResult]:
    doughs = [batch(DOUGH, 100, weight=0)]
    batches = doughs + [
        batch(made, units, ready_by=due, after=(0,) if made is BREAD else ())
        for made, units, due in drawn
    ]
    return batches, schedule(batches, RECIPES, (OVEN, MIXER), NIGHT_CREW)


@given(drawn=batches_strategy)
@settings(max_examples=40)
def test_what_the_scheduler_makes_has_no_conflicts(
    drawn: list[tuple[Recipe, int, int]],
) -> None:
    batches, result = _planned(drawn)

    told = conflicts(result.scheduled, RECIPES, (OVEN, MIXER), NIGHT_CREW, batches=batches)

    assert told == ()


@given(
    drawn=batches_strategy,
    which=st.integers(0, 50),
    move=st.integers(-120, 120),
    only_last=st.booleans(),
)
@settings(max_examples=80)
def test_a_timetable_that_is_pushed_about_has_conflicts_just_where_it_breaks_a_rule(
    drawn: list[tuple[Recipe, int, int]], which: int, move: int, only_last: bool
) -> None:
    batches, result = _planned(drawn)
    timetable = list(result.scheduled)
    number = which % len(timetable)
    one = timetable[number]
    steps = tuple(
        replace(step, start=step.start + move, end=step.end + move)
        if not only_last or step is one.steps[-1]
        else step
        for step in one.steps
    )
    late = max(steps[-1].end - one.batch.ready_by, 0)
    timetable[number] = replace(one, steps=steps, late_minutes=late)
    pushed = replace(result, scheduled=tuple(timetable))

    told = conflicts(timetable, RECIPES, (OVEN, MIXER), NIGHT_CREW, batches=batches)

    # The builders' checker, which shares no code with this one, knows no end of the day.
    broken = breaches(pushed, batches, RECIPES, (OVEN, MIXER), NIGHT_CREW)
    assert bool([one for one in told if one.kind != "past_end"]) == bool(broken), (told, broken)


@given(
    uses=st.lists(
        st.tuples(
            st.integers(0, 60), st.integers(5, 40), st.integers(1, 4), st.sampled_from([160, 220])
        ),
        max_size=6,
    ),
    count=st.integers(1, 3),
)
@settings(max_examples=150)
def test_machines_that_are_alike_are_shared_wherever_that_is_possible(
    uses: list[tuple[int, int, int, int]], count: int
) -> None:
    work = [
        Use(number, 0, start, start + length, amount, temperature)
        for number, (start, length, amount, temperature) in enumerate(uses)
    ]
    is_possible = any(
        all(
            obstacle(
                use,
                [o for o, on in zip(work, places, strict=True) if on == place and o != use],
                4,
                ten_between,
            )
            is None
            for use, place in zip(work, places, strict=True)
        )
        for places in product(range(count), repeat=len(work))
    )

    assert (list(shared_out(work, count, 4, ten_between)) == []) is is_possible
