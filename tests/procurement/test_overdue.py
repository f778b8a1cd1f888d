"""Orders that have not come are told once each, and the alert ends with the order."""

from datetime import timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.db import Database
from obrador.procurement.overdue import note_overdue
from tests.factories import make_tenant
from tests.factories.mornings import mornings_of
from tests.procurement.orders import TUESDAY, WEDNESDAY, ordered, stocked
from tests.procurement.reacting import react
from tests.statements import counted


async def test_an_overdue_order_is_told_once_until_it_comes(
    buyer: AsyncClient, session: AsyncSession, tenant: TenantId, url: str
) -> None:
    things = await stocked(session, tenant)
    yesterday = TUESDAY - timedelta(days=1)
    late = await ordered(session, things, delivery_on=yesterday)
    await ordered(session, things, delivery_on=WEDNESDAY)
    await ordered(session, things, "draft", delivery_on=yesterday)
    path = f"{url}/procurement/orders/{late}"
    await buyer.post(f"{path}/send", json={"via": "portal"})
    mornings = await mornings_of(session, [tenant])

    told = [(await note_overdue(session, mornings))[tenant] for _ in range(2)]
    await react(session, "procurement.order.overdue")

    assert told == [1, 0]
    (alert,) = (await buyer.get(f"{url}/alerts?lang=en")).json()["items"]
    assert alert["message"] == (
        "Order 20260303-01 from Molino Ñandú should have come on Monday, 2 March and has not, or"
        " not all of it."
    )
    performance = (await buyer.get(f"{url}/suppliers/{things.mill}/performance")).json()
    assert (performance["deliveries"], performance["reliability"]) == (1, 0)

    await buyer.post(f"{path}/receive", json={})
    await react(session, "procurement.order.status_changed")

    assert (await buyer.get(f"{url}/alerts")).json()["items"] == []


@pytest.mark.parametrize("count", [1, 4])
async def test_however_many_bakeries_in_three_statements(
    database: Database, session: AsyncSession, count: int
) -> None:
    bakeries = [await make_tenant(session, f"Bakery {number}") for number in range(count)]
    for each in bakeries:
        things = await stocked(session, each)
        await ordered(session, things, "sent", TUESDAY - timedelta(days=2))
    mornings = await mornings_of(session, bakeries)

    with counted(database) as statements:
        told = await note_overdue(session, mornings)

    assert told == dict.fromkeys(bakeries, 1)
    assert len(statements) == 3
