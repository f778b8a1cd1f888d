"""What follows from edits of a purchase plan, as people read it."""

from collections.abc import Iterator

from obrador.dashboard.order_words import Known
from obrador.kit.i18n import Speech
from obrador.procurement.consequences import Consequences


def consequence_words(say: Speech, known: Known, told: Consequences) -> list[tuple[str, str]]:
    """Severity (`critical` or `warning`, as notes have it) and sentence of each, the worst
    first."""
    return [
        *(("critical", words) for words in _critical(say, known, told)),
        *(("warning", words) for words in _warnings(say, known, told)),
    ]


def cost_words(say: Speech, told: Consequences) -> str:
    """What all drafts cost now, and how that compares."""
    more = told.cost_minor - told.cost_before_minor
    cost = say.money(told.cost_minor)
    if more > 0:
        return say.phrase("All drafts: {cost}, {more} more.", cost=cost, more=say.money(more))
    if more < 0:
        return say.phrase("All drafts: {cost}, {less} less.", cost=cost, less=say.money(-more))
    return say.phrase("All drafts: {cost}, as before.", cost=cost)


def _critical(say: Speech, known: Known, told: Consequences) -> Iterator[str]:
    for each in told.stock_outs:
        if each.is_new:
            yield say.phrase(
                "{ingredient} runs out on {day}: {quantity} are missing.",
                ingredient=known.name(each.ingredient_id),
                day=say.short_day(each.first_day),
                quantity=say.quantity(each.missing, known.unit(each.ingredient_id)),
            )
    for order in told.cannot_come:
        words = {
            "cut_off": say.phrase(
                "It is too late to order for {day}.", day=say.short_day(order.delivery_on)
            ),
            "no_delivery": say.phrase(
                "Nobody delivers on {day}.", day=say.short_day(order.delivery_on)
            ),
        }[order.because]
        if order.earliest is not None:
            words += " " + say.phrase("Earliest: {day}.", day=say.short_day(order.earliest))
        yield words


def _warnings(say: Speech, known: Known, told: Consequences) -> Iterator[str]:
    for lost in told.expiring:
        if lost.more > 0:
            yield say.phrase(
                "{quantity} more of {ingredient} will expire.",
                ingredient=known.name(lost.ingredient_id),
                quantity=say.quantity(lost.more, known.unit(lost.ingredient_id)),
            )
    for small in told.below_minimum:
        yield say.phrase(
            "An order of {goods} stays below the supplier's minimum of {minimum}.",
            goods=say.money(small.goods_minor),
            minimum=say.money(small.minimum_minor),
        )
    for few in told.below_moq:
        yield say.phrase(
            "{ingredient}: {packs} packs are fewer than the {least} that are sold at least.",
            ingredient=known.name(few.ingredient_id),
            packs=say.number(few.packs),
            least=say.number(few.least),
        )
    for near in told.breaks_in_reach:
        yield say.phrase(
            "{ingredient}: {better} packs cost no more than {packs}.",
            ingredient=known.name(near.ingredient_id),
            packs=say.number(near.packs),
            better=say.number(near.cheaper_from),
        )
