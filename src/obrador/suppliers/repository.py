"""Queries of suppliers and prices."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import Rows, ScopedRepository, read_rows
from obrador.kit.integrity import refused_write
from obrador.suppliers.models import Supplier, SupplierPrice


class Suppliers(ScopedRepository[Supplier]):
    """Who delivers."""

    model = Supplier


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


async def read_suppliers(session: AsyncSession, tenants: Sequence[TenantId]) -> Rows:
    """All suppliers of some bakeries, by name."""
    return await read_rows(session, tenants, Supplier.__table__, Supplier.name_key)


async def read_prices(session: AsyncSession, tenants: Sequence[TenantId]) -> Rows:
    """All price lists of some bakeries, by supplier, ingredient, pack size and price break."""
    return await read_rows(
        session, tenants, SupplierPrice.__table__, *SupplierPrice.__table__.primary_key
    )
