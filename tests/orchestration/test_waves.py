"""A product with several bakes a day: from its receipts to the batches of a morning."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.onboarding import demo
from obrador.orchestration.planning import plan_bake, plan_demand
from obrador.orchestration.reading import read_histories, read_snapshots
from obrador.orchestration.snapshots import reread, store
from obrador.sales.models import SaleLine
from tests.factories.mornings import TODAY, mornings_of
from tests.fixtures.people import NOW


@pytest.fixture
async def bakery(session: AsyncSession) -> TenantId:
    (made,) = await demo.load(session, NOW, products=4, days=60)
    return made


async def _bake_twice(session: AsyncSession, bakery: TenantId) -> UUID:
    """One product of the bakery; three quarters of what it sells, it sells after four."""
    product: UUID = await session.scalar(
        text(
            "update products set waves = '{16:00}', ready_by = '07:30' where tenant_id = :tenant"
            " and id = (select id from products where tenant_id = :tenant and recipe_id is not null"
            " order by name_key limit 1) returning id"
        ),
        {"tenant": bakery},
    )
    for number in range(1, 15):
        day = TODAY - timedelta(days=number)
        session.add_all(
            SaleLine(
                tenant_id=bakery,
                sold_at=datetime.combine(day, time(hour), UTC),
                product_id=product,
                quantity=Decimal(units),
                occurrence=0,
                business_date=day,
            )
            for hour, units in ((9, 10), (17, 30))
        )
    await session.flush()
    return product


async def test_a_morning_splits_the_day_as_its_receipts_do(
    session: AsyncSession, bakery: TenantId
) -> None:
    product = await _bake_twice(session, bakery)
    mornings = await mornings_of(session, [bakery])

    snapshot = (await read_snapshots(session, mornings))[bakery]
    await store(session, [snapshot], NOW)
    again = (await reread(session, mornings, await read_histories(session, mornings)))[bakery]
    plan = plan_bake(snapshot, plan_demand(snapshot))

    assert again.intraday == snapshot.intraday
    assert snapshot.intraday.keys() == {product}
    (target,) = (each for each in plan.targets if each.product_id == product)
    first, second = target.reason.waves
    assert (first.demand_share, second.demand_share) == (0.25, 0.75)
    assert first.quantity + second.quantity == target.quantity
    batches = [one.batch for one in plan.schedule.scheduled]
    batches += [one.batch for one in plan.schedule.unplaced]
    due = {batch.ready_by for batch in batches if batch.product_id == product}
    assert due == {wave.ready_by for wave in (first, second) if wave.quantity}
    assert plan_bake(again, plan_demand(again)) == plan
