"""Writes a whole bakery to the database, and reads one back, in a constant number of statements.

A bakery is one graph over several contexts whose rows refer to each other, so it is written here
as a whole rather than through the services of each.
"""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from obrador.authz.tenant import TenantId
from obrador.catalogue.models import Equipment, Product, Recipe, RecipeComponent, RecipeStep, Shift
from obrador.inventory.models import Ingredient, StockLot
from obrador.kit.clock import business_date
from obrador.kit.db import Base, upsert_rows
from obrador.kit.errors import Invalid, NotFound
from obrador.onboarding.bakery_file import (
    BakeryFile,
    ClosureRow,
    OpeningRow,
    PriceRow,
    RecipeRow,
    ShiftRow,
)
from obrador.onboarding.storage import records
from obrador.onboarding.storage.changes import SaveReport, compare, to_write
from obrador.onboarding.storage.check import NOWHERE, Origin, check, warnings
from obrador.onboarding.storage.records import Identities, Records, identities, without_settled
from obrador.onboarding.storage.rows import NAMED, PARTS, known_rows, rounded, spelled
from obrador.onboarding.storage.stored import OPEN, Stored, stored
from obrador.procurement.models import PurchaseOrder, PurchaseOrderLine
from obrador.sales.models import CustomerOrder, CustomerOrderLine
from obrador.suppliers.models import Supplier, SupplierPrice
from obrador.tenants.models import Closure, Tenant

_WHOLE = (
    Ingredient, Supplier, Recipe, Product, Equipment, RecipeComponent, RecipeStep, Shift,
    SupplierPrice, Closure,
)  # fmt: skip
"""Tables that are read as they are."""


async def save(
    session: AsyncSession,
    tenant: TenantId,
    file: BakeryFile,
    now: datetime,
    *,
    origin: Origin = NOWHERE,
) -> SaveReport:
    """Write the file; what it does not name stays as it is. The same file again changes nothing.

    Recipes, the price list of each supplier named, orders and the shifts are replaced as a whole.
    Stock is a count: a lot that is new is received, a lot that differs is corrected by a movement.
    An order that has been received or cancelled since a file made it stays as it is.

    Raises:
        Invalid: something is wrong with the file; all its faults are named, nothing is written.
        NotFound: there is no such bakery.
    """
    today = business_date(now, await _lock(session, tenant))
    before = await _read(session, tenant, today, file)
    file = rounded(file)
    faults = check(file, before.file, today, origin)
    if faults:
        raise Invalid("The bakery's data has errors; nothing of it was stored.", faults)
    file = without_settled(tenant, spelled(file, known_rows(file, before.file)), before)
    await _write(session, tenant, file, before, now)
    counts = {
        part: compare(part, getattr(file, part), getattr(before.file, part)) for part in PARTS
    }
    return SaveReport(counts, tuple(warnings(file, before.file, origin)))


async def load(session: AsyncSession, tenant: TenantId, *, since: date = date.min) -> BakeryFile:
    """All that a bakery has; of customers' orders those due from `since` on."""
    return (await _read(session, tenant, since, BakeryFile())).file


async def _lock(session: AsyncSession, tenant: TenantId) -> str:
    """Keep others from storing a file for this bakery meanwhile; returns its time zone."""
    found: str | None = await session.scalar(
        select(Tenant.time_zone).where(Tenant.id == tenant).with_for_update(key_share=True)
    )
    if found is None:
        raise NotFound("There is no such bakery.")
    return found


async def _read(session: AsyncSession, tenant: TenantId, since: date, file: BakeryFile) -> Stored:
    """What the bakery has, and the lots and orders, even if gone, of the days of the file."""
    queries: list[tuple[str, Select[Any]]] = [
        (model.__tablename__, select(*_table(model).c).order_by(*_table(model).primary_key))
        for model in _WHOLE
    ]
    queries += [
        ("tenants", select(*_table(Tenant).c)),
        ("stock_lots", _lots({row.received_on for row in file.lots})),
        ("purchase_order_lines", _purchases({row.delivery_on for row in file.open_orders})),
        ("customer_order_lines", _customers(since, {row.due_date for row in file.customer_orders})),
    ]
    found = {}
    for name, query in queries:
        table = Base.metadata.tables[name]
        of_tenant = query.where((table.c.id if name == "tenants" else table.c.tenant_id) == tenant)
        rows = (await session.execute(of_tenant)).mappings()
        found[name] = [{column: _plain(value) for column, value in row.items()} for row in rows]
    return stored(found)


def _lots(days: Collection[date]) -> Select[Any]:
    """Lots in stock or received on one of the days; nobody else moves them meanwhile."""
    return (
        select(*_table(StockLot).c)
        .where(
            # Semi-finished goods have no place in the file.
            StockLot.recipe_id.is_(None),
            or_(StockLot.remaining > 0, StockLot.received_on.in_(days)),
        )
        .order_by(StockLot.received_on, StockLot.expires_on, StockLot.id)
        .with_for_update()
    )


def _purchases(days: Collection[date]) -> Select[Any]:
    order = PurchaseOrder
    return (
        select(*_table(PurchaseOrderLine).c, order.supplier_id, order.delivery_on, order.status)
        .join(order, _same_order(PurchaseOrderLine, order))
        .where(or_(order.status.in_(OPEN), order.delivery_on.in_(days)))
        .order_by(order.delivery_on, order.id, PurchaseOrderLine.position)
    )


def _customers(since: date, days: Collection[date]) -> Select[Any]:
    order = CustomerOrder
    columns = (order.customer, order.due_date, order.due_time, order.in_forecast)
    return (
        select(*_table(CustomerOrderLine).c, *columns, order.is_cancelled)
        .join(order, _same_order(CustomerOrderLine, order))
        .where(or_(order.due_date >= since, order.due_date.in_(days)))
        .order_by(order.due_date, order.due_time, order.id, CustomerOrderLine.product_id)
    )


def _same_order(
    line: type[PurchaseOrderLine | CustomerOrderLine], order: type[PurchaseOrder | CustomerOrder]
) -> ColumnElement[bool]:
    return and_(line.tenant_id == order.tenant_id, line.order_id == order.id)


async def _write(
    session: AsyncSession, tenant: TenantId, file: BakeryFile, before: Stored, now: datetime
) -> None:
    ids = identities(tenant, file, before)
    changed = {
        part: to_write(part, getattr(file, part), getattr(before.file, part)) for part in PARTS
    }
    for part in NAMED:
        rows = records.named_records(part, changed[part], ids)
        await upsert_rows(session, Base.metadata.tables[part], rows)
    await _write_recipe_parts(session, changed["recipes"], ids)
    await _write_shifts(session, changed["shifts"], ids)
    await _write_days(session, changed["opening_hours"], changed["closures"], before, ids)
    await _write_prices(session, changed["prices"], ids)
    await _insert(session, records.stock_records(changed["lots"], before, ids, now))
    suppliers = known_rows(file, before.file)["suppliers"]
    own, purchases = records.own_lines(tenant, "open_orders", file.open_orders, before)
    await _delete(session, tenant, PurchaseOrder.id, own)
    await _insert(session, records.purchase_records(purchases, suppliers, ids))
    own, orders = records.own_lines(tenant, "customer_orders", file.customer_orders, before)
    await _delete(session, tenant, CustomerOrder.id, own)
    await _insert(session, records.customer_records(orders, ids))


async def _write_recipe_parts(
    session: AsyncSession, recipes: Collection[RecipeRow], ids: Identities
) -> None:
    recipe_ids = {ids.of("recipes", recipe.name) for recipe in recipes}
    await _delete(session, ids.tenant, RecipeComponent.recipe_id, recipe_ids)
    await _delete(session, ids.tenant, RecipeStep.recipe_id, recipe_ids)
    await _insert(session, records.recipe_parts(recipes, ids))


async def _write_shifts(
    session: AsyncSession, shifts: Collection[ShiftRow], ids: Identities
) -> None:
    if shifts:
        await session.execute(delete(Shift).where(Shift.tenant_id == ids.tenant))
        await _insert(session, {"shifts": records.new_records(shifts, ids)})


async def _write_days(
    session: AsyncSession,
    hours: Collection[OpeningRow],
    closures: Collection[ClosureRow],
    before: Stored,
    ids: Identities,
) -> None:
    if hours:
        changes = records.hours_record(hours, before.assumed)
        await session.execute(
            update(Tenant)
            .where(Tenant.id == ids.tenant)
            .values(**changes)
            .execution_options(synchronize_session=False)
        )
    if closures:
        await session.execute(delete(Closure).where(Closure.tenant_id == ids.tenant))
        await _insert(session, {"closures": records.new_records(closures, ids)})


async def _write_prices(
    session: AsyncSession, prices: Collection[PriceRow], ids: Identities
) -> None:
    suppliers = {ids.of("suppliers", row.supplier) for row in prices}
    await _delete(session, ids.tenant, SupplierPrice.supplier_id, suppliers)
    await _insert(session, {"supplier_prices": records.price_records(prices, ids)})


async def _delete(
    session: AsyncSession,
    tenant: TenantId,
    column: InstrumentedAttribute[UUID],
    values: Collection[UUID],
) -> None:
    if values:
        model = column.class_
        await session.execute(
            delete(model)
            .where(model.tenant_id == tenant, column.in_(values))
            .execution_options(synchronize_session=False)
        )


async def _insert(session: AsyncSession, found: Records) -> None:
    for name, rows in found.items():
        await upsert_rows(session, Base.metadata.tables[name], rows)


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


def _plain(value: Any) -> Any:
    """Numbers as floats, lists as tuples."""
    if isinstance(value, list):
        return tuple(map(_plain, value))
    return float(value) if isinstance(value, Decimal) else value
