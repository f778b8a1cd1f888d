"""Recipes from formulas: baker's percentages to quantities, steps to machines."""

import math
from collections import Counter
from collections.abc import Mapping

from obrador.catalogue.domain import Step
from obrador.onboarding.bakery_file import ComponentRow, RecipeRow
from obrador.onboarding.starters.library import Dough, Formula, StepSpec, equipment_of, library
from obrador.onboarding.starters.naming import Naming

PIECES = 10
"""A product's recipe is written for so many."""
GRAMS = 10_000.0
"""A dough's recipe is written for so much."""


def product_recipe(name: str, formula: Formula, naming: Naming) -> RecipeRow:
    """The recipe of a product sold by the piece."""
    total = sum(formula.percent.values())
    amounts = Counter(
        {item: formula.weight * share / total for item, share in formula.percent.items()}
    )
    quantities = Counter(_in_units(amounts))
    quantities.update(formula.each)
    capacity = {"mixer": formula.weight / 1000, "fryer": 1.0}
    return RecipeRow(
        name=name,
        kind="product",
        unit="piece",
        yield_quantity=PIECES,
        components=_components({k: q * PIECES for k, q in quantities.items()}, naming),
        steps=tuple(
            _step(spec, capacity, 1 / formula.per_tray, 1.0, naming) for spec in formula.steps
        ),
        waste_share=formula.waste,
        assumed=("components", "steps", "waste_share"),
    )


def dough_recipe(name: str, dough: Dough, naming: Naming) -> RecipeRow:
    """The recipe of a shared dough or filling, by weight."""
    total = sum(dough.percent.values())
    amounts = {item: GRAMS * share / total for item, share in dough.percent.items()}
    return RecipeRow(
        name=name,
        kind="semi_finished",
        unit="g",
        yield_quantity=GRAMS,
        components=_components(_in_units(amounts), naming),
        steps=tuple(_step(spec, {"mixer": 0.001}, 0.0, 0.001, naming) for spec in dough.steps),
        waste_share=dough.waste,
        batch_multiple=100,
        lead_days=dough.lead_days,
        assumed=("components", "steps", "waste_share", "lead_days"),
    )


def _in_units(grams: Mapping[str, float]) -> dict[str, float]:
    """Weights as quantities in each item's own unit, without the water."""
    goods = library().goods
    return {
        item: weight / goods[item].grams if item in goods else weight
        for item, weight in grams.items()
        if item != "water"
    }


def _components(quantities: Mapping[str, float], naming: Naming) -> tuple[ComponentRow, ...]:
    return tuple(
        ComponentRow(naming.doughs[item], round(quantity, 2), is_recipe=True)
        if item in naming.doughs
        else ComponentRow(naming.goods[item], round(quantity, 2))
        for item, quantity in quantities.items()
    )


def _step(
    spec: StepSpec,
    capacity: Mapping[str, float],
    trays: float,
    unit: float,
    naming: Naming,
) -> Step:
    """A step; `capacity` of a recipe's unit by machine, `trays` of it on any other machine, `unit`
    is the part of a piece or kg that it makes."""
    usual, machine = library().steps[spec.kind], equipment_of(library(), spec)
    share = capacity.get(machine, trays) if machine else 0.0
    return Step(
        kind=spec.kind,
        fixed_minutes=spec.minutes,
        minutes_per_unit=spec.each * unit,
        equipment_kind=naming.kinds[machine] if machine else None,
        capacity_per_unit=math.floor(share * 1e5 + 1e-6) / 1e5,  # a full tray is never over full
        people=usual.people if spec.people is None else spec.people,
        max_wait_minutes=usual.wait if spec.wait is None else spec.wait,
        temperature=spec.at,
    )
