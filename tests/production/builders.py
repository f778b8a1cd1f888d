"""Small bakeries to plan, and a checker of timetables that shares no code with the scheduler."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from itertools import combinations, pairwise
from math import ceil
from statistics import NormalDist
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Catalogue, Component, Equipment, Product, Recipe, Shift, Step
from obrador.forecasting.domain import QUANTILE_LEVELS, DriverTable, Forecast
from obrador.inventory.domain import Lot
from obrador.production.domain import (
    Crew,
    Machine,
    PlannedBatch,
    ProductionProblem,
    ScheduledBatch,
    ScheduledStep,
    ScheduleResult,
)
from obrador.sales.domain import FirmOrder
from obrador.tenants.domain import Bakery, Hours, Policy

MONDAY = date(2026, 3, 2)
ROLL, ROLL_RECIPE, DOUGH, FLOUR, LOAF, LOAF_RECIPE = (UUID(int=number) for number in range(1, 7))

MIX = Step("mix", 15, equipment_kind="mixer", capacity_per_unit=0.001, people=1)
PROOF = Step("proof", 60, equipment_kind="proofer", capacity_per_unit=1 / 24, max_wait_minutes=20)
SHAPE = Step("shape", 5, 0.25, people=1, max_wait_minutes=10)
BAKE = Step("bake", 18, equipment_kind="oven", capacity_per_unit=1 / 24, temperature=220)

EQUIPMENT = (
    Equipment(UUID(int=101), "Mixer", "mixer", 1, 40),
    Equipment(UUID(int=102), "Proofer", "proofer", 1, 12),
    Equipment(UUID(int=103), "Oven", "oven", 2, 4, changeover_minutes=15),
)
SHIFTS = (Shift(tuple(range(7)), time(2), time(14), 3),)

Demand = Mapping[UUID, tuple[float, float]]
"""Mean and standard deviation of each product's day."""
Work = Sequence[tuple[ScheduledBatch, Step, ScheduledStep]]


def bakery(**changes: object) -> Bakery:
    """A shop in Madrid that is open every day from 07:00."""
    facts: dict[str, object] = {
        "id": UUID(int=1000),
        "name": "Obrador",
        "time_zone": "Europe/Madrid",
        "country": "ES",
        "subdivision": None,
        "locale": "es",
        "currency": "EUR",
        "opening_hours": (Hours(time(7), time(20)),) * 7,
        "open_on_holidays": True,
        "closures": (),
        "policy": Policy(),
    }
    return Bakery(**(facts | changes))  # type: ignore[arg-type]


def roll(**changes: object) -> Product:
    """Sold for 1.00, made for 0.20 of flour."""
    facts = {"price_minor": 100, "recipe_id": ROLL_RECIPE} | changes
    return Product(ROLL, "Roll", "bread", "piece", **facts)  # type: ignore[arg-type]


def roll_recipe(**changes: object) -> Recipe:
    """One roll of 100 g dough; 24 a tray."""
    facts: dict[str, object] = {"yield_quantity": 1, "steps": (SHAPE, PROOF, BAKE)}
    facts |= {"components": (Component(DOUGH, True, 100),)} | changes
    return Recipe(ROLL_RECIPE, "Roll", "product", "piece", **facts)  # type: ignore[arg-type]


def dough_recipe(**changes: object) -> Recipe:
    """As much flour as dough."""
    facts: dict[str, object] = {"yield_quantity": 1, "steps": (MIX,)}
    facts |= {"components": (Component(FLOUR, False, 1),)} | changes
    return Recipe(DOUGH, "Dough", "semi_finished", "g", **facts)  # type: ignore[arg-type]


def forecast(demand: Demand, horizon: int = 7, first_day: date = MONDAY) -> Forecast:
    """Normal demand, every day alike."""
    day = np.array(
        [
            [max(mean + sd * NormalDist().inv_cdf(level), 0) for level in QUANTILE_LEVELS]
            for mean, sd in demand.values()
        ]
    ).reshape(len(demand), len(QUANTILE_LEVELS))
    means = np.array([mean for mean, _ in demand.values()])
    level, factors = np.ones(len(demand)), np.ones((len(demand), horizon, 4))
    return Forecast(
        tuple(demand),
        first_day,
        np.repeat(means[:, None], horizon, axis=1),
        np.repeat(day[:, None], horizon, axis=1),
        tuple("profile" for _ in demand),
        DriverTable(level, 0 * level, factors, (None,) * horizon),
    )


def problem(
    products: Sequence[Product] = (roll(),),
    recipes: Sequence[Recipe] = (roll_recipe(), dough_recipe()),
    demand: Demand | Forecast | None = None,
    *,
    equipment: Sequence[Equipment] = EQUIPMENT,
    shifts: Sequence[Shift] = SHIFTS,
    firm_orders: Sequence[FirmOrder] = (),
    left_over: Sequence[Lot] = (),
    shop: Bakery | None = None,
) -> ProductionProblem:
    """A bakery that sells about 50 rolls a day, unless told otherwise."""
    if not isinstance(demand, Forecast):
        demand = forecast(demand or {product.id: (50, 8) for product in products})
    return ProductionProblem(
        shop or bakery(),
        Catalogue(tuple(products), {r.id: r for r in recipes}, tuple(equipment), tuple(shifts)),
        demand,
        firm_orders,
        left_over,
        {FLOUR: 0.2},
    )


def breaches(
    result: ScheduleResult,
    batches: Sequence[PlannedBatch],
    recipes: Mapping[UUID, Recipe],
    machines: Sequence[Machine],
    crew: Crew,
) -> list[str]:
    """Every rule that the timetable breaks. Machines must have an equipment id each."""
    placed = {id(one.batch): one for one in result.scheduled}
    work = [
        (one, step, planned)
        for one in result.scheduled
        for step, planned in zip(recipes[one.batch.recipe_id].steps, one.steps, strict=True)
    ]
    return [
        *(broken for one in result.scheduled for broken in _times(one, recipes)),
        *_precedence(
            [(batches[dough], batch) for batch in batches for dough in batch.after], placed
        ),
        *_people(work, crew),
        *(broken for machine in machines for broken in _machine(machine, work)),
    ]


def _times(one: ScheduledBatch, recipes: Mapping[UUID, Recipe]) -> Iterator[str]:
    recipe = recipes[one.batch.recipe_id]
    for step, planned in zip(recipe.steps, one.steps, strict=True):
        minutes = step.fixed_minutes + ceil(step.minutes_per_unit * one.batch.units - 1e-6)
        if planned.end - planned.start != minutes:
            yield f"{recipe.name}: {step.kind} lasts {planned}"
    for step, (this, following) in zip(recipe.steps, pairwise(one.steps), strict=False):
        wait = following.start - this.end
        if wait < 0 or (step.max_wait_minutes is not None and wait > step.max_wait_minutes):
            yield f"{recipe.name}: waits {wait} after {step.kind}"
    if one.late_minutes != max(one.steps[-1].end - one.batch.ready_by, 0):
        yield f"{recipe.name}: late by {one.late_minutes}"


def _precedence(
    pairs: Sequence[tuple[PlannedBatch, PlannedBatch]], placed: Mapping[int, ScheduledBatch]
) -> Iterator[str]:
    for dough, batch in pairs:
        if id(batch) not in placed:
            continue
        if id(dough) not in placed:
            yield f"{batch} has no dough"
        elif placed[id(dough)].steps[-1].end > placed[id(batch)].steps[0].start:
            yield f"{batch} starts before its dough is there"


def _people(work: Work, crew: Crew) -> Iterator[str]:
    free: Counter[int] = Counter()
    for first, last, people in crew.spans:
        free.update(dict.fromkeys(range(first, last), people))
    for _, step, planned in work:
        free.subtract(dict.fromkeys(range(planned.start, planned.end), step.people))
    yield from (f"people missing at {minute}" for minute, people in free.items() if people < 0)


def _machine(machine: Machine, work: Work) -> Iterator[str]:
    own = [
        (one, step, planned)
        for one, step, planned in work
        if planned.equipment_id == machine.equipment_id and planned.end > planned.start
    ]
    used: defaultdict[int, float] = defaultdict(float)
    open_minutes = {m for first, last in machine.available for m in range(first, last)}
    for one, step, planned in own:
        if step.equipment_kind != machine.kind:
            yield f"{step.kind} on a {machine.kind}"
        if not open_minutes.issuperset(range(planned.start, planned.end)):
            yield f"{machine.kind} used while it is not available"
        use = step.capacity_per_unit * one.batch.units
        for minute in range(planned.start, planned.end):
            used[minute] += use
    if max(used.values(), default=0) > machine.capacity + 1e-3:
        yield f"{machine.kind} is overfull"
    for (one, step, planned), (other, other_step, other_planned) in combinations(own, 2):
        if one is other:
            continue
        margin = machine.changeover_minutes
        apart = max(planned.start - other_planned.end, other_planned.start - planned.end)
        if step.temperature != other_step.temperature and apart < margin:
            yield f"{machine.kind} bakes at two temperatures"
        both_take = all(s.kind == "mix" or s.capacity_per_unit for s in (step, other_step))
        if "mix" in (step.kind, other_step.kind) and both_take and apart < 0:
            yield f"{machine.kind} mixes two doughs at a time"
