"""A small bakery in Madrid to buy for. Monday 2 March 2026 is day 0; money in cents, stock in g."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from obrador.catalogue.domain import Component, Recipe
from obrador.inventory.domain import Ingredient, Lot
from obrador.procurement.domain import PurchaseProblem
from obrador.suppliers.domain import Price, Supplier
from obrador.tenants.domain import Bakery, Hours, Policy

MONDAY = date(2026, 3, 2)
EARLY = datetime(2026, 3, 2, 5, 30, tzinfo=ZoneInfo("Europe/Madrid"))
BREAD, FLOUR, MILL, CASH_AND_CARRY = (UUID(int=number) for number in range(1, 5))

BAKERY = Bakery(
    id=UUID(int=99),
    name="Obrador",
    time_zone="Europe/Madrid",
    country="ES",
    subdivision="MD",
    locale="es_ES",
    currency="EUR",
    opening_hours=(Hours(time(8), time(20)),) * 6 + (None,),
    open_on_holidays=False,
    closures=(),
    policy=Policy(),
)
MILLER = Supplier(
    MILL,
    "Molino",
    lead_time_days=2,
    delivery_weekdays=(1, 4),
    order_cutoff=time(12),
    delivery_fee_minor=500,
)
WHOLESALER = Supplier(
    CASH_AND_CARRY, "Mayorista", lead_time_days=1, delivery_weekdays=(0, 1, 2, 3, 4, 5)
)


def bread(**changes: Any) -> Recipe:
    """100 breads of 300 g of flour each."""
    recipe = Recipe(BREAD, "Bread", "product", "piece", 100, (Component(FLOUR, False, 30_000),))
    return replace(recipe, **changes)


def problem(**changes: Any) -> PurchaseProblem:
    """100 breads a day for 14 days, 100 kg of flour in stock, 25 kg bags from the mill."""
    usual = PurchaseProblem(
        bakery=BAKERY,
        first_day=MONDAY,
        now=EARLY,
        recipes={BREAD: bread()},
        recipe_units={BREAD: (100.0,) * 14},
        recipe_sd={BREAD: (10.0,) * 14},
        ingredients=[Ingredient(FLOUR, "Flour", "g")],
        lots=[Lot(FLOUR, 100_000, MONDAY - timedelta(days=3))],
        open_orders=[],
        suppliers=[MILLER],
        prices=[Price(MILL, FLOUR, 25_000.0, 1, 2_000)],
    )
    return replace(usual, **changes)
