"""A day planned again around what is begun: it stays, it counts, and nothing is made twice."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.catalogue.domain import Catalogue
from obrador.inventory.domain import Lot
from obrador.production.conflicts import conflicts
from obrador.production.domain import Begun, ProductionPlan, ProductionProblem, ScheduledBatch
from obrador.production.plan import plan_production
from obrador.production.resources import crew_of, machines_of
from tests.production.builders import (
    DOUGH,
    FLOUR,
    MONDAY,
    ROLL,
    ROLL_RECIPE,
    bakery,
    problem,
)
from tests.production.builders import roll_recipe as made_as

PLAN = plan_production(problem(demand={ROLL: (300, 20)}))
BATCHES = PLAN.schedule.scheduled


def begun(number: int, *, is_done: bool, made: float | None = None, later: int = 0) -> Begun:
    """A batch of the plan that work has begun on, so many minutes later than planned."""
    one: ScheduledBatch = BATCHES[number]
    batch = one.batch
    return Begun(
        id=UUID(int=9000 + number),
        recipe_id=batch.recipe_id,
        product_id=batch.product_id,
        good_units=batch.good_units if made is None else made,
        units=batch.units,
        steps=tuple(
            replace(step, start=step.start + later, end=step.end + later) for step in one.steps
        ),
        ready_by=batch.ready_by,
        weight=batch.weight,
        reason=batch.reason,
        doughs=tuple(UUID(int=9000 + dough) for dough in PLAN.doughs[number]),
        is_done=is_done,
    )


def again(*what: Begun, now: int = 60, **changes: object) -> ProductionPlan:
    asked = problem(demand={ROLL: (300, 20)})
    return plan_production(replace(asked, begun=what, now=now, **changes))  # type: ignore[arg-type]


def dough_left(done: list[int]) -> list[Lot]:
    """What is in stock of all dough, once these batches of rolls have taken theirs."""
    made = sum(BATCHES[number].batch.good_units for number in DOUGHS)
    taken = sum(BATCHES[number].batch.units * 100 for number in done)
    return [Lot(DOUGH, made - taken, MONDAY, MONDAY)] if made > taken else []


def good_units(plan: ProductionPlan, recipe_id: UUID) -> float:
    schedule = plan.schedule
    batches = [one.batch for one in schedule.scheduled]
    batches += [one.batch for one in schedule.unplaced]
    return sum(batch.good_units for batch in batches if batch.recipe_id == recipe_id)


ROLLS = [n for n, one in enumerate(BATCHES) if one.batch.product_id]
DOUGHS = [n for n, one in enumerate(BATCHES) if one.batch.product_id is None]


def test_nothing_is_begun_as_nothing_was() -> None:
    assert plan_production(replace(problem(demand={ROLL: (300, 20)}), begun=())) == PLAN


@given(
    done=st.sets(st.sampled_from(ROLLS)),
    in_hand=st.sets(st.sampled_from(ROLLS)),
    lacking=st.floats(0, 30),
    now=st.integers(-300, 400),
)
def test_what_is_begun_and_what_is_still_planned_make_what_is_wanted(
    done: set[int], in_hand: set[int], lacking: float, now: int
) -> None:
    every_dough = [begun(number, is_done=True) for number in DOUGHS]
    stock = dough_left(sorted(done))
    made = [
        begun(number, is_done=True, made=max(BATCHES[number].batch.good_units - lacking, 0))
        for number in sorted(done)
    ]
    held = [begun(number, is_done=False) for number in sorted(in_hand - done)]

    plan = again(*every_dough, *made, *held, now=now, left_over=stock)

    wanted = sum(target.quantity for target in PLAN.targets)
    given_already = sum(one.good_units for one in (*made, *held))
    assert good_units(plan, ROLL_RECIPE) == pytest.approx(max(wanted - given_already, 0), abs=1)
    assert [target.quantity for target in plan.targets] == [t.quantity for t in PLAN.targets]
    for one in plan.schedule.scheduled:
        assert all(step.start >= now for step in one.steps if step.kind in {"mix", "shape"})
    # Dough is there for what it was made for; only what short yields lack needs more.
    lost = sum(BATCHES[n].batch.good_units for n in done) - sum(one.good_units for one in made)
    assert good_units(plan, DOUGH) <= (lost + 2) * 100  # for whole rolls


def test_dough_in_hand_is_waited_for() -> None:
    (dough,) = [begun(number, is_done=False, later=45) for number in DOUGHS]

    plan = again(dough, now=dough.steps[0].start)

    assert good_units(plan, DOUGH) == 0
    assert set(plan.begun_doughs) == {(dough.id,)}
    assert all(one.steps[0].start >= dough.steps[-1].end for one in plan.schedule.scheduled)


def test_what_is_in_hand_takes_its_machines() -> None:
    held = [begun(number, is_done=False) for number in ROLLS[:2]]
    doughs = [begun(number, is_done=True) for number in DOUGHS]
    stock = dough_left([])
    asked: ProductionProblem = problem(demand={ROLL: (300, 20)})

    plan = again(*doughs, *held, left_over=stock, now=min(one.steps[0].start for one in held))

    own = [BATCHES[number] for number in ROLLS[:2]]
    together = [replace(one, batch=replace(one.batch, after=())) for one in own]
    together += [
        replace(one, batch=replace(one.batch, after=())) for one in plan.schedule.scheduled
    ]
    catalogue: Catalogue = asked.catalogue
    machines = machines_of(catalogue.equipment, bakery(), MONDAY)
    crew = crew_of(catalogue.shifts, bakery(), MONDAY)
    assert conflicts(together, catalogue.recipes, machines, crew) == ()


def test_ingredients_of_what_is_in_hand_are_still_needed_and_of_what_is_done_no_more() -> None:
    held, done = begun(ROLLS[0], is_done=False), begun(ROLLS[0], is_done=True)

    needed = again(held).recipe_units[ROLL_RECIPE][0]
    not_needed = again(done).recipe_units[ROLL_RECIPE][0]

    assert needed - not_needed == pytest.approx(held.units)


@pytest.mark.parametrize(("lacking", "more"), [(11, 0), (13, 24)])
def test_a_short_yield_is_made_up_for_from_half_a_tray_on(lacking: float, more: float) -> None:
    trays = made_as(batch_multiple=24)
    asked = problem(
        recipes=(trays, *[r for r in problem().catalogue.recipes.values() if r.id == DOUGH]),
        demand={ROLL: (300, 20)},
    )
    wanted = sum(target.quantity for target in plan_production(asked).targets)
    done = replace(begun(ROLLS[0], is_done=True), good_units=wanted - lacking)

    plan = plan_production(replace(asked, begun=(done,), now=60))

    assert good_units(plan, ROLL_RECIPE) == more


def test_a_recipe_that_has_gone_since_is_no_obstacle() -> None:
    gone = replace(begun(ROLLS[0], is_done=False), recipe_id=FLOUR)

    plan = again(gone)

    assert plan.schedule.scheduled
