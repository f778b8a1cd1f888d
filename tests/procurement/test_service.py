"""Purchase plans and orders in the database."""

import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.models import Ingredient
from obrador.kit.errors import NotFound
from obrador.kit.ids import new_id
from obrador.kit.names import name_key
from obrador.kit.outbox import OutboxEvent
from obrador.procurement import service
from obrador.procurement.domain import OpenOrder, PurchasePlan
from obrador.procurement.models import PurchaseOrder, PurchaseOrderLine
from obrador.procurement.plan import plan_purchases
from obrador.suppliers.models import Supplier
from obrador.tenants.domain import Morning
from tests.factories import make_tenant
from tests.procurement.bakery import BAKERY, EARLY, FLOUR, MILL, MONDAY, problem
from tests.procurement.test_plan import ENOUGH


def _named(tenant: TenantId, row_id: UUID, name: str, **more: object) -> dict[str, object]:
    return {"tenant_id": tenant, "id": row_id, "name": name, "name_key": name_key(name), **more}


async def bakery(session: AsyncSession, name: str = "Obrador") -> TenantId:
    """A bakery that buys flour from the mill."""
    tenant = await make_tenant(session, name)
    await session.execute(insert(Ingredient), [_named(tenant, FLOUR, "Flour", unit="g")])
    mill = _named(tenant, MILL, "Molino", lead_time_days=2, delivery_weekdays=[1, 4])
    await session.execute(insert(Supplier), [mill])
    return tenant


def morning(tenant: TenantId, revision: int = 0) -> Morning:
    return Morning(tenant, BAKERY, MONDAY, revision, EARLY)


async def test_a_plan_is_read_as_it_was_stored(session: AsyncSession) -> None:
    tenant = await bakery(session)
    plan = plan_purchases(problem(lots=ENOUGH))

    await service.save_plans(session, [(morning(tenant), plan)])
    await service.save_projections(session, [(morning(tenant), plan)])
    stored = await service.read_plan(session, tenant, MONDAY, 0)

    assert (stored.status, stored.business_date, stored.revision) == ("draft", MONDAY, 0)
    assert stored.cost_minor == plan.cost_minor
    assert [order.status for order in stored.orders] == ["draft"] * len(plan.orders)
    assert _rounded([order.order for order in stored.orders]) == _rounded(plan.orders)
    assert _rounded(stored.projections) == _rounded(plan.projections)


def _rounded(things: Sequence[object]) -> str:
    """As text, numbers to the precision that is stored."""
    return re.sub(r"\d+\.\d+", lambda number: f"{float(number[0]):.4g}", repr(list(things)))


async def test_what_nobody_offers_is_stored_with_the_plan(session: AsyncSession) -> None:
    tenant = await bakery(session)

    plans = [(morning(tenant), plan_purchases(problem(prices=[])))]
    await service.save_plans(session, plans)
    await service.save_projections(session, plans)

    stored = await service.read_plan(session, tenant, MONDAY, 0)
    assert stored.unsupplied == (FLOUR,)
    assert stored.projections[0].stock_out_day == 3


async def test_a_later_revision_supersedes_the_plan_and_cancels_its_drafts(
    session: AsyncSession,
) -> None:
    tenant, other = await bakery(session), await bakery(session, "Other")
    plan = plan_purchases(problem(lots=ENOUGH))
    await service.save_plans(session, [(morning(tenant), plan), (morning(other), plan)])
    first = await service.read_plan(session, tenant, MONDAY, 0)
    approved = await session.get_one(PurchaseOrder, (tenant, first.orders[0].id))
    approved.status = "approved"
    await session.flush()

    await service.save_plans(session, [(morning(tenant, 1), plan)])
    session.expire_all()

    before = await service.read_plan(session, tenant, MONDAY, 0)
    assert before.status == "superseded"
    assert [order.status for order in before.orders] == [
        "approved",
        *["cancelled"] * (len(before.orders) - 1),
    ]
    now = await service.read_plan(session, tenant, MONDAY, 1)
    assert {now.status, *(order.status for order in now.orders)} == {"draft"}
    assert (await service.read_plan(session, other, MONDAY, 0)).status == "draft"


async def test_a_plan_that_is_not_there_is_not_found(session: AsyncSession) -> None:
    tenant, other = await bakery(session), await bakery(session, "Other")
    await service.save_plans(session, [(morning(other), plan_purchases(problem()))])

    with pytest.raises(NotFound):
        await service.read_plan(session, tenant, MONDAY, 0)


async def test_others_hear_of_plans_and_of_stock_that_runs_out(session: AsyncSession) -> None:
    tenant = await bakery(session)
    plan = plan_purchases(problem())

    await service.save_plans(session, [(morning(tenant), plan)])

    events = {
        event.routing_key: event.payload
        for event in await session.scalars(
            select(OutboxEvent).where(OutboxEvent.tenant_id == tenant)
        )
    }
    assert events["procurement.plan.created"]["orders"] == len(plan.orders)
    assert events["inventory.stock.critical"]["runs_out"] == {str(FLOUR): "2026-03-05"}


async def test_open_orders_are_what_is_still_to_come(session: AsyncSession) -> None:
    tenant, idle = await bakery(session), await bakery(session, "Idle")
    for status, received in (("sent", 0), ("partially_received", 30_000), ("draft", 0)):
        order_id = new_id()
        session.add(
            PurchaseOrder(
                tenant_id=tenant,
                id=order_id,
                supplier_id=MILL,
                order_on=MONDAY,
                delivery_on=MONDAY + timedelta(days=2),
                status=status,
                goods_minor=4_000,
                lines=[
                    PurchaseOrderLine(
                        tenant_id=tenant,
                        order_id=order_id,
                        position=0,
                        ingredient_id=FLOUR,
                        packs=2,
                        pack_size=25_000,
                        pack_price_minor=2_000,
                        received=received,
                    )
                ],
            )
        )
    await session.flush()

    found = await service.load_open_orders(session, [idle, tenant])

    due = MONDAY + timedelta(days=2)
    assert found[idle] == ()
    assert sorted(found[tenant], key=lambda order: order.quantity) == [
        OpenOrder(FLOUR, due, 20_000),
        OpenOrder(FLOUR, due, 50_000),
    ]


async def test_many_plans_take_as_many_statements_as_one(session: AsyncSession) -> None:
    plan = plan_purchases(problem(lots=ENOUGH))
    few = [(morning(await bakery(session)), plan)]
    many = [(morning(await bakery(session, str(number))), plan) for number in range(5)]

    assert await _statements(session, few) == await _statements(session, many)


async def _statements(session: AsyncSession, plans: list[tuple[Morning, PurchasePlan]]) -> int:
    count = 0
    connection = (await session.connection()).sync_connection

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    event.listen(connection, "before_cursor_execute", counted)
    await service.save_plans(session, plans)
    event.remove(connection, "before_cursor_execute", counted)
    return count


async def test_nothing_to_save_is_fine(session: AsyncSession) -> None:
    await service.save_plans(session, [])
