"""What people decide on purchases at the same moment, each in a transaction of their own."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import select

from obrador.authz import TenantId
from obrador.authz.roles import Role
from obrador.kit.db import Database
from obrador.migrations.apply import migrate
from obrador.plan_changes import PlanChange, Who
from obrador.procurement import approving
from obrador.procurement.models import ProcurementPlan, PurchaseOrder
from tests.factories import make_tenant
from tests.fixtures.people import NOW
from tests.procurement.desk import a_plan, furnish, save

ANA, BEA = Who(UUID(int=1), "Ana", NOW), Who(UUID(int=2), "Bea", NOW)


@pytest.fixture
async def own(empty_database_url: str) -> AsyncIterator[tuple[Database, TenantId]]:
    """A database of its own, and a bakery in it whose purchases are planned."""
    database = Database(empty_database_url)
    await migrate(database)
    async with database.transaction() as session:
        tenant = await make_tenant(session)
        await furnish(session, tenant)
        await save(session, tenant, a_plan())
    yield database, tenant
    await database.close()


async def test_of_two_who_decide_at_the_same_moment_one_wins(
    own: tuple[Database, TenantId],
) -> None:
    database, tenant = own
    async with database.transaction() as session:
        plan = (await session.scalars(select(ProcurementPlan.id))).one()
        orders = (await session.scalars(select(PurchaseOrder.id))).all()

    async def approve_one(by: Who) -> None:
        async with database.transaction() as session:
            await approving.approve_order(session, tenant, orders[0], 1, by, Role.OWNER)

    async def cancel_one(by: Who) -> None:
        async with database.transaction() as session:
            await approving.cancel_order(session, tenant, orders[0], 1, by, "too dear")

    async def approve(by: Who) -> None:
        async with database.transaction() as session:
            await approving.approve(session, tenant, plan, 1, by, Role.OWNER)

    both = await asyncio.gather(approve_one(ANA), cancel_one(BEA), return_exceptions=True)
    all_ = await asyncio.gather(approve(ANA), approve(BEA), return_exceptions=True)

    for ends in (both, all_):
        assert [isinstance(end, Exception) for end in ends].count(True) == 1
        assert {"VersionChanged"} == {type(e).__name__ for e in ends if isinstance(e, Exception)}
    async with database.transaction() as session:
        told = [(row.part_id, row.to_status) for row in await session.scalars(select(PlanChange))]
        statuses = set(await session.scalars(select(PurchaseOrder.status)))
    assert told.count((None, "approved")) == 1
    assert len(told) == len(set(told)) == len(orders) + 1
    assert statuses <= {"approved", "cancelled"}
