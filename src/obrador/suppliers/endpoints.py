"""HTTP face of suppliers."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from obrador.authz.access import ProcurementManager, Viewer
from obrador.authz.roles import Role
from obrador.crud import CONFLICT, crud_routes
from obrador.kit.clock import business_date
from obrador.kit.http import Now, Session
from obrador.kit.pagination import Page, Paging
from obrador.suppliers import history, service
from obrador.suppliers.history_schemas import PerformanceOutput, PriceNoteOutput
from obrador.suppliers.schemas import (
    PriceListInput,
    PriceListOutput,
    SupplierChanges,
    SupplierInput,
)
from obrador.tenants.service import time_zone_of

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


@router.get("/{id}/prices/history")
async def get_price_history(
    tenant: Viewer,
    session: Session,
    paging: Paging,
    id: UUID,
    ingredient_id: Annotated[UUID | None, Query(description="Of one ingredient only.")] = None,
) -> Page[PriceNoteOutput]:
    """What the supplier has asked, by its price lists and invoices, the newest first."""
    return await history.get_price_history(session, tenant, id, paging, ingredient_id)


@router.get("/{id}/performance")
async def get_performance(
    tenant: Viewer, session: Session, now: Now, id: UUID
) -> PerformanceOutput:
    """How the supplier delivers: lead time as given and as measured, reliability, quality."""
    today = business_date(now, await time_zone_of(session, tenant))
    return await history.get_performance(session, tenant, id, today)
