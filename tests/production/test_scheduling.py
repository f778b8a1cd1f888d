"""When batches are made: no rule is ever broken, and what cannot be kept is explained."""

from datetime import time
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.catalogue.domain import Equipment, Recipe, Shift, Step
from obrador.production.batching import MOST_BATCHES
from obrador.production.domain import (
    BatchReason,
    Crew,
    Effort,
    Machine,
    PlannedBatch,
    ScheduledStep,
    ScheduleResult,
)
from obrador.production.resources import crew_of, machines_of
from obrador.production.scheduling import schedule
from tests.production.builders import BAKE, MONDAY, SHAPE, bakery, breaches

ALL_DAY = ((-360, 2880),)
OVEN = Machine(UUID(int=1), "oven", 4, 15, ALL_DAY)
MIXER = Machine(UUID(int=2), "mixer", 40, 0, ALL_DAY)
NIGHT_CREW = Crew(((120, 840, 2),))
OPENING = 7 * 60
QUICK = Effort(beginnings=4, rounds=40, rounds_if_late=100)
BAKE_ALONE = Step("bake", 60, equipment_kind="oven", capacity_per_unit=1 / 6)


def recipe(number: int, *steps: Step) -> Recipe:
    return Recipe(UUID(int=number), f"recipe {number}", "product", "piece", 1, (), steps)


def batch(
    made: Recipe,
    units: float = 24,
    *,
    ready_by: int = OPENING,
    after: tuple[int, ...] = (),
    number: int = 1,
    weight: float = 1.0,
) -> PlannedBatch:
    reason = BatchReason(units, 0, "none", number, 1)
    return PlannedBatch(made.id, None, units, units, ready_by, weight, reason, after)


def scheduled(
    batches: list[PlannedBatch],
    recipes: list[Recipe],
    *machines: Machine,
    crew: Crew = NIGHT_CREW,
    effort: Effort = QUICK,
) -> ScheduleResult:
    by_id = {one.id: one for one in recipes}
    result = schedule(batches, by_id, machines, crew, effort=effort)
    assert breaches(result, batches, by_id, machines, crew) == []
    assert len(result.scheduled) + len(result.unplaced) == len(batches)
    return result


def test_a_batch_alone_ends_when_it_must_be_ready() -> None:
    made = recipe(1, SHAPE, BAKE)

    result = scheduled([batch(made)], [made], OVEN)

    assert [(step.start, step.end) for step in result.scheduled[0].steps] == [
        (OPENING - 29, OPENING - 18),
        (OPENING - 18, OPENING),
    ]
    assert result.tardiness == 0


def test_batches_of_one_temperature_share_the_oven_and_others_change_over() -> None:
    hot, cold = recipe(1, BAKE), recipe(2, Step("bake", 30, equipment_kind="oven", temperature=160))
    same = scheduled([batch(hot), batch(hot)], [hot], OVEN)
    other = scheduled([batch(hot), batch(cold)], [hot, cold], OVEN)

    assert [one.steps[0].end for one in same.scheduled] == [OPENING, OPENING]
    first, second = other.scheduled
    assert second.steps[0].start - first.steps[0].end == 15


def test_a_mixer_mixes_one_dough_at_a_time() -> None:
    dough = recipe(1, Step("mix", 10, equipment_kind="mixer", capacity_per_unit=0.1))

    result = scheduled([batch(dough), batch(dough)], [dough], MIXER)

    assert sorted(one.steps[0].end for one in result.scheduled) == [OPENING - 10, OPENING]


def test_dough_is_made_before_what_it_goes_into_even_when_that_makes_it_late() -> None:
    dough = recipe(1, Step("mix", 30, equipment_kind="mixer", people=1))
    bread = recipe(2, BAKE)

    in_time = scheduled(
        [batch(bread, after=(1,)), batch(dough, weight=0)], [dough, bread], OVEN, MIXER
    )
    late = scheduled(
        [batch(bread, after=(1,), ready_by=140), batch(dough, weight=0, ready_by=122)],
        [dough, bread],
        OVEN,
        MIXER,
    )

    assert in_time.tardiness == 0
    assert [one.late_because for one in late.scheduled] == ["time", "time"]
    assert late.tardiness == 120 + 30 + 18 - 140


def test_a_late_batch_names_what_is_in_its_way() -> None:
    bread = recipe(1, SHAPE, BAKE_ALONE)
    hands = recipe(2, Step("shape", 60, people=2))

    oven = scheduled([batch(bread, ready_by=200) for _ in range(2)], [bread], OVEN)
    people = scheduled([batch(hands, ready_by=200) for _ in range(2)], [hands])

    assert {one.late_because for one in oven.scheduled} == {None, "equipment:oven"}
    assert {one.late_because for one in people.scheduled} == {None, "people"}


def test_what_weighs_more_is_not_the_late_one() -> None:
    bread = recipe(1, Step("bake", 60, equipment_kind="oven", capacity_per_unit=1 / 6, people=1))
    batches = [batch(bread, ready_by=200, weight=weight) for weight in (1.0, 2.0)]

    result = scheduled(batches, [bread], OVEN)

    assert {one.batch.weight: one.late_minutes for one in result.scheduled}[2.0] == 0


@pytest.mark.parametrize(
    ("made", "because"),
    [
        (recipe(1, Step("bake", 20, equipment_kind="wood oven")), "no_equipment:wood oven"),
        (recipe(1, Step("bake", 20, equipment_kind="oven", capacity_per_unit=1)), "too_big:oven"),
        (recipe(1, Step("shape", 20, people=3)), "no_people"),
        (recipe(1, Step("shape", 800, people=1)), "no_time"),
        (recipe(1, Step("shape", 10_000)), "no_time"),
    ],
)
def test_what_cannot_be_made_says_why(made: Recipe, because: str) -> None:
    cake = recipe(2, BAKE)

    result = scheduled([batch(cake, after=(1,)), batch(made), batch(cake)], [made, cake], OVEN)

    assert [one.because for one in result.unplaced] == [because] * 2
    assert len(result.scheduled) == 1


def test_batches_beyond_all_reason_are_not_even_tried() -> None:
    made = recipe(1, BAKE)

    result = scheduled([batch(made, number=MOST_BATCHES + 1)], [made], OVEN)

    assert result.unplaced[0].because == "too_many_batches"


def test_two_temperatures_within_a_batch_need_no_change_over() -> None:
    """A deck oven falls from one to the other while the loaf is in it."""
    loaf = recipe(
        1,
        Step("bake", 10, equipment_kind="oven", temperature=250, max_wait_minutes=0),
        Step("bake", 30, equipment_kind="oven", temperature=200),
    )

    assert scheduled([batch(loaf), batch(loaf)], [loaf], OVEN).tardiness == 0


KINDS = ["oven", "mixer", "proofer"]
STEPS = st.builds(
    Step,
    kind=st.sampled_from(["mix", "proof", "bake", "shape"]),
    fixed_minutes=st.integers(0, 60),
    minutes_per_unit=st.sampled_from([0.0, 0.3, 1.0]),
    equipment_kind=st.none() | st.sampled_from(KINDS),
    capacity_per_unit=st.sampled_from([0.0, 0.04, 0.1]),
    people=st.integers(0, 1),
    max_wait_minutes=st.none() | st.integers(0, 30),
    temperature=st.none() | st.sampled_from([180, 220]),
)
MACHINES = st.builds(
    Equipment,
    id=st.uuids(),
    name=st.just("machine"),
    kind=st.sampled_from([*KINDS, "oven"]),
    count=st.just(1),
    capacity=st.sampled_from([3.0, 6.0]),
    available_from=st.none() | st.just(time(3)),
    available_to=st.none() | st.just(time(11)),
    changeover_minutes=st.sampled_from([0, 10]),
)
SHIFTS = st.builds(
    Shift,
    weekdays=st.just((0, 6)),
    starts=st.sampled_from([time(2), time(5), time(20)]),
    ends=st.sampled_from([time(11), time(13)]),
    people=st.integers(1, 3),
)


@given(
    steps=st.lists(st.lists(STEPS, min_size=1, max_size=4), min_size=3, max_size=3),
    equipment=st.lists(MACHINES, min_size=3, max_size=6, unique_by=lambda one: one.id),
    shifts=st.lists(SHIFTS, min_size=1, max_size=2),
    sizes=st.lists(st.integers(1, 40), min_size=2, max_size=8),
    ready_by=st.lists(st.integers(0, 900), min_size=2, max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_no_rule_is_ever_broken_and_the_same_input_gives_the_same_plan(
    steps: list[list[Step]],
    equipment: list[Equipment],
    shifts: list[Shift],
    sizes: list[int],
    ready_by: list[int],
) -> None:
    recipes = [recipe(number, *one) for number, one in enumerate(steps)]
    first, second = len(sizes), len(sizes) + 1
    batches = [
        batch(
            recipes[index % 2],
            units,
            ready_by=due,
            after=((), (first,), (first, second))[index % 3],
        )
        for index, (units, due) in enumerate(zip(sizes, ready_by, strict=False))
    ]
    batches += [batch(recipes[2])] * max(len(sizes) - len(batches), 0)
    batches += [batch(recipes[2], weight=0), batch(recipes[2], weight=0, after=(first,))]
    machines, crew = machines_of(equipment, bakery(), MONDAY), crew_of(shifts, bakery(), MONDAY)

    result = scheduled(batches, recipes, *machines, crew=crew)

    assert result == scheduled(batches, recipes, *machines, crew=crew)
    assert result.tardiness == sum(one.batch.weight * one.late_minutes for one in result.scheduled)


def test_what_needs_nothing_begins_by_itself() -> None:
    """Bread cools when it leaves the oven, and a dough rises from when it is mixed."""
    cooling = recipe(1, Step("bake", 20, equipment_kind="oven", people=1), Step("cool", 30))
    rising = recipe(
        2,
        Step("mix", 10, people=1),
        Step("ferment", 60, max_wait_minutes=30),
        Step("bake", 20, equipment_kind="oven"),
    )
    cooled = scheduled([batch(cooling)], [cooling], OVEN, crew=Crew(((120, 150, 1),)))
    risen = scheduled([batch(rising, ready_by=230)], [rising], OVEN, crew=Crew(((120, 135, 1),)))

    assert [step.start for step in cooled.scheduled[0].steps] == [130, 150]
    assert [step.start for step in risen.scheduled[0].steps] == [125, 135, 210]


def test_what_is_fixed_stays_and_the_rest_is_planned_around_it() -> None:
    bread = recipe(1, BAKE_ALONE)
    batches = [batch(bread), batch(bread)]
    begun = (ScheduledStep("bake", OPENING - 90, OPENING - 30, OVEN.equipment_id),)

    result = schedule(batches, {bread.id: bread}, [OVEN], NIGHT_CREW, fixed={1: begun})

    steps = {id(one.batch): one.steps for one in result.scheduled}
    assert steps[id(batches[1])] == begun
    assert steps[id(batches[0])][0].end == OPENING - 90
    assert breaches(result, batches, {bread.id: bread}, [OVEN], NIGHT_CREW) == []


def test_what_is_fixed_may_break_rules_without_making_room_for_others() -> None:
    bread = recipe(1, BAKE_ALONE)
    batches = [batch(bread) for _ in range(3)]
    begun = (ScheduledStep("bake", OPENING - 60, OPENING, OVEN.equipment_id),)

    result = schedule(batches, {bread.id: bread}, [OVEN], NIGHT_CREW, fixed={0: begun, 1: begun})

    free = next(one for one in result.scheduled if one.batch is batches[2])
    assert free.steps[0].end == OPENING - 60


def test_what_would_help_is_tried_and_told() -> None:
    bread = recipe(1, Step("shape", 10, people=1), BAKE_ALONE)
    later = batch(bread, ready_by=OPENING + 240)

    result = scheduled(
        [batch(bread, ready_by=200), batch(bread, ready_by=200), later], [bread], OVEN
    )

    helped = {one.kind: one for one in result.remedies}
    assert helped["another_machine"].equipment_kind == "oven"
    assert helped["another_machine"].tardiness == helped["ready_later"].tardiness == 0
    assert helped["start_earlier"].amount == 60
    assert helped["ready_later"].amount == 1
    assert "more_people" not in helped
    assert list(result.remedies) == sorted(result.remedies, key=lambda one: one.tardiness)


def test_more_effort_costs_no_more() -> None:
    loaves = [
        recipe(number, SHAPE, Step("bake", 20 + 7 * number, equipment_kind="oven", temperature=t))
        for number, t in enumerate((180, 220, 180, 220, 250))
    ]
    batches = [batch(one, ready_by=OPENING + 60 * (n % 2)) for n, one in enumerate(loaves * 3)]

    def early(effort: Effort) -> float:
        by_id = {one.id: one for one in loaves}
        result = schedule(batches, by_id, [OVEN], NIGHT_CREW, effort=effort)
        assert breaches(result, batches, by_id, [OVEN], NIGHT_CREW) == []
        return 1000 * result.tardiness + sum(
            one.batch.ready_by - one.steps[-1].end
            for one in result.scheduled
            if not one.late_minutes
        )

    assert early(Effort(20, 600, 600)) < early(Effort(1, 0, 0))
