"""The procurement bakery as rows of a database, its purchases planned, and people who decide."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.domain import Lot
from obrador.inventory.models import Ingredient
from obrador.procurement.domain import OpenOrder, PurchasePlan
from obrador.procurement.plan import plan_purchases
from obrador.procurement.service import save_plans, save_projections
from obrador.suppliers.domain import Price
from obrador.suppliers.models import Supplier, SupplierPrice
from obrador.tenants.domain import Morning
from tests.procurement.bakery import (
    BAKERY,
    CASH_AND_CARRY,
    FLOUR,
    MILL,
    MILLER,
    WHOLESALER,
    problem,
)
from tests.production.shop import add_lot

DAY = date(2026, 3, 3)
"""The test people's today, a Tuesday; it is 06:30 in Madrid."""
EARLY = datetime(2026, 3, 3, 5, 30, tzinfo=ZoneInfo("Europe/Madrid"))
IN_STOCK = 200_000.0
MILL_TERMS = replace(MILLER, delivery_fee_minor=0)
"""Deliveries cost nothing, so that it comes more than once."""
PRICES = (
    Price(MILL, FLOUR, 25_000.0, 1, 2_000),
    Price(MILL, FLOUR, 25_000.0, 60, 1_900),
    Price(CASH_AND_CARRY, FLOUR, 10_000.0, 2, 1_200),
)


def morning(tenant: TenantId, revision: int = 0) -> Morning:
    return Morning(tenant, BAKERY, DAY, revision, EARLY)


def a_plan(open_orders: Sequence[OpenOrder] = (), **changes: Any) -> PurchasePlan:
    """What to buy for 100 breads a day, with 200 kg of flour in stock."""
    usual = problem(
        first_day=DAY,
        now=EARLY,
        lots=[Lot(FLOUR, IN_STOCK, DAY - timedelta(days=20))],
        suppliers=[MILL_TERMS, WHOLESALER],
        prices=PRICES,
        open_orders=open_orders,
    )
    return plan_purchases(replace(usual, **changes))


async def furnish(session: AsyncSession, tenant: TenantId) -> None:
    """Flour in stock, two suppliers and their prices."""
    own = {"tenant_id": tenant}
    session.add(Ingredient(**own, id=FLOUR, name="Flour", name_key="flour", unit="g"))
    for each in (MILL_TERMS, WHOLESALER):
        session.add(
            Supplier(
                **own,
                id=each.id,
                name=each.name,
                name_key=each.name.lower(),
                lead_time_days=each.lead_time_days,
                delivery_weekdays=list(each.delivery_weekdays),
                order_cutoff=each.order_cutoff,
                delivery_fee_minor=each.delivery_fee_minor,
                min_order_minor=each.min_order_minor,
            )
        )
    await session.flush()
    session.add_all(
        SupplierPrice(
            **own,
            supplier_id=price.supplier_id,
            ingredient_id=price.ingredient_id,
            pack_size=price.pack_size,
            min_packs=price.min_packs,
            pack_price_minor=price.pack_price_minor,
        )
        for price in PRICES
    )
    await add_lot(session, tenant, IN_STOCK, item=FLOUR)


async def save(
    session: AsyncSession, tenant: TenantId, plan: PurchasePlan, revision: int = 0
) -> None:
    """Keep a plan of today."""
    await save_plans(session, [(morning(tenant, revision), plan)])
    await save_projections(session, [(morning(tenant, revision), plan)])


async def the_plan(client: AsyncClient, url: str) -> dict[str, Any]:
    """The newest one."""
    items = (await client.get(f"{url}/procurement/plans")).json()["items"]
    return await show(client, url, items[0]["id"])


async def show(client: AsyncClient, url: str, plan_id: str) -> dict[str, Any]:
    answer = await client.get(f"{url}/procurement/plans/{plan_id}")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def say(
    client: AsyncClient,
    url: str,
    thing: dict[str, Any],
    word: str,
    body: dict[str, Any] | None = None,
) -> Response:
    """Decide on a plan, or on an order, as it was read."""
    kind = "orders" if "supplier_id" in thing else "plans"
    return await client.post(
        f"{url}/procurement/{kind}/{thing['id']}/{word}",
        headers={"If-Match": f'"{thing["version"]}"'},
        json=body,
    )


async def edit(
    client: AsyncClient, url: str, plan: dict[str, Any], status: int = 200, **changes: Any
) -> dict[str, Any]:
    """Edit a plan as it was read."""
    answer = await client.patch(
        f"{url}/procurement/plans/{plan['id']}",
        headers={"If-Match": f'"{plan["version"]}"'},
        json=changes,
    )
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


def supplier_of(order: dict[str, Any]) -> UUID:
    return UUID(order["supplier_id"])
