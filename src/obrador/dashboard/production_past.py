"""What became of a production schedule, and what is different from the revision before it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from obrador.dashboard.order_words import status_words
from obrador.dashboard.visiting import Visit
from obrador.kit.i18n import Speech
from obrador.orchestration.production_day import ProductionDay, Timeline, names_of, numbered
from obrador.plan_changes import Change
from obrador.production.domain import StoredSchedule


@dataclass(frozen=True, slots=True)
class PastWords:
    """Something that became of a schedule."""

    at: datetime
    words: str


def past_words(
    visit: Visit, seen: Timeline, schedule: StoredSchedule, history: Sequence[Change]
) -> tuple[PastWords, ...]:
    """All that became of it, the newest first."""
    pairs = zip(seen.batches, numbered(schedule), strict=True)
    names = {batch.id: f"{line.number} {line.name}" for line, (_, batch) in pairs}
    return tuple(
        PastWords(visit.local(each.at), _past(visit, each, names)) for each in reversed(history)
    )


def change_words(say: Speech, known: ProductionDay, before: StoredSchedule) -> Iterator[str]:
    """How much of what is made otherwise than in the revision before."""
    names, recipes = names_of(known.catalogue), known.catalogue.recipes
    units = {each.product_id or each.recipe_id: each.recipe_id for each in known.schedule.batches}
    units |= {each.product_id or each.recipe_id: each.recipe_id for each in before.batches}
    now, then = _amounts(known.schedule), _amounts(before)
    for own in sorted(now.keys() | then.keys(), key=lambda own: names.get(str(own), "?")):
        recipe = recipes.get(units[own])
        unit, name = recipe.unit if recipe else "piece", names.get(str(own), "?")
        new, old = (say.quantity(amounts.get(own, 0.0), unit) for amounts in (now, then))
        if own not in then:
            yield say.phrase("New: {what}, {quantity}.", what=name, quantity=new)
        elif own not in now:
            yield say.phrase("No longer: {what}, {quantity}.", what=name, quantity=old)
        elif new != old:
            yield say.phrase(
                "{what}: {after} instead of {before}.", what=name, after=new, before=old
            )


def _amounts(schedule: StoredSchedule) -> dict[UUID, float]:
    """Good units of each product, and of each dough."""
    found: dict[UUID, float] = defaultdict(float)
    for _, batch in numbered(schedule):
        found[batch.product_id or batch.recipe_id] += batch.good_units
    return found


def _past(visit: Visit, change: Change, names: Mapping[UUID, str]) -> str:
    """Who did what to what, and why."""
    say = visit.say
    by = {"system": "Obrador", "": say.phrase("you, at this machine")}.get(change.by, change.by)
    if change.part_id is None:
        of = say.phrase("the plan")
    else:
        of = names.get(change.part_id) or say.phrase("a batch")
    is_edit = change.from_status == change.to_status
    what = say.phrase("edited") if is_edit else status_words(say, change.to_status)
    words = f"{of}: {what} · {by}"
    return f"{words} · {change.reason}" if change.reason else words
