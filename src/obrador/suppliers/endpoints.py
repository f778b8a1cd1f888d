"""HTTP face of suppliers."""

from uuid import UUID

from fastapi import APIRouter

from obrador.authz.access import ProcurementManager, Viewer
from obrador.kit.errors import Conflict
from obrador.kit.http import IN_A_TENANT, NewId, Session, problems
from obrador.kit.pagination import Page, Paging
from obrador.suppliers import service
from obrador.suppliers.schemas import (
    PriceListInput,
    PriceListOutput,
    SupplierChanges,
    SupplierInput,
    SupplierOutput,
)
from obrador.suppliers.service import suppliers

router = APIRouter(prefix="/suppliers", tags=["suppliers"], responses=IN_A_TENANT)
CONFLICT = problems(Conflict)


@router.get("")
async def list_suppliers(tenant: Viewer, session: Session, paging: Paging) -> Page[SupplierOutput]:
    """All suppliers."""
    return await suppliers.page(session, tenant, paging)


@router.post("", status_code=201, responses=CONFLICT)
async def add_supplier(
    tenant: ProcurementManager, session: Session, supplier_id: NewId, given: SupplierInput
) -> SupplierOutput:
    """A new supplier."""
    return await suppliers.add(session, tenant, supplier_id, given)


@router.get("/{supplier_id}")
async def get_supplier(tenant: Viewer, session: Session, supplier_id: UUID) -> SupplierOutput:
    """One supplier."""
    return await suppliers.get(session, tenant, supplier_id)


@router.patch("/{supplier_id}", responses=CONFLICT)
async def change_supplier(
    tenant: ProcurementManager, session: Session, supplier_id: UUID, changes: SupplierChanges
) -> SupplierOutput:
    """Other values for the fields given, which count as confirmed; the rest stays."""
    return await suppliers.change(session, tenant, supplier_id, changes)


@router.post("/{supplier_id}/confirm")
async def confirm_supplier(
    tenant: ProcurementManager, session: Session, supplier_id: UUID
) -> SupplierOutput:
    """Nothing about the supplier is an assumption any longer."""
    return await suppliers.confirm(session, tenant, supplier_id)


@router.delete("/{supplier_id}", status_code=204, responses=CONFLICT)
async def remove_supplier(tenant: ProcurementManager, session: Session, supplier_id: UUID) -> None:
    """Remove a supplier and its price list, if no order refers to it."""
    await suppliers.remove(session, tenant, supplier_id)


@router.get("/{supplier_id}/prices")
async def get_prices(tenant: Viewer, session: Session, supplier_id: UUID) -> PriceListOutput:
    """The supplier's price list."""
    return await service.get_prices(session, tenant, supplier_id)


@router.put("/{supplier_id}/prices", responses=CONFLICT)
async def put_prices(
    tenant: ProcurementManager, session: Session, supplier_id: UUID, given: PriceListInput
) -> PriceListOutput:
    """Another price list in place of the supplier's."""
    return await service.put_prices(session, tenant, supplier_id, given)
