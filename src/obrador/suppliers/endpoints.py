"""HTTP face of suppliers."""

from uuid import UUID

from obrador.authz.access import ProcurementManager, Viewer
from obrador.authz.roles import Role
from obrador.crud import CONFLICT, crud_routes
from obrador.kit.http import Session
from obrador.suppliers import service
from obrador.suppliers.schemas import (
    PriceListInput,
    PriceListOutput,
    SupplierChanges,
    SupplierInput,
)

router = crud_routes(
    "/suppliers",
    "who delivers",
    service.suppliers,
    given=SupplierInput,
    changes=SupplierChanges,
    kept_by=Role.PROCUREMENT_MANAGER,
)


@router.get("/{id}/prices")
async def get_prices(tenant: Viewer, session: Session, id: UUID) -> PriceListOutput:
    """The supplier's price list."""
    return await service.get_prices(session, tenant, id)


@router.put("/{id}/prices", responses=CONFLICT)
async def put_prices(
    tenant: ProcurementManager, session: Session, id: UUID, given: PriceListInput
) -> PriceListOutput:
    """Another price list in place of the supplier's."""
    return await service.put_prices(session, tenant, id, given)
