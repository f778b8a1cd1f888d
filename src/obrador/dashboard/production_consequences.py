"""What follows from edits of a production schedule, as people read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from obrador.dashboard.production_words import DayWords
from obrador.dashboard.visiting import Visit
from obrador.kit.i18n import Speech
from obrador.orchestration import explain
from obrador.orchestration.production_day import names_of
from obrador.production.domain import StoredBatch
from obrador.production.editing import Checked, Edited

_CENT = 0.5
"""Less than that is no difference of cost."""


@dataclass(frozen=True)
class _Told:
    """What sentences are made of."""

    visit: Visit
    names: Mapping[UUID, str]
    """Of batches, with their numbers."""
    goods: Mapping[str, str]
    """Of products, recipes and ingredients."""
    units: Mapping[UUID, str]
    before: Mapping[UUID, StoredBatch]
    checked: Checked

    @property
    def say(self) -> Speech:
        return self.visit.say

    def clock(self, moment: datetime) -> str:
        return self.say.clock(self.visit.local(moment))


def consequence_words(visit: Visit, day: DayWords, outcome: Edited) -> list[tuple[str, str]]:
    """Severity (`critical` or `warning`, as notes have it) and sentence of each, the worst
    first."""
    told = _told(visit, day, outcome)
    return [
        *(("critical", words) for words in (*_late(told), *_orders(told), *_short(told))),
        *(("critical", words) for words in _conflicts(told)),
        *(("warning", words) for words in _moved(told)),
    ]


def cost_words(visit: Visit, day: DayWords, outcome: Edited) -> str:
    """What the ingredients of the day cost more or less than before."""
    say = visit.say
    before = {each.id: each.good_units for each in day.schedule.batches}
    cost = {each.product_id: each.reason.unit_cost_minor for each in day.schedule.targets}
    more = sum(
        (each.good_units - before[each.id]) * (cost.get(each.product_id) or 0.0)
        for each in outcome.schedule.batches
        if each.product_id is not None
    )
    if more >= _CENT:
        return say.phrase("Ingredients cost {more} more.", more=say.money(round(more)))
    if more <= -_CENT:
        return say.phrase("Ingredients cost {less} less.", less=say.money(round(-more)))
    return say.phrase("Ingredients cost what they did.")


def _told(visit: Visit, day: DayWords, outcome: Edited) -> _Told:
    catalogue, ingredients = day.known.catalogue, day.known.ingredients
    units = {each.id: each.unit for each in catalogue.recipes.values()}
    goods = {str(each.id): each.name for each in ingredients.values()}
    return _Told(
        visit,
        {each.id: each.label for each in day.batches},
        names_of(catalogue) | goods,
        units | {each.id: each.unit for each in ingredients.values()},
        {each.id: each for each in day.schedule.batches},
        outcome.checked,
    )


def _late(told: _Told) -> Iterator[str]:
    say = told.say
    for each in told.checked.consequences.late:
        if each.minutes > told.before[each.batch_id].late_minutes:
            words = say.phrase(
                "{batch} will be {minutes} minutes late",
                batch=told.names.get(each.batch_id, "?"),
                minutes=say.number(each.minutes),
            )
            because = explain.because(say, each.because) if each.because else ""
            yield f"{words}: {because}." if because else f"{words}."


def _orders(told: _Told) -> Iterator[str]:
    say = told.say
    for each in told.checked.consequences.late_orders:
        yield say.phrase(
            "Of {quantity} {product} ordered for {time}, {missing} will be missing.",
            quantity=say.number(each.quantity),
            product=told.goods.get(str(each.product_id), "?"),
            time=told.clock(each.due_at),
            missing=say.number(each.missing),
        )


def _short(told: _Told) -> Iterator[str]:
    say = told.say
    for each in told.checked.consequences.short:
        unit = told.units.get(each.item_id, "piece")
        yield say.phrase(
            "{item}: {needed} are needed, {there} are there.",
            item=told.goods.get(str(each.item_id), "?"),
            needed=say.quantity(each.needed, unit),
            there=say.quantity(each.there, unit),
        )


def _conflicts(told: _Told) -> Iterator[str]:
    say, checked = told.say, told.checked
    words = {
        "capacity": say.phrase("there is no room in the machine"),
        "people": say.phrase("more people are needed than are at work"),
        "max_wait": say.phrase("it waits too long between two steps"),
        "changeover": say.phrase("the oven has no time to change its temperature"),
        "unavailable": say.phrase("its machine cannot be used then"),
        "order_of_steps": say.phrase("its steps overlap"),
        "dough_after": say.phrase("its dough is not ready yet"),
        "past_end": say.phrase("that lies outside of the day's work"),
    }
    for each in checked.consequences.conflicts:
        yield say.phrase(
            "{batch} at {time}: {because}.",
            batch=told.names.get(checked.batch_ids[each.batch], "?"),
            time=told.clock(checked.midnight + timedelta(minutes=each.minute)),
            because=words[each.kind],
        )


def _moved(told: _Told) -> Iterator[str]:
    for each in told.checked.consequences.moved:
        yield told.say.phrase(
            "{batch} starts at {after} instead of {before}.",
            batch=told.names.get(each.batch_id, "?"),
            after=told.clock(each.after),
            before=told.clock(each.before),
        )
