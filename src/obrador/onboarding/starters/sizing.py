"""How much equipment and how many people a day's sales take. Rough on purpose: an assumption that
leaves room for a good Saturday, until the baker says what there is."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from obrador.catalogue.domain import Step
from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import EquipmentRow, RecipeRow
from obrador.onboarding.starters.library import Machine

PEAK = 1.6
"""A strong day against the average one."""
MACHINE_SHARE = 0.25
"""Of the time until something must be ready that machines can work on it."""
PEOPLE_SHARE = 0.45


@dataclass(frozen=True, slots=True)
class Work:
    """So many good units of a recipe on an average day, ready so many minutes after the shift
    starts."""

    recipe: RecipeRow
    units: float
    minutes: int


def daily_use(
    recipes: Iterable[RecipeRow], sold: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """What a day takes: base units of each ingredient, good units of each recipe, by name key.

    Args:
        recipes: without rings, all doughs among them.
        sold: good units by name of a recipe.
    """
    rows = {name_key(recipe.name): recipe for recipe in recipes}
    doughs = {
        key: [name_key(part.item) for part in recipe.components if part.is_recipe]
        for key, recipe in rows.items()
    }
    made = defaultdict(float, {name_key(name): units for name, units in sold.items()})
    taken: dict[str, float] = defaultdict(float)
    for key in reversed(list(TopologicalSorter(doughs).static_order())):
        recipe = rows[key]
        times = made[key] / (1 - recipe.waste_share) / recipe.yield_quantity
        for part in recipe.components:
            into = made if part.is_recipe else taken
            into[name_key(part.item)] += times * part.quantity / (1 - part.waste_share)
    return taken, made


def equipment_for(kind: str, name: str, machine: Machine, work: Sequence[Work]) -> EquipmentRow:
    """Machines of a kind that do the work: of the smallest size of which few are enough."""

    def count(size: int) -> int:
        return math.ceil(_busiest(work, lambda one: _load(one, kind, size)) / MACHINE_SHARE)

    most = max(machine.most, count(machine.sizes[-1]))
    size = next(size for size in machine.sizes if count(size) <= most)
    heats = {step.temperature for one in work for step in one.recipe.steps if _runs(step, kind)}
    return EquipmentRow(
        name=name,
        kind=kind,
        count=max(count(size), len(heats), 1),
        capacity=size,
        changeover_minutes=machine.changeover,
        assumed=("count", "capacity", "changeover_minutes"),
    )


def people_for(work: Sequence[Work], equipment: Iterable[EquipmentRow]) -> int:
    """People who do the work."""
    sizes = largest(equipment)
    return math.ceil(_busiest(work, lambda one: _labour(one, sizes)) / PEOPLE_SHARE) or 1


def largest(equipment: Iterable[EquipmentRow]) -> dict[str, float]:
    """Capacity of the largest machine of each kind, by name key of the kind."""
    sizes: dict[str, float] = {}
    for row in equipment:
        key = name_key(row.kind)
        sizes[key] = max(row.capacity, sizes.get(key, 0.0))
    return sizes


def batch_max(steps: Iterable[Step], sizes: Mapping[str, float]) -> float | None:
    """Units that go through every machine at once; None where no machine limits them."""
    limits = [
        sizes.get(name_key(step.equipment_kind), math.inf) / step.capacity_per_unit
        for step in steps
        if step.equipment_kind and step.capacity_per_unit
    ]
    most = min(limits, default=math.inf)
    return None if math.isinf(most) else max(float(math.floor(most + 1e-6)), 1.0)


def _busiest(work: Sequence[Work], load: Callable[[Work], float]) -> float:
    """Load in a minute of the busiest stretch from the start of the shift to a deadline."""
    busiest, total = 0.0, 0.0
    for one in sorted(work, key=lambda one: one.minutes):
        total += load(one)
        busiest = max(busiest, total / one.minutes)
    return busiest


def _load(work: Work, kind: str, size: float) -> float:
    """Minutes that a strong day keeps machines of a size busy: a mixer batch by batch."""
    load = 0.0
    for step in work.recipe.steps:
        if _runs(step, kind):
            fills = work.units * PEAK * step.capacity_per_unit / size
            minutes = max(step.fixed_minutes, 1)
            load += minutes * (math.ceil(fills) if step.kind == "mix" else fills)
    return load


def _labour(work: Work, sizes: Mapping[str, float]) -> float:
    """Minutes of people on a strong day."""
    units = work.units * PEAK
    batches = math.ceil(units / (batch_max(work.recipe.steps, sizes) or math.inf)) or 1
    return sum(
        step.people * (step.fixed_minutes * batches + step.minutes_per_unit * units)
        for step in work.recipe.steps
    )


def _runs(step: Step, kind: str) -> bool:
    return step.equipment_kind is not None and name_key(step.equipment_kind) == name_key(kind)
