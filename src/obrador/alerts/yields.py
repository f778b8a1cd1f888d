"""What a completed batch gave, beside what it should have given. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from obrador.alerts.domain import Alert
from obrador.catalogue.domain import Recipe
from obrador.production.domain import Outcome

IN_A_ROW = 3
"""So many batches of a recipe that are off to the same side are no accident."""
_LEAST_CHANGE = 0.005
"""Of a recipe's waste share, that is worth proposing."""
_MOST_WASTE = 0.9


def off_by(outcome: Outcome) -> float:
    """Per cent by which a batch gave more (or, negative, less) than planned:
    100 × (made − planned) / planned."""
    return 100 * (outcome.made - outcome.planned) / outcome.planned if outcome.planned else 0.0


def wasted_beyond(outcome: Outcome) -> float:
    """Per cent of the planned good units that were wasted beyond what the recipe reckons with:
    100 × (wasted − (units − planned)) / planned; never negative."""
    expected = outcome.units - outcome.planned
    return max(100 * (outcome.wasted - expected) / outcome.planned, 0) if outcome.planned else 0.0


def yield_alerts(
    outcomes: Sequence[Outcome], recipe: Recipe, tolerance: float, today: date
) -> Iterator[Alert]:
    """What is to be told once a batch is done.

    Args:
        outcomes: the last batches of the recipe, newest first: the first is the one that is judged.
        recipe: of all of them.
        tolerance: per cent by which a yield, or waste, may be off.
        today: of the bakery.
    """
    newest = outcomes[0]
    off, wasted = off_by(newest), wasted_beyond(newest)
    if abs(off) <= tolerance and wasted <= tolerance:
        return
    yield Alert(
        "yield_off",
        "info" if off > tolerance else "warning",
        f"yield_off:{newest.batch_id}",
        {
            "id": str(newest.batch_id),
            "recipe_id": str(recipe.id),
            "name": recipe.name,
            "unit": recipe.unit,
            "planned": newest.planned,
            "made": newest.made,
            "wasted": newest.wasted,
            "waste_planned": newest.units - newest.planned,
            "percent": round(off if abs(off) > tolerance else wasted),
            "is_waste": abs(off) <= tolerance,
        },
        max(newest.business_date, today) + timedelta(days=1),
    )
    if is_trend(outcomes, tolerance):
        yield from _proposal(outcomes[:IN_A_ROW], recipe)


def is_trend(outcomes: Sequence[Outcome], tolerance: float) -> bool:
    """Whether the newest batches were all off, and to the same side."""
    offs = [off_by(each) for each in outcomes[:IN_A_ROW]]
    if len(offs) < IN_A_ROW:
        return False
    return min(offs) > tolerance or max(offs) < -tolerance


def _proposal(outcomes: Sequence[Outcome], recipe: Recipe) -> Iterator[Alert]:
    """The waste share that the batches speak for: 1 − Σ made / Σ units."""
    made, units = (sum(getattr(each, name) for each in outcomes) for name in ("made", "units"))
    share = round(min(max(1 - made / units, 0.0), _MOST_WASTE), 3)
    if abs(share - recipe.waste_share) < _LEAST_CHANGE:
        return
    yield Alert(
        "yield_trend",
        "warning",
        f"yield_trend:{recipe.id}:{recipe.waste_share:.3f}",
        {
            "id": str(recipe.id),
            "name": recipe.name,
            "count": len(outcomes),
            "percent": round(sum(map(off_by, outcomes)) / len(outcomes)),
            "waste_share": recipe.waste_share,
            "proposed": share,
        },
    )


def shortage_alerts(
    short: Mapping[UUID, float],
    items: Mapping[UUID, tuple[str, str]],
    recipe_name: str,
    today: date,
) -> Iterator[Alert]:
    """Of what a batch took that stock, on paper, did not hold: one for each item and week, since
    one count sets it right.

    Args:
        short: by id of an ingredient or a dough's recipe, in base units.
        items: their names and units.
        recipe_name: of the batch.
        today: of the bakery.
    """
    year, week, _ = today.isocalendar()
    for item_id, quantity in short.items():
        name, unit = items.get(item_id, ("?", "g"))
        yield Alert(
            "stock_short_on_completion",
            "warning",
            f"stock_short_on_completion:{item_id}:{year}-W{week:02}",
            {
                "id": str(item_id),
                "name": name,
                "quantity": round(quantity, 3),
                "unit": unit,
                "batch": recipe_name,
            },
            today + timedelta(days=7),
        )
