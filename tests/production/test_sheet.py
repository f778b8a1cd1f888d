"""The baking sheet: every batch once at every station, weighed as the recipe says."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.catalogue.domain import Catalogue, Component, Equipment, Recipe, Shift, Step
from obrador.inventory.domain import Ingredient
from obrador.production.domain import BatchReason, StoredSchedule
from obrador.production.sheet import Job, Sheet, sheet_of
from tests.production.builders import DOUGH, FLOUR, LOAF, MONDAY, ROLL, bakery, dough_recipe
from tests.production.days import INGREDIENTS, SALT, WATER, batch, busy_bakery, schedule

BAGS = UUID(int=9)
EVERY_DAY = tuple(range(7))
NIGHT = Shift(EVERY_DAY, time(22), time(5), 2)
DAY = Shift(EVERY_DAY, time(5), time(13), 3)
OVEN = Equipment(UUID(int=103), "Deck oven", "oven", 2, 8)
STEPS = (
    Step("mix", 10), Step("proof", 60),
    Step("bake", 20, 0, "oven", 0.06666, temperature=230), Step("cool", 15),
)  # fmt: skip


def _loaf(*components: Component, **changes: object) -> Recipe:
    facts: dict[str, object] = {"steps": STEPS, "components": components} | changes
    return Recipe(LOAF, "Loaf", "product", "piece", 10, **facts)  # type: ignore[arg-type]


def _sheet(
    made: StoredSchedule,
    *recipes: Recipe,
    shifts: tuple[Shift, ...] = (DAY,),
    ingredients: dict[UUID, Ingredient] = INGREDIENTS,
) -> Sheet:
    catalogue = Catalogue((), {recipe.id: recipe for recipe in recipes}, (OVEN,), shifts)
    return sheet_of(made, catalogue, ingredients, bakery())


def _jobs(sheet: Sheet) -> list[Job]:
    return [job for shift in sheet.shifts for station in shift.stations for job in station.jobs]


def _at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    """In UTC, an hour behind Madrid in winter."""
    return datetime.combine(day, time(hour, minute), UTC)


def test_a_batch_goes_from_station_to_station() -> None:
    recipe = _loaf(Component(SALT, False, 20), Component(FLOUR, False, 1000))
    made = replace(batch(recipe, 120, _at(4), (10, 60, 20, 15)), ready_by=_at(6, 30))

    sheet = _sheet(schedule([made]), recipe)
    mixing, proofing, oven = _jobs(sheet)

    assert [station.station for station in sheet.shifts[0].stations] == [
        "mixing",
        "proofing",
        "oven",
    ]
    assert [one.name for one in mixing.components] == ["Strong flour", "Salt"]
    assert [one.quantity for one in mixing.components] == [12_000, 240]
    assert [one.percent for one in mixing.components] == [100, 2]
    assert proofing.components == oven.components == ()
    assert (oven.trays, oven.temperature) == (8, 230)
    assert oven.cools_until == _at(5, 45)
    assert [job.is_last for job in (mixing, proofing, oven)] == [False, False, True]


@given(
    units=st.floats(0.001, 1e5),
    batch_yield=st.floats(0.01, 1e4),
    parts=st.lists(st.tuples(st.floats(0.001, 1e5), st.floats(0, 0.9)), min_size=1, max_size=8),
)
def test_what_is_weighed_is_the_recipe_scaled(
    units: float, batch_yield: float, parts: list[tuple[float, float]]
) -> None:
    components = [
        Component(UUID(int=50 + index), False, quantity, waste)
        for index, (quantity, waste) in enumerate(parts)
    ]
    recipe = replace(_loaf(*components), yield_quantity=batch_yield)
    made = batch(recipe, units, _at(4), (10, 60, 20, 15))

    weighed = [one.quantity for job in _jobs(_sheet(schedule([made]), recipe))
               for one in job.components]  # fmt: skip

    assert len(weighed) == len(parts)
    wanted = sum(quantity / (1 - waste) for quantity, waste in parts) * units / batch_yield
    assert sum(weighed) == pytest.approx(wanted)


@given(units=st.floats(1, 1e5), flour=st.floats(0.3, 0.9))
def test_water_that_a_recipe_leaves_out_fills_up_its_weight(units: float, flour: float) -> None:
    recipe = dough_recipe(components=(Component(FLOUR, False, flour),))

    (job,) = _jobs(_sheet(schedule([batch(recipe, units, _at(4), (15,))]), recipe))

    assert [one.name for one in job.components] == ["Strong flour", ""]
    assert sum(one.quantity for one in job.components) == pytest.approx(units)


def test_no_water_is_added_where_the_recipe_has_it() -> None:
    recipe = dough_recipe(
        components=(Component(WATER, False, 0.4), Component(FLOUR, False, 0.6)),
    )

    (job,) = _jobs(_sheet(schedule([batch(recipe, 1000, _at(4), (15,))]), recipe))

    assert [one.name for one in job.components] == ["Strong flour", "Water"]
    assert [round(one.percent or 0) for one in job.components] == [100, 67]


def test_bags_are_wanted_when_the_bread_is_done() -> None:
    bags = Ingredient(BAGS, "Bread bags", "piece", "Packaging")
    recipe = _loaf(Component(BAGS, False, 10), Component(FLOUR, False, 1000))
    made = batch(recipe, 20, _at(4), (10, 60, 20, 15))

    mixing, _, oven = _jobs(
        _sheet(schedule([made]), recipe, ingredients={**INGREDIENTS, BAGS: bags})
    )

    assert [one.name for one in mixing.components] == ["Strong flour"]
    assert [(one.name, one.quantity, one.percent) for one in oven.components] == [
        ("Bread bags", 20, None)
    ]


def test_the_evening_before_belongs_to_the_evenings_shift() -> None:
    recipe = _loaf(Component(FLOUR, False, 1000))
    sunday = date(2026, 3, 1)
    made = [
        batch(recipe, 10, _at(21, 30, sunday), (10, 60, 20, 15)),
        batch(recipe, 20, _at(3, 55), (10, 60, 20, 15)),
    ]

    night, day = _sheet(schedule(made), recipe, shifts=(DAY, NIGHT)).shifts

    assert night.turn is not None
    assert day.turn is not None
    assert (night.turn.starts_at, night.turn.ends_at) == (_at(21, 0, sunday), _at(4))
    assert (day.turn.starts_at, day.turn.people) == (_at(4), 3)
    first, second = ([(job.number, job.kind) for s in shift.stations for job in s.jobs]
                     for shift in (night, day))  # fmt: skip
    assert first == [(1, "mix"), (2, "mix"), (1, "proof"), (1, "bake")]
    assert second == [(2, "proof"), (2, "bake")]


def test_work_outside_all_shifts_belongs_to_the_one_before() -> None:
    recipe = _loaf(Component(FLOUR, False, 1000))
    made = [batch(recipe, 10, _at(hour), (10, 60, 20, 15)) for hour in (2, 15)]

    sheet = _sheet(schedule(made), recipe, shifts=(DAY,))

    starts = [shift.turn and shift.turn.starts_at for shift in sheet.shifts]
    assert starts == [_at(4, 0, date(2026, 3, 1)), _at(4)]


def test_shifts_at_the_same_time_are_one() -> None:
    recipe = _loaf(Component(FLOUR, False, 1000))
    made = schedule([batch(recipe, 10, _at(5), (10, 60, 20, 15))])

    (shift,) = _sheet(made, recipe, shifts=(DAY, DAY)).shifts

    assert shift.turn is not None
    assert shift.turn.people == 6


def test_without_shifts_and_with_what_is_gone_there_is_still_a_sheet() -> None:
    recipe = _loaf(Component(UUID(int=77), False, 100))
    made = batch(recipe, 10, _at(5), (10, 60, 20, 15))

    (shift,) = _sheet(schedule([made]), recipe, shifts=()).shifts
    gone = _jobs(_sheet(schedule([made])))

    assert shift.turn is None
    assert shift.stations[0].jobs[0].components[0].name == "?"
    assert [job.name for job in gone] == ["?"] * 3
    assert gone[-1].trays is None


def test_a_recipe_with_other_steps_by_now_lends_no_heat() -> None:
    recipe = _loaf(Component(FLOUR, False, 1000))
    made = schedule([batch(recipe, 10, _at(5), (10, 60, 20, 15))])

    changed = _jobs(_sheet(made, replace(recipe, steps=STEPS[1:])))

    assert [job.temperature for job in changed] == [None] * 3


def test_what_is_cancelled_is_not_made() -> None:
    recipe = _loaf(Component(FLOUR, False, 1000))
    made = [batch(recipe, 10, _at(hour), (10, 60, 20, 15)) for hour in (5, 6)]

    jobs = _jobs(_sheet(schedule([replace(made[0], status="cancelled"), made[1]]), recipe))

    assert {job.number for job in jobs} == {2}


def test_dough_for_tomorrow_says_so() -> None:
    recipe = dough_recipe()
    reason = BatchReason(100, 0, "none", 1, 1, for_next_day=True)
    made = schedule([batch(recipe, 100, _at(10), (15,), reason=reason)])

    assert [job.for_next_day for job in _jobs(_sheet(made, recipe))] == [True]


def test_a_doughs_delay_counts_in_what_is_made_of_it() -> None:
    recipe = dough_recipe()
    late = replace(batch(recipe, 100, _at(10), (15,)), late_minutes=9)
    reason = replace(late.reason, for_next_day=True)

    for made, minutes in (
        (late, 0),
        (replace(late, reason=reason), 9),
        (replace(late, product_id=ROLL), 9),
    ):
        assert [job.late_minutes for job in _jobs(_sheet(schedule([made]), recipe))] == [minutes]


def test_a_busy_bakery_finds_every_step_once() -> None:
    catalogue, made = busy_bakery()

    sheet = sheet_of(made, catalogue, INGREDIENTS, bakery())
    jobs = _jobs(sheet)

    steps = [step for one in made.batches for step in one.steps if step.kind != "cool"]
    assert len(jobs) == len(steps) > 150
    assert sum(job.is_last for job in jobs) == len(made.batches) > 50
    assert len(sheet.shifts) == 2
    flour = sum(one.quantity for job in jobs for one in job.components if one.is_flour)
    doughs = sum(one.units for one in made.batches if one.recipe_id == DOUGH)
    assert flour == pytest.approx(doughs / 1710 * 1000)
