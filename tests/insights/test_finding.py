"""What is worth telling a baker, and what is not."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.forecasting.domain import Decision, ProductAccuracy
from obrador.insights.domain import Insight, MorningFacts
from obrador.insights.finding import daily, drift
from obrador.insights.purchasing import review
from obrador.insights.wording import sentence
from obrador.inventory.domain import Lot
from obrador.kit.i18n import speech
from obrador.suppliers.domain import Price
from tests.factories.mornings import TODAY, facts_today, planned_yesterday


@pytest.fixture
async def facts(session: AsyncSession) -> MorningFacts:
    return (await facts_today(session, await planned_yesterday(session)))[0]


def product(
    facts: MorningFacts, *, sold: float, bias: float, out: int = 0, days: int = 14
) -> ProductAccuracy:
    """The first product over some days."""
    return ProductAccuracy(
        product_id=facts.catalogue.products[0].id,
        days=days,
        forecast=sold + bias * days,
        sold=sold,
        mae=abs(bias),
        wape=10.0,
        bias=bias,
        interval_coverage=0.8,
        pinball=1.0,
        sold_out_days=out,
    )


def kinds(found: tuple[Insight, ...]) -> list[str]:
    return [each.kind for each in found if each.kind != "expiring_value"]


@pytest.mark.parametrize(
    ("sold", "bias", "out", "days", "told"),
    [
        (1400, 30, 0, 14, ["forecast_bias"]),
        (1400, -30, 0, 14, ["forecast_bias"]),
        (1400, 5, 0, 14, []),
        (14, 0.6, 0, 14, []),
        (1400, 30, 0, 6, []),
        (1400, 30, 2, 14, []),
        (1400, 30, 5, 14, ["often_sold_out"]),
        (1400, -30, 5, 14, ["forecast_bias", "often_sold_out"]),
    ],
)
def test_only_what_chance_does_not_explain_is_told(
    facts: MorningFacts, sold: float, bias: float, out: int, days: int, told: list[str]
) -> None:
    found = daily(facts, [product(facts, sold=sold, bias=bias, out=out, days=days)])

    assert kinds(found) == told


def test_both_directions_are_worth_money(facts: MorningFacts) -> None:
    many, few = (
        daily(facts, [product(facts, sold=1400, bias=bias)])[0].value_minor for bias in (30, -30)
    )
    first = facts.catalogue.products[0]
    cost = facts.production.targets[0].reason.unit_cost_minor

    assert first.price_minor is not None
    assert cost is not None
    assert many == round(7 * 30 * max(cost - first.salvage_minor, 0))
    assert few == round(7 * 30 * (first.price_minor - cost))


def test_what_expires_is_told_when_it_is_worth_more_than_a_trifle(facts: MorningFacts) -> None:
    def losing(quantity: float) -> tuple[Insight, ...]:
        first = facts.purchases.projections[0]
        lost = replace(first, expired=(0.0, quantity, *(0.0,) * (len(first.expired) - 2)))
        others = tuple(
            replace(each, expired=(0.0,) * len(each.expired))
            for each in facts.purchases.projections[1:]
        )
        purchases = replace(facts.purchases, projections=(lost, *others))
        return daily(replace(facts, purchases=purchases), [])

    assert losing(1.0) == ()
    (found,) = losing(1e6)
    assert found.kind == "expiring_value"
    assert (found.value_minor or 0) > 500


def test_stock_that_nothing_needs_is_dead(facts: MorningFacts) -> None:
    ingredient = replace(facts.ingredients[0], id=UUID(int=7), name="Azafrán")
    price = Price(facts.suppliers[0].id, ingredient.id, 100.0, 1, 2_000)
    lot = Lot(ingredient.id, 50.0, TODAY - timedelta(days=60))
    held = replace(
        facts,
        ingredients=(*facts.ingredients, ingredient),
        prices=(*facts.prices, price),
        lots=(*facts.lots, lot),
    )

    found = [each for each in review(held) if each.kind == "dead_stock"]

    assert [(each.facts["name"], each.value_minor) for each in found] == [("Azafrán", 1_000)]


def test_fees_and_price_breaks_are_found_over_several_orders(facts: MorningFacts) -> None:
    order = facts.purchases.orders[0]
    line = replace(order.lines[0], packs=4, pack_price_minor=1_000)
    keeps = [
        replace(each, shelf_life_days=None) if each.id == line.ingredient_id else each
        for each in facts.ingredients
    ]
    twice = [
        replace(order, lines=(line,), goods_minor=4_000, fee_minor=500, delivery_on=day)
        for day in (TODAY + timedelta(days=2), TODAY + timedelta(days=6))
    ]
    tier = Price(order.supplier_id, line.ingredient_id, line.pack_size, 8, 900)
    changed = replace(
        facts,
        ingredients=keeps,
        lots=(),
        prices=(*(p for p in facts.prices if p.ingredient_id != line.ingredient_id), tier),
        purchases=replace(facts.purchases, orders=tuple(twice)),
    )

    found = {each.kind: each for each in review(changed)}

    assert found["delivery_fees"].value_minor == 500
    assert found["price_break"].value_minor == 800
    assert review(replace(changed, purchases=replace(facts.purchases, orders=twice[:1]))) == ()  # type: ignore[arg-type]


def test_drift_is_told_when_retraining_is_due() -> None:
    due = Decision(True, "drifting", 30, 22.0, 20.0, 27.0, 15.0)

    assert [each.kind for each in drift(TODAY, due)] == ["forecast_drift"]
    assert drift(TODAY, replace(due, is_due=False)) == ()
    assert drift(TODAY, replace(due, reason="too_old")) == ()


def test_every_kind_can_be_said(facts: MorningFacts) -> None:
    due = Decision(True, "inaccurate", 30, 42.0, None, 27.0, 15.0)
    found = (
        *daily(facts, [product(facts, sold=1400, bias=-30, out=5)]),
        *review(facts),
        *drift(TODAY, due),
        *drift(TODAY, replace(due, reason="drifting", mape_before=20.0)),
    )
    for language in ("es", "en"):
        say = speech(language, "es_ES", "EUR")
        assert all(sentence(say, each.kind, each.facts) for each in found)
    assert all(len(each.key) <= 160 for each in found)
