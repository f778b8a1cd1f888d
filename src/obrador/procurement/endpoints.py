"""HTTP face of purchasing."""

from typing import Annotated

from fastapi import APIRouter, Query

from obrador.authz.access import Viewer
from obrador.kit.http import IN_A_TENANT, Session
from obrador.procurement import service
from obrador.procurement.schemas import StockProjectionOutput

stock = APIRouter(prefix="/stock", tags=["stock"], responses=IN_A_TENANT)
routers = (stock,)


@stock.get("/projection")
async def project_stock(
    tenant: Viewer, session: Session, days: Annotated[int, Query(ge=1, le=28)] = 14
) -> StockProjectionOutput:
    """Stock day by day as the newest plan foresees it."""
    plan = await service.newest_plan(session, tenant)
    return StockProjectionOutput.of(plan, days)
