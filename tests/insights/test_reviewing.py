"""The week's review of purchasing: what could be saved, and what is kept of it."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.insights import service
from obrador.insights.domain import MorningFacts
from obrador.insights.purchasing import alternatives
from obrador.insights.reviewing import review
from obrador.insights.wording import sentence
from obrador.inventory.domain import Ingredient, Lot
from obrador.kit.i18n import speech
from obrador.procurement.domain import OrderLine
from obrador.suppliers.domain import Price, Supplier
from tests.factories.mornings import TODAY, facts_today, planned_yesterday

OTHER = UUID(int=77)


@pytest.fixture
async def facts(session: AsyncSession) -> MorningFacts:
    """A bakery that buys one ingredient in two orders of four packs at 10.00, a week of each."""
    planned = (await facts_today(session, await planned_yesterday(session)))[0]
    order = planned.purchases.orders[0]
    reason = replace(order.lines[0].reason, covers_from=2, covers_to=13)
    line = replace(order.lines[0], packs=4, pack_price_minor=1_000, reason=reason)
    twice = tuple(
        replace(order, lines=(line,), goods_minor=4_000, fee_minor=500, delivery_on=day)
        for day in (TODAY + timedelta(days=2), TODAY + timedelta(days=6))
    )
    projection = next(
        each for each in planned.purchases.projections if each.ingredient_id == line.ingredient_id
    )
    daily = 8 * line.pack_size / 14
    used = replace(projection, requirement=(daily,) * 14)
    return replace(
        planned,
        ingredients=_with_life(planned, line, None),
        lots=(),
        prices=(Price(order.supplier_id, line.ingredient_id, line.pack_size, 1, 1_000),),
        purchases=replace(planned.purchases, orders=twice, projections=(used,)),
    )


def _line(facts: MorningFacts) -> OrderLine:
    return facts.purchases.orders[0].lines[0]


def _with_life(facts: MorningFacts, line: OrderLine, days: int | None) -> tuple[Ingredient, ...]:
    return tuple(
        replace(each, shelf_life_days=days) if each.id == line.ingredient_id else each
        for each in facts.ingredients
    )


def test_a_delivery_joins_the_one_before_it_if_all_of_it_keeps(facts: MorningFacts) -> None:
    (found,) = review(facts).joined
    short = replace(facts, ingredients=_with_life(facts, _line(facts), 10))

    # Four days of a thousandth of 40.00 are 0.16.
    assert (found.fee_minor, found.holding_minor, found.saving_minor) == (500, 16, 484)
    assert review(short).joined == ()


def test_a_price_break_within_reach_pays_if_the_packs_more_are_used(facts: MorningFacts) -> None:
    order, line = facts.purchases.orders[0], _line(facts)

    def offered(start: int, price: int) -> MorningFacts:
        tier = Price(order.supplier_id, line.ingredient_id, line.pack_size, start, price)
        return replace(facts, prices=(*facts.prices, tier))

    found = review(offered(6, 800)).reachable

    # Four packs at 2.00 less; two more at 8.00, kept 10.5 days in all, five and a quarter on mean.
    assert [(each.more_packs, each.saving_minor) for each in found] == [(2, 792), (2, 792)]
    assert review(offered(200, 800)).reachable == ()  # would last longer than 90 days
    assert review(offered(6, 1_000)).reachable == ()


def test_stock_is_dead_as_far_as_nobody_uses_it_before_it_expires(facts: MorningFacts) -> None:
    line = _line(facts)
    daily = facts.purchases.projections[0].requirement[0]
    soon = Lot(line.ingredient_id, 10 * daily, TODAY, TODAY + timedelta(days=3))
    later = Lot(line.ingredient_id, 10 * daily, TODAY)

    (found,) = review(replace(facts, lots=(later, soon))).dead

    assert found.quantity == pytest.approx(6 * daily, rel=1e-3)
    assert found.value_minor == round(6 * daily * 1_000 / line.pack_size)


def test_another_supplier_is_cheaper_with_the_deliveries_that_it_takes(facts: MorningFacts) -> None:
    order, line = facts.purchases.orders[0], _line(facts)
    other = Supplier(OTHER, "Otro", 1, (0, 1, 2, 3, 4), delivery_fee_minor=200)
    cheap = Price(OTHER, line.ingredient_id, line.pack_size / 2, 1, 400)
    offered = replace(facts, suppliers=(*facts.suppliers, other), prices=(*facts.prices, cheap))

    (found,) = review(offered).cheaper

    # Twice four packs of 10.00, for twice eight halves of 4.00 and a delivery of 2.00.
    assert (found.supplier_id, found.other_id) == (order.supplier_id, OTHER)
    assert found.saving_minor == 2 * (4_000 - 3_200 - 200)
    (told,) = alternatives(offered, review(offered))
    assert told.value_minor == 600  # in a week
    assert "Otro vende más barato" in sentence(speech(None, "es_ES", "EUR"), told.kind, told.facts)


async def test_a_review_is_kept_once_and_read_in_money(
    session: AsyncSession, admin: AsyncClient, facts: MorningFacts
) -> None:
    tenant = facts.morning.tenant
    await service.review_purchasing(session, [facts])
    await service.review_purchasing(session, [facts])

    answer = await admin.get(f"/api/v1/tenants/{tenant}/procurement/reviews")

    (shown,) = answer.json()["items"]
    assert shown["joined"][0]["saving"] == "4.84"
    assert shown["saving"] == "4.84"
    assert (shown["business_date"], shown["currency"]) == (TODAY.isoformat(), "EUR")
