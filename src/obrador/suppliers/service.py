"""Use cases of suppliers and their prices, and how planning reads them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import by_tenant
from obrador.inventory.service import units_of
from obrador.kit.schemas import to_columns
from obrador.resources import Resource
from obrador.suppliers import repository
from obrador.suppliers.domain import Contact, Price, Supplier
from obrador.suppliers.history import (
    Arrived,
    InvoicePrice,
    Placed,
    note_arrived,
    note_called_off,
    note_placed,
    note_price_list,
    note_prices,
)
from obrador.suppliers.models import SupplierPrice
from obrador.suppliers.performance import MOST_DELIVERIES, as_measured
from obrador.suppliers.repository import Prices, Suppliers
from obrador.suppliers.schemas import (
    PriceListInput,
    PriceListOutput,
    PriceOutput,
    SupplierOutput,
)
from obrador.tenants.service import currency_of

__all__ = [
    "Arrived",
    "Contact",
    "InvoicePrice",
    "Placed",
    "get_prices",
    "load_contacts",
    "load_prices",
    "load_suppliers",
    "note_arrived",
    "note_called_off",
    "note_placed",
    "note_prices",
    "put_prices",
    "suppliers",
]

suppliers = Resource(Suppliers, SupplierOutput)


async def get_prices(session: AsyncSession, tenant: TenantId, supplier_id: UUID) -> PriceListOutput:
    """A supplier's price list.

    Raises:
        NotFound: there is no such supplier.
    """
    await Suppliers(session, tenant).get(supplier_id)
    currency = await currency_of(session, tenant)
    lines = await Prices(session, tenant, supplier_id).all()
    units = await units_of(session, tenant, {line.ingredient_id for line in lines})
    return PriceListOutput(
        prices=[PriceOutput.of(line, currency, units[line.ingredient_id]) for line in lines]
    )


async def put_prices(
    session: AsyncSession, tenant: TenantId, supplier_id: UUID, given: PriceListInput
) -> PriceListOutput:
    """Another price list in place of the supplier's.

    Raises:
        NotFound: there is no such supplier.
        Conflict: a price break is named twice.
        Invalid: a line is of an ingredient that is not there, or an amount cannot be kept.
    """
    await Suppliers(session, tenant).lock(supplier_id)
    currency = await currency_of(session, tenant)
    lines = [to_columns(SupplierPrice, line.model_dump(), currency) for line in given.prices]
    prices = Prices(session, tenant, supplier_id)
    before = await prices.all()
    await prices.replace(lines)
    await note_price_list(session, tenant, supplier_id, before, lines)
    return await get_prices(session, tenant, supplier_id)


async def load_suppliers(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, tuple[Supplier, ...]]:
    """Suppliers as planning sees them, by name: their lead times as they have shown them, once
    they have delivered often enough. One query."""
    rows = await repository.read_suppliers(session, tenants, MOST_DELIVERIES)
    return by_tenant(tenants, rows, _supplier)


async def load_prices(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, tuple[Price, ...]]:
    """Price lists as planning sees them, in a stable order. One query."""
    rows = await repository.read_prices(session, tenants)
    return by_tenant(tenants, rows, _price)


async def load_contacts(
    session: AsyncSession, tenants: Sequence[TenantId], supplier_ids: Collection[UUID]
) -> dict[UUID, Contact]:
    """Those of the suppliers that are there. One query."""
    rows = await repository.read_contacts(session, tenants, supplier_ids)
    return {row.id: Contact(row.name, row.email, row.language) for row in rows}


def _supplier(row: Row[Any]) -> Supplier:
    given = Supplier(
        id=row.id,
        name=row.name,
        lead_time_days=row.lead_time_days,
        delivery_weekdays=tuple(row.delivery_weekdays),
        lead_time_sd_days=float(row.lead_time_sd_days),
        order_cutoff=row.order_cutoff,
        min_order_minor=row.min_order_minor,
        delivery_fee_minor=row.delivery_fee_minor,
        assumed=tuple(row.assumed),
    )
    return as_measured(given, row.delays or ())


def _price(row: Row[Any]) -> Price:
    return Price(
        supplier_id=row.supplier_id,
        ingredient_id=row.ingredient_id,
        pack_size=float(row.pack_size),
        min_packs=row.min_packs,
        pack_price_minor=row.pack_price_minor,
    )
