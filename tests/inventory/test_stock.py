"""Stock is the sum of its movements, whatever happens and however much at once."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory import count_approval, counts, stock
from obrador.inventory.count_schemas import CountEntry, CountInput
from obrador.inventory.errors import NotEnoughStock
from obrador.inventory.models import Ingredient, StockLot, StockMovement
from obrador.inventory.schemas import MovementInput, Posting
from obrador.inventory.sheets import CountLines
from obrador.kit.db import Database
from obrador.kit.errors import Invalid
from obrador.kit.ids import new_id
from obrador.migrations.apply import migrate
from obrador.plan_changes import Who
from tests.factories import make_tenant

NOW = datetime(2026, 3, 3, 5, 30, tzinfo=UTC)
parsed: TypeAdapter[Any] = TypeAdapter(MovementInput)


async def add_milk(session: AsyncSession, tenant: TenantId) -> UUID:
    milk = Ingredient(
        tenant_id=tenant, id=new_id(), name="Milk", name_key="milk", unit="ml", shelf_life_days=5
    )
    session.add(milk)
    await session.flush()
    return milk.id


@pytest.fixture
async def milk(session: AsyncSession, tenant: TenantId) -> UUID:
    """An ingredient that keeps for five days."""
    return await add_milk(session, tenant)


async def post(
    session: AsyncSession,
    tenant: TenantId,
    milk: UUID,
    kind: str,
    quantity: Any,
    *,
    now: datetime = NOW,
    **more: Any,
) -> Posting:
    given = {"kind": kind, "quantity": quantity, **more}
    if "lot_id" not in more:
        given["ingredient_id"] = milk
    return await stock.post(session, tenant, new_id(), parsed.validate_python(given), now)


async def lots(session: AsyncSession, tenant: TenantId) -> list[StockLot]:
    query = select(StockLot).where(StockLot.tenant_id == tenant).order_by(StockLot.id)
    found = await session.scalars(query.execution_options(populate_existing=True))
    return list(found)


async def reconcile(session: AsyncSession, tenant: TenantId) -> dict[UUID, Decimal]:
    """What is left by lot, after making sure that it is the sum of the lot's movements."""
    sums = await session.execute(
        select(StockMovement.lot_id, func.sum(StockMovement.quantity))
        .where(StockMovement.tenant_id == tenant)
        .group_by(StockMovement.lot_id)
    )
    moved: dict[UUID, Decimal] = dict(sums.all())
    left = {lot.id: lot.remaining for lot in await lots(session, tenant)}
    assert {lot_id: total for lot_id, total in left.items() if total} == {
        lot_id: total for lot_id, total in moved.items() if total
    }
    assert all(remaining >= 0 for remaining in left.values())
    return left


async def test_a_receipt_makes_a_lot_that_expires_by_its_shelf_life(
    session: AsyncSession, tenant: TenantId, milk: UUID
) -> None:
    await post(session, tenant, milk, "receipt", "1.5", unit="l", code="L1")

    (lot,) = await lots(session, tenant)
    assert (lot.remaining, lot.code) == (Decimal(1500), "L1")
    assert (lot.received_on.isoformat(), str(lot.expires_on)) == ("2026-03-03", "2026-03-07")


async def test_use_takes_the_first_to_expire_and_never_what_has(
    session: AsyncSession, tenant: TenantId, milk: UUID
) -> None:
    for expires_on in ("2026-03-02", "2026-03-09", "2026-03-03"):
        await post(
            session, tenant, milk, "receipt", 10, received_on="2026-03-01", expires_on=expires_on
        )
    expired, later, today = [lot.id for lot in await lots(session, tenant)]

    await post(session, tenant, milk, "consumption", 15)

    assert await reconcile(session, tenant) == {expired: 10, later: 5, today: 0}
    with pytest.raises(NotEnoughStock):
        await post(session, tenant, milk, "consumption", 6)
    await post(session, tenant, milk, "waste", 12)
    assert await reconcile(session, tenant) == {expired: 0, later: 3, today: 0}


async def test_a_count_makes_stock_what_was_counted(
    session: AsyncSession, tenant: TenantId, milk: UUID
) -> None:
    await post(session, tenant, milk, "count", 7)
    assert sum((await reconcile(session, tenant)).values()) == 7

    await post(session, tenant, milk, "receipt", 10)
    await post(session, tenant, milk, "count", 12)
    assert sorted((await reconcile(session, tenant)).values()) == [2, 10]

    await post(session, tenant, milk, "count", 20)
    assert sum((await reconcile(session, tenant)).values()) == 20
    same = await post(session, tenant, milk, "count", 20)
    assert same.movements == []


async def test_an_adjustment_changes_one_lot_and_keeps_it_above_zero(
    session: AsyncSession, tenant: TenantId, milk: UUID
) -> None:
    await post(session, tenant, milk, "receipt", 10)
    (lot,) = await lots(session, tenant)

    await post(session, tenant, milk, "adjustment", -4, lot_id=lot.id, reason="spilt")
    with pytest.raises(NotEnoughStock, match="holds 6"):
        await post(session, tenant, milk, "adjustment", -7, lot_id=lot.id, reason="spilt")

    assert await reconcile(session, tenant) == {lot.id: 6}


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"ingredient_id": new_id()}, "ingredient_id"),
        ({"unit": "kg"}, "quantity"),
        ({"occurred_at": NOW + timedelta(minutes=1)}, "occurred_at"),
        ({"expires_on": "2026-03-02"}, "expires_on"),
        ({"quantity": "0.001", "unit": "mg", "ingredient_id": None}, "quantity"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    session: AsyncSession, tenant: TenantId, milk: UUID, more: dict[str, Any], where: str
) -> None:
    given = {"kind": "receipt", "quantity": 1, "ingredient_id": milk} | more
    if given["ingredient_id"] is None:
        flour = Ingredient(tenant_id=tenant, id=new_id(), name="F", name_key="f", unit="g")
        session.add(flour)
        await session.flush()
        given["ingredient_id"] = flour.id

    with pytest.raises(Invalid) as refused:
        await stock.post(session, tenant, new_id(), parsed.validate_python(given), NOW)

    assert [fault.where for fault in refused.value.faults] == [where]


async def test_a_posting_that_is_repeated_is_made_once(
    session: AsyncSession, tenant: TenantId, milk: UUID
) -> None:
    await post(session, tenant, milk, "receipt", 10)
    await post(session, tenant, milk, "receipt", 10)
    given = parsed.validate_python({"kind": "waste", "quantity": 15, "ingredient_id": milk})

    first = await stock.post(session, tenant, posting_id := new_id(), given, NOW)
    again = await stock.post(session, tenant, posting_id, given, NOW)

    assert first == again
    assert len(first.movements) == 2
    assert sum((await reconcile(session, tenant)).values()) == 5


@pytest.mark.parametrize("seed", range(5))
async def test_lots_are_the_sum_of_their_movements_after_any_story(
    session: AsyncSession, tenant: TenantId, milk: UUID, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311
    for _ in range(30):
        kind = rng.choice(["receipt", "receipt", "consumption", "waste", "count"])
        quantity = Decimal(rng.randint(1, 20_000)) / 1000
        before = sum((await reconcile(session, tenant)).values())
        try:
            async with session.begin_nested():
                await post(session, tenant, milk, kind, quantity)
        except NotEnoughStock:
            assert quantity > before
            continue
        after = sum((await reconcile(session, tenant)).values())
        expected = {"receipt": before + quantity, "count": quantity}
        assert after == expected.get(kind, before - quantity)


@pytest.fixture
async def own_database(empty_database_url: str) -> AsyncIterator[Database]:
    """A database of the test's own, for several transactions at once."""
    database = Database(empty_database_url, pool_size=10)
    await migrate(database)
    yield database
    await database.close()


async def test_many_who_take_at_once_never_take_the_same(own_database: Database) -> None:
    async with own_database.transaction() as session:
        tenant = await make_tenant(session)
        milk = await add_milk(session, tenant)
        for _ in range(5):
            await post(session, tenant, milk, "receipt", 10)

    async def take_three() -> bool:
        try:
            async with own_database.transaction() as session:
                await post(session, tenant, milk, "consumption", 3)
        except NotEnoughStock:
            return False
        return True

    served = sum(await asyncio.gather(*(take_three() for _ in range(20))))

    async with own_database.transaction() as session:
        left = await reconcile(session, tenant)
    assert served == 16
    assert sum(left.values()) == 2


async def test_many_who_count_and_approve_at_once_post_every_difference_once(
    own_database: Database,
) -> None:
    sheet, by = new_id(), Who(UUID(int=1), "Ana", NOW)
    async with own_database.transaction() as session:
        tenant = await make_tenant(session)
        milk = await add_milk(session, tenant)
        for _ in range(6):
            await post(session, tenant, milk, "receipt", 10)
        await counts.make(session, tenant, sheet, CountInput(), by)
        lines = [each.id for each in await CountLines(session, tenant).of(sheet)]

    async def count(line: UUID) -> None:
        async with own_database.transaction() as session:
            await counts.enter(session, tenant, sheet, line, CountEntry(counted=Decimal(9)), by)

    async def approve() -> None:
        async with own_database.transaction() as session:
            await count_approval.approve(session, tenant, sheet, by, is_owner=True)

    async def take_four() -> None:
        later = NOW + timedelta(minutes=1)
        async with own_database.transaction() as session:
            await post(session, tenant, milk, "consumption", 4, now=later)

    await asyncio.gather(*(count(line) for line in lines * 2))
    await asyncio.gather(*(each() for each in [approve, take_four] * 3))

    async with own_database.transaction() as session:
        left = await reconcile(session, tenant)
    assert sum(left.values()) == 60 - 6 - 12
