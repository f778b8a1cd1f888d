"""Days of production as they are stored, of bakeries that are easy to reckon with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from obrador.catalogue.domain import Catalogue, Component, Equipment, Product, Recipe, Shift, Step
from obrador.inventory.domain import Ingredient
from obrador.production.domain import (
    BatchReason,
    ProductionPlan,
    ScheduledBatch,
    ScheduledStep,
    StoredBatch,
    StoredSchedule,
    StoredUnplaced,
    moment_at,
)
from obrador.production.plan import plan_production
from tests.production.builders import DOUGH, FLOUR, MONDAY, problem

NAMES = (
    "Croissant", "Pain au chocolat", "Žemlovka", "Pączek", "Κουλούρι", "Rustic loaf", "Rye bread",
    "Baguette", "Ciabatta", "Focaccia", "Seeded roll", "Milk bun", "Brioche", "Cinnamon roll",
    "Spelt loaf", "Pretzel",
)  # fmt: skip
WATER, SALT = UUID(int=7), UUID(int=8)
INGREDIENTS = {
    each.id: each
    for each in (
        Ingredient(WATER, "Water", "g", "Tap"),
        Ingredient(FLOUR, "Strong flour", "g", "Flour"),
        Ingredient(SALT, "Salt", "g", "Dry goods"),
    )
}


def stored(
    made: ProductionPlan, day: date = MONDAY, time_zone: str = "Europe/Madrid"
) -> StoredSchedule:
    """The plan as it is read back."""

    def at(minute: int) -> datetime:
        return moment_at(minute, day, time_zone)

    schedule = made.schedule
    return StoredSchedule(
        id=UUID(int=900),
        business_date=day,
        revision=1,
        status="draft",
        version=1,
        made_at=datetime.combine(day, time(4), UTC),
        targets=made.targets,
        batches=tuple(_stored(one, at(0), number) for number, one in enumerate(schedule.scheduled)),
        unplaced=tuple(
            StoredUnplaced(
                one.batch.recipe_id, one.batch.product_id, one.batch.good_units, one.because
            )
            for one in schedule.unplaced
        ),
    )


def _stored(one: ScheduledBatch, midnight: datetime, number: int) -> StoredBatch:
    batch, first = one.batch, one.steps[0].start
    start, end, due = (
        midnight + timedelta(minutes=m) for m in (first, one.steps[-1].end, batch.ready_by)
    )
    return StoredBatch(
        UUID(int=1000 + number), batch.recipe_id, batch.product_id, batch.good_units, batch.units,
        start, end, due,
        tuple(replace(step, start=step.start - first, end=step.end - first) for step in one.steps),
        "planned", batch.reason, one.late_minutes, one.late_because,
    )  # fmt: skip


def batch(
    recipe: Recipe,
    units: float,
    starts_at: datetime,
    minutes: Sequence[int],
    **changes: object,
) -> StoredBatch:
    """A batch whose steps follow each other without a wait."""
    ends = [sum(minutes[: index + 1]) for index in range(len(minutes))]
    steps = tuple(
        ScheduledStep(step.kind, end - length, end, None)
        for step, length, end in zip(recipe.steps, minutes, ends, strict=True)
    )
    end = starts_at + timedelta(minutes=ends[-1])
    made = StoredBatch(
        UUID(int=2000), recipe.id, None, units, units, starts_at, end, end, steps, "planned",
        BatchReason(units, 0.0, "none", 1, 1), 0, None,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]  # any field


def schedule(batches: Sequence[StoredBatch], day: date = MONDAY) -> StoredSchedule:
    """A schedule of these batches."""
    ordered = tuple(sorted(batches, key=lambda one: one.starts_at))
    made_at = datetime.combine(day, time(4), UTC)
    return StoredSchedule(UUID(int=900), day, 1, "draft", 1, made_at, (), ordered, ())


def busy_bakery(demand: float = 200) -> tuple[Catalogue, StoredSchedule]:
    """Two shifts, four ovens, some sixty batches of sixteen products."""
    dough = Recipe(
        DOUGH, "White dough", "semi_finished", "g", 1710,
        (Component(WATER, False, 680), Component(FLOUR, False, 1000), Component(SALT, False, 20),),
        (Step("mix", 12, 0.0001, "mixer", 0.001, 1, 30), Step("ferment", 40)), batch_max=40_000,
    )  # fmt: skip
    recipes: dict[UUID, Recipe] = {DOUGH: dough}
    products = []
    wishes: Mapping[UUID, tuple[float, float]] = {}
    for index, name in enumerate(NAMES):
        own, heat = UUID(int=5000 + index), 190 if index % 2 else 230
        steps = (
            Step("shape", 5, 0.08, people=1, max_wait_minutes=15),
            Step("proof", 45, equipment_kind="proofer", capacity_per_unit=1 / 15),
            Step("bake", 18 + index % 4 * 6, equipment_kind="oven", capacity_per_unit=1 / 15,
                 temperature=heat),
            Step("cool", 12),
        )  # fmt: skip
        component = (Component(DOUGH, True, 95),)
        recipes[own] = Recipe(
            own, name, "product", "piece", 1, component, steps, 0.02, batch_max=60
        )
        due = time(5 + index % 6)
        products.append(
            Product(UUID(int=6000 + index), name, "bread", "piece", 120, 0, 1, own, due)
        )
        wishes = {**wishes, products[-1].id: (demand, 20.0)}
    equipment = (
        Equipment(UUID(int=101), "Spiral mixer", "mixer", 2, 60),
        Equipment(UUID(int=102), "Proofer", "proofer", 2, 40),
        Equipment(UUID(int=103), "Deck oven", "oven", 4, 8, changeover_minutes=15),
    )
    shifts = (
        Shift(tuple(range(7)), time(20), time(4), 4),
        Shift(tuple(range(7)), time(4), time(12), 4),
    )
    given = problem(products, list(recipes.values()), wishes, equipment=equipment, shifts=shifts)
    return given.catalogue, stored(plan_production(given))
