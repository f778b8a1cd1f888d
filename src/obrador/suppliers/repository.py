"""Queries of suppliers and prices."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, cast, delete, func, insert, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import Rows, ScopedRepository, read_rows
from obrador.kit.db import table_of
from obrador.kit.integrity import refused_write
from obrador.kit.queries import any_of
from obrador.suppliers.history_models import SupplierDelivery, SupplierPriceNote
from obrador.suppliers.models import Supplier, SupplierPrice


class Suppliers(ScopedRepository[Supplier]):
    """Who delivers."""

    model = Supplier


class Deliveries(ScopedRepository[SupplierDelivery]):
    """What became of orders."""

    model = SupplierDelivery


class PriceNotes(ScopedRepository[SupplierPriceNote]):
    """What was asked from when on."""

    model = SupplierPriceNote


class Prices:
    """The price list of one supplier."""

    def __init__(self, session: AsyncSession, tenant: TenantId, supplier_id: UUID) -> None:
        self.session = session
        self.tenant = tenant
        self.supplier_id = supplier_id
        self._mine = (
            SupplierPrice.tenant_id == tenant,
            SupplierPrice.supplier_id == supplier_id,
        )

    async def all(self) -> list[SupplierPrice]:
        """The list by ingredient, pack size and price break."""
        query = (
            select(SupplierPrice)
            .where(*self._mine)
            .order_by(SupplierPrice.ingredient_id, SupplierPrice.pack_size, SupplierPrice.min_packs)
        )
        return list(await self.session.scalars(query))

    async def replace(self, lines: Iterable[dict[str, Any]]) -> None:
        """Another list in place of this one.

        Raises:
            Conflict: a price break is named twice.
            Invalid: a line is of an ingredient that is not there.
        """
        owner = {"tenant_id": self.tenant, "supplier_id": self.supplier_id}
        rows = [owner | line for line in lines]
        await self.session.execute(delete(SupplierPrice).where(*self._mine))
        if not rows:
            return
        try:
            async with self.session.begin_nested():
                await self.session.execute(insert(SupplierPrice), rows)
        except IntegrityError as error:
            raise refused_write(error) from error


async def read_suppliers(session: AsyncSession, tenants: Sequence[TenantId], newest: int) -> Rows:
    """All suppliers of some bakeries, by name, each with the `delays` of its newest deliveries. One
    query."""
    arrivals = (
        _arrivals(newest)
        .where(
            SupplierDelivery.tenant_id == Supplier.tenant_id,
            SupplierDelivery.supplier_id == Supplier.id,
        )
        .correlate(Supplier)
        .subquery()
    )
    delays = select(func.array_agg(arrivals.c.delay).label("delays")).lateral()
    query = (
        select(*Supplier.__table__.columns, delays.c.delays)
        .join(delays, true())
        .where(Supplier.tenant_id == any_of(tenants))
        .order_by(Supplier.tenant_id, Supplier.name_key)
    )
    return list(await session.execute(query))


async def read_contacts(
    session: AsyncSession, tenants: Sequence[TenantId], supplier_ids: Collection[UUID]
) -> Rows:
    """Those of the suppliers that are there."""
    table = table_of(Supplier)
    return await read_rows(session, tenants, table, where=table.c.id == any_of(supplier_ids))


async def read_delays(
    session: AsyncSession, tenant: TenantId, supplier_id: UUID, newest: int
) -> list[int]:
    """By how many days a supplier's newest deliveries were late; see `performance.Delivery`."""
    query = _arrivals(newest).where(
        SupplierDelivery.tenant_id == tenant, SupplierDelivery.supplier_id == supplier_id
    )
    return list(await session.scalars(query))


async def read_prices(session: AsyncSession, tenants: Sequence[TenantId]) -> Rows:
    """All price lists of some bakeries, by supplier, ingredient, pack size and price break."""
    return await read_rows(
        session, tenants, SupplierPrice.__table__, *SupplierPrice.__table__.primary_key
    )


def _arrivals(newest: int) -> Select[int]:
    """The delays of the newest deliveries that have come."""
    # In PostgreSQL, one date less another is a number of days.
    late = cast(SupplierDelivery.arrived_on - SupplierDelivery.due_on, Integer)
    return (
        select((late + SupplierDelivery.shift_days).label("delay"))
        .where(SupplierDelivery.arrived_on.is_not(None))
        .order_by(SupplierDelivery.due_on.desc(), SupplierDelivery.id)
        .limit(newest)
    )
