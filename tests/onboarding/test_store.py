"""A whole bakery to the database and back."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import event, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz.tenant import TenantId
from obrador.inventory.models import StockLot, StockMovement
from obrador.kit.errors import Invalid, NotFound
from obrador.kit.ids import new_id
from obrador.onboarding.bakery_file import BakeryFile, LotRow, OpeningRow, ShiftRow
from obrador.onboarding.storage.changes import Counts, SaveReport
from obrador.onboarding.storage.store import load, save
from obrador.procurement.models import PurchaseOrder, PurchaseOrderLine
from obrador.tenants.models import Tenant
from tests.factories.tenants import make_tenant
from tests.onboarding.bakery_files import EMPTY, SMALL, TODAY, bakery_files

NOW = datetime(2026, 3, 10, 5, 30, tzinfo=UTC)


def _as_sets(file: BakeryFile) -> dict[str, set[Any]]:
    return {part.name: set(getattr(file, part.name)) for part in fields(file)}


def _total(report: SaveReport) -> Counts:
    return Counts(*(sum(getattr(c, f.name) for c in report.parts.values()) for f in fields(Counts)))


async def _stock_reconciles(session: AsyncSession, tenant: TenantId) -> bool:
    moved = (
        select(func.coalesce(func.sum(StockMovement.quantity), 0))
        .where(StockMovement.tenant_id == tenant, StockMovement.lot_id == StockLot.id)
        .scalar_subquery()
    )
    wrong = select(StockLot.id).where(StockLot.tenant_id == tenant, StockLot.remaining != moved)
    return (await session.scalars(wrong)).all() == []


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(file=bakery_files())
async def test_what_is_stored_is_read_back(session: AsyncSession, file: BakeryFile) -> None:
    tenant = await make_tenant(session)

    report = await save(session, tenant, file, NOW)

    found = await load(session, tenant)
    file = replace(file, opening_hours=file.opening_hours or EMPTY.opening_hours)
    assert _as_sets(found) == _as_sets(file)
    for part in ("products", "recipes", "ingredients", "suppliers", "equipment", "shifts"):
        assert getattr(found, part) == getattr(file, part)
        assert report.parts[part] == Counts(new=len(getattr(file, part)))
    assert await _stock_reconciles(session, tenant)
    again = await save(session, tenant, found, NOW)
    assert _total(again) == Counts(unchanged=sum(map(len, _as_sets(file).values())))


async def test_the_same_file_again_changes_nothing(session: AsyncSession, tenant: TenantId) -> None:
    first = await save(session, tenant, SMALL, NOW)
    moved = await session.scalar(select(func.count()).select_from(StockMovement))

    again = await save(session, tenant, SMALL, NOW)

    assert _total(again) == Counts(unchanged=_total(first).new)
    assert await session.scalar(select(func.count()).select_from(StockMovement)) == moved


async def test_names_are_compared_without_case_and_accents(
    session: AsyncSession, tenant: TenantId
) -> None:
    await save(session, tenant, SMALL, NOW)
    product = replace(SMALL.products[1], name="CAFE CON LECHE", recipe="cafe con leche")

    report = await save(session, tenant, BakeryFile(products=(product,)), NOW)

    assert report.parts["products"] == Counts(changed=1)
    products = (await load(session, tenant)).products
    assert products == (SMALL.products[0], replace(product, recipe="Café con leche"))


async def test_parts_that_are_empty_stay_as_they_are(
    session: AsyncSession, tenant: TenantId
) -> None:
    await save(session, tenant, SMALL, NOW)

    await save(session, tenant, BakeryFile(), NOW)

    assert _as_sets(await load(session, tenant)) == _as_sets(SMALL)


async def test_recipes_prices_and_shifts_are_replaced_as_a_whole(
    session: AsyncSession, tenant: TenantId
) -> None:
    await save(session, tenant, SMALL, NOW)
    dough = replace(SMALL.recipes[0], components=SMALL.recipes[0].components[1:], steps=())
    shift = ShiftRow((6,), time(5), time(9), 1)
    changes = BakeryFile(recipes=(dough,), shifts=(shift,), prices=(SMALL.prices[0],))

    report = await save(session, tenant, changes, NOW)

    found = await load(session, tenant)
    assert found.recipes == (dough, *SMALL.recipes[1:])
    assert found.shifts == (shift,)
    assert set(found.prices) == {SMALL.prices[0], *SMALL.prices[2:]}
    assert report.parts["recipes"] == Counts(changed=1)
    assert report.parts["shifts"] == Counts(new=1, removed=1)
    assert report.parts["prices"] == Counts(unchanged=1, removed=1)


async def test_a_lot_that_differs_is_counted(session: AsyncSession, tenant: TenantId) -> None:
    await save(session, tenant, SMALL, NOW)
    flour = replace(SMALL.lots[0], quantity=41_500.5)

    report = await save(session, tenant, BakeryFile(lots=(flour,)), NOW)

    assert report.parts["lots"] == Counts(changed=1)
    kinds = select(StockMovement.kind, StockMovement.quantity).order_by(StockMovement.id)
    assert (await session.execute(kinds)).all()[-1] == ("count", Decimal("-18499.5"))
    assert await _stock_reconciles(session, tenant)
    assert set((await load(session, tenant)).lots) == {flour, SMALL.lots[1]}


async def test_lots_that_look_alike_are_one_row_and_are_counted_together(
    session: AsyncSession, tenant: TenantId
) -> None:
    await save(session, tenant, replace(SMALL, lots=()), NOW)
    flour_id = await session.scalar(select(PurchaseOrderLine.ingredient_id))
    for quantity in (10, 15):
        lot_id = new_id()
        session.add(
            StockLot(
                tenant_id=tenant, id=lot_id, ingredient_id=flour_id, received_on=TODAY,
                remaining=quantity,
            )
        )  # fmt: skip
        await session.flush()
        session.add(
            StockMovement(
                tenant_id=tenant, lot_id=lot_id, kind="receipt", quantity=quantity, occurred_at=NOW
            )
        )
    await session.flush()
    row = LotRow("Flour", 25.0, TODAY)
    assert (await load(session, tenant)).lots == (row,)

    await save(session, tenant, BakeryFile(lots=(replace(row, quantity=12.0),)), NOW)

    assert (await load(session, tenant)).lots == (replace(row, quantity=12.0),)
    assert await _stock_reconciles(session, tenant)


async def test_an_order_that_was_received_stays_received(
    session: AsyncSession, tenant: TenantId
) -> None:
    await save(session, tenant, SMALL, NOW)
    await session.execute(update(PurchaseOrder).values(status="received"))

    report = await save(session, tenant, SMALL, NOW)

    assert _total(report).new == _total(report).changed == 0
    assert (await load(session, tenant)).open_orders == ()


async def test_an_order_of_a_plan_is_not_ordered_twice(
    session: AsyncSession, tenant: TenantId
) -> None:
    """The workbook holds its own orders and those of plans; only the first are its to change."""
    await save(session, tenant, SMALL, NOW)
    await session.execute(update(PurchaseOrderLine).values(packs=3))
    order = (await session.scalars(select(PurchaseOrder))).one()
    planned = PurchaseOrder(
        tenant_id=tenant, supplier_id=order.supplier_id, order_on=order.order_on,
        delivery_on=order.delivery_on, status="sent", goods_minor=0,
    )  # fmt: skip
    line = select(PurchaseOrderLine.ingredient_id)
    planned.lines = [
        PurchaseOrderLine(
            tenant_id=tenant, position=0, ingredient_id=await session.scalar(line), packs=2,
            pack_size=25000, pack_price_minor=1875,
        )
    ]  # fmt: skip
    session.add(planned)
    await session.flush()
    five = replace(SMALL.open_orders[0], packs=5)
    assert (await load(session, tenant)).open_orders == (five,)

    await save(session, tenant, BakeryFile(open_orders=(replace(five, packs=6),)), NOW)

    packs = (await session.scalars(select(PurchaseOrderLine.packs))).all()
    assert sorted(packs) == [2, 4]


async def test_hours_that_are_given_are_no_longer_assumed(
    session: AsyncSession, tenant: TenantId
) -> None:
    await session.execute(update(Tenant).values(assumed=["opening_hours", "open_on_holidays"]))
    (assumed,) = (await load(session, tenant)).opening_hours
    assert assumed.assumed == ("on_holidays", "opens")
    hours = (
        OpeningRow((0, 2), time(7, 30), time(20), assumed=("on_holidays",)),
        OpeningRow((1,), time(7, 30, 20), time(20), assumed=("on_holidays",)),
    )

    await save(session, tenant, BakeryFile(opening_hours=hours), NOW)

    (given,) = (await load(session, tenant)).opening_hours
    assert given == OpeningRow((0, 1, 2), time(7, 30), time(20), assumed=("on_holidays",))


async def test_another_bakery_sees_nothing(session: AsyncSession, tenant: TenantId) -> None:
    await save(session, tenant, SMALL, NOW)

    assert await load(session, await make_tenant(session)) == EMPTY


async def test_faults_are_told_and_nothing_is_stored(
    session: AsyncSession, tenant: TenantId
) -> None:
    file = replace(SMALL, recipes=())

    with pytest.raises(Invalid) as caught:
        await save(session, tenant, file, NOW)

    assert len(caught.value.faults) == 2
    assert await load(session, tenant) == EMPTY


async def test_a_bakery_that_does_not_exist(session: AsyncSession) -> None:
    with pytest.raises(NotFound):
        await save(session, TenantId(new_id()), SMALL, NOW)


async def test_statements_do_not_grow_with_the_bakery(
    session: AsyncSession, tenant: TenantId
) -> None:
    names = [f"Flour {number}" for number in range(300)]
    large = replace(
        SMALL,
        ingredients=SMALL.ingredients + tuple(replace(SMALL.ingredients[0], name=n) for n in names),
        prices=SMALL.prices + tuple(replace(SMALL.prices[0], ingredient=n) for n in names),
        lots=SMALL.lots + tuple(LotRow(n, 5.0, date(2026, 3, 1)) for n in names),
    )

    assert await _statements(session, tenant, large) == await _statements(
        session, await make_tenant(session), SMALL
    )


async def _statements(session: AsyncSession, tenant: TenantId, file: BakeryFile) -> int:
    seen: list[str] = []

    def count(_c: Any, _cu: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = (await session.connection()).sync_connection
    event.listen(engine, "before_cursor_execute", count)
    await save(session, tenant, file, NOW)
    event.remove(engine, "before_cursor_execute", count)
    return len(seen)
