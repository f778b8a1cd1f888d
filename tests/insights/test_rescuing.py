"""Stock that expires: what will be used, what will be left, and what to do with that."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.insights.larder import load_larder
from obrador.insights.rescues import suggest
from obrador.insights.rescuing import Kitchen, Suggestion, rescue
from obrador.inventory.domain import ExpiringLot
from obrador.kit.db import Database
from obrador.procurement import service as procurement
from tests.alerts.test_stock import move
from tests.factories.mornings import planned_yesterday
from tests.factories.things import FLOUR as A_FLOUR
from tests.factories.things import added
from tests.fixtures.people import NOW
from tests.production.builders import (
    DOUGH,
    FLOUR,
    MONDAY,
    ROLL,
    dough_recipe,
    forecast,
    roll,
    roll_recipe,
)
from tests.statements import counted

KITCHEN = Kitchen(
    today=MONDAY,
    recipes={each.id: each for each in (roll_recipe(), dough_recipe())},
    products=(roll(),),
    needed={FLOUR: (500.0, 600.0, 700.0)},
    forecast=forecast({ROLL: (10, 4)}),
    worth={FLOUR: 0.1, DOUGH: 0.1, ROLL: 10.0},
)


def lot(item: UUID, quantity: float, days: int, number: int = 1) -> ExpiringLot:
    return ExpiringLot(UUID(int=number), item, "", quantity, MONDAY + timedelta(days=days))


def test_what_the_plan_does_not_use_is_baked_as_far_as_demand_has_room() -> None:
    """Rolls take 100 g; over two days some 13 more may be sold."""
    expired, first, second = rescue(
        [lot(FLOUR, 50, -1, 1), lot(FLOUR, 1000, 0, 2), lot(FLOUR, 2600, 1, 3)], KITCHEN
    )

    assert [each.way for each in expired.suggestions] == ["discard"]
    assert (first.used, first.left, first.value_minor) == (500, 500, 50)
    assert first.suggestions[0] == Suggestion("bake", 500, ROLL, 5, 6.6)
    assert (second.used, second.left) == (600, 2000)
    assert second.suggestions[0] == Suggestion("bake", 1300, ROLL, 13, 13.2)
    assert [each.way for each in second.suggestions] == ["bake", "transfer", "discard"]


def test_doughs_and_products_are_needed_as_demand_is_foreseen() -> None:
    dough, rolls, enough = rescue(
        [lot(DOUGH, 1500, 0, 1), lot(ROLL, 25, 1, 2), lot(FLOUR, 400, 0, 3)], KITCHEN
    )

    assert (dough.used, dough.left) == (1000, 500)
    assert (rolls.used, rolls.left, rolls.value_minor) == (20, 5, 50)
    assert [each.way for each in rolls.suggestions] == ["transfer", "discard"]
    assert (enough.used, enough.left, enough.suggestions) == (400, 0, ())


def test_without_a_plan_nothing_is_used_and_nothing_can_be_baked() -> None:
    unknown = replace(KITCHEN, needed={}, forecast=None, worth={})

    (found,) = rescue([lot(FLOUR, 10, 1)], unknown)

    assert (found.left, found.value_minor) == (10, None)
    assert [each.way for each in found.suggestions] == ["transfer", "discard"]


async def test_suggestions_are_told_in_words(
    buyer: AsyncClient, viewer: AsyncClient, url: str
) -> None:
    flour = (await added(buyer, f"{url}/ingredients", A_FLOUR))["id"]
    receipt = {"kind": "receipt", "ingredient_id": flour, "quantity": "5", "unit": "kg"}
    await added(buyer, f"{url}/stock/movements", receipt | {"expires_on": "2026-03-05"})

    found = (await viewer.get(f"{url}/stock/expiring/suggestions?lang=es")).json()

    assert (found["planned_on"], found["value"]) == (None, "0")
    assert [(each["item"], each["days_left"], each["left"]) for each in found["items"]] == [
        ("Harina", 2, 5000.0)
    ]
    assert [each["message"] for each in found["items"][0]["suggestions"]] == [
        "Ceda 5 kg a otra tienda o a un cliente.",
        "Deseche 5 kg indicando el motivo.",
    ]


async def test_a_planned_bakery_takes_a_constant_number_of_queries(
    session: AsyncSession, database: Database
) -> None:
    (bakery,) = await planned_yesterday(session)
    with counted(database) as first:
        before = await suggest(session, bakery, await load_larder(session, bakery), 60, NOW, "en")
    for each in (await procurement.newest_plan(session, bakery)).projections:
        await move(session, bakery, each.ingredient_id, "receipt", 10**6)
    with counted(database) as later:
        after = await suggest(session, bakery, await load_larder(session, bakery), 60, NOW, "en")

    assert len(later) == len(first)
    assert len(after.items) > len(before.items)
    assert before.planned_on is not None
    assert after.value >= before.value >= Decimal(0)
    assert any(each.way == "bake" for item in after.items for each in item.suggestions)
