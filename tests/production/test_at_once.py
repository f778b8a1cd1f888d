"""What people do at the same moment, each in a transaction of their own."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import func, select

from obrador.authz import TenantId
from obrador.inventory.models import StockLot
from obrador.kit.db import Database
from obrador.kit.ids import new_id
from obrador.plan_changes import PlanChange, VersionChanged, Who
from obrador.production import approving, batch_work
from obrador.production.batch_work import Yield
from obrador.production.models import Batch, Schedule
from tests.factories import make_tenant
from tests.fixtures.people import NOW
from tests.production.builders import DOUGH
from tests.production.shop import add_lot, furnish, plan_day

ANA, BEA = Who(UUID(int=1), "Ana", NOW), Who(UUID(int=2), "Bea", NOW)


@pytest.fixture
async def own(own_database: Database) -> tuple[Database, TenantId, UUID]:
    """A database of its own, a bakery in it, and its schedule."""
    async with own_database.transaction() as session:
        tenant = await make_tenant(session)
        await furnish(session, tenant)
        await add_lot(session, tenant, 10_000)
        await plan_day(session, tenant)
        schedule = (await session.scalars(select(Schedule.id))).one()
    return own_database, tenant, schedule


async def test_of_two_who_approve_at_the_same_moment_one_wins(
    own: tuple[Database, TenantId, UUID],
) -> None:
    database, tenant, schedule = own

    async def approve(by: Who) -> None:
        async with database.transaction() as session:
            await approving.approve(session, tenant, schedule, 1, by)

    ends = await asyncio.gather(approve(ANA), approve(BEA), return_exceptions=True)

    assert sorted(type(end).__name__ for end in ends) == ["NoneType", "VersionChanged"]
    assert any(isinstance(end, VersionChanged) for end in ends)
    async with database.transaction() as session:
        changes = (await session.scalars(select(PlanChange))).all()
    assert [change.to_status for change in changes] == ["approved"]


async def test_a_batch_that_two_people_complete_moves_stock_once(
    own: tuple[Database, TenantId, UUID],
) -> None:
    database, tenant, schedule = own
    async with database.transaction() as session:
        await approving.approve(session, tenant, schedule, 1, ANA)
        query = select(Batch.id).where(Batch.recipe_id == DOUGH)
        batch = (await session.scalars(query)).one()
        await session.flush()
        await batch_work.start(session, tenant, batch, ANA, None)

    async def complete(by: Who) -> None:
        async with database.transaction() as session:
            outcome = Yield(None, Decimal(0), "", None)
            await batch_work.complete(session, tenant, batch, by, outcome, new_id())

    await asyncio.gather(complete(ANA), complete(BEA))

    async with database.transaction() as session:
        made = select(func.count(), func.sum(StockLot.remaining))
        count, quantity = (await session.execute(made.where(StockLot.recipe_id.is_not(None)))).one()
    assert (count, float(quantity)) == (1, 5700.0)
