"""HTTP face of ingredients and stock."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from obrador.authz.access import Manager, Viewer
from obrador.authz.roles import Role
from obrador.crud import CONFLICT, crud_routes
from obrador.inventory import service, stock
from obrador.inventory.schemas import (
    Expiring,
    Ids,
    IngredientBatch,
    IngredientChanges,
    IngredientInput,
    LevelBatch,
    LotOutput,
    MovementInput,
    Posting,
)
from obrador.kit.http import IN_A_TENANT, NewId, Now, Session
from obrador.kit.pagination import Page, Paging

ingredients = crud_routes(
    "/ingredients",
    "what is bought",
    service.ingredients,
    given=IngredientInput,
    changes=IngredientChanges,
    kept_by=Role.PROCUREMENT_MANAGER,
)
operations = APIRouter(prefix="/inventory/operations", tags=["inventory"], responses=IN_A_TENANT)
stock_routes = APIRouter(prefix="/stock", tags=["stock"], responses=IN_A_TENANT)
routers = (ingredients, operations, stock_routes)


@operations.post("/ingredients/batch")
async def get_ingredients(tenant: Viewer, session: Session, wanted: Ids) -> IngredientBatch:
    """Many ingredients at once, and which of them are missing."""
    return await service.get_ingredients(session, tenant, wanted.ids)


@operations.post("/stock-levels/batch")
async def get_levels(tenant: Viewer, session: Session, wanted: Ids) -> LevelBatch:
    """The stock of many ingredients at once, and which of them are missing."""
    return await service.get_levels(session, tenant, wanted.ids)


@stock_routes.get("/lots")
async def list_lots(
    tenant: Viewer,
    session: Session,
    paging: Paging,
    item_id: Annotated[UUID | None, Query(description="An ingredient, or a product.")] = None,
    in_stock: bool = True,
) -> Page[LotOutput]:
    """Lots; those that are used up only with `in_stock=false`."""
    return await stock.page_of_lots(session, tenant, paging, item_id=item_id, in_stock=in_stock)


@stock_routes.post("/movements", status_code=201, responses=CONFLICT)
async def post_movement(
    tenant: Manager, session: Session, posting_id: NewId, given: MovementInput, now: Now
) -> Posting:
    """Move stock: what arrives makes a lot, what leaves is taken first expired first."""
    return await stock.post(session, tenant, posting_id, given, now)


@stock_routes.get("/expiring")
async def list_expiring(
    tenant: Viewer, session: Session, now: Now, days: Annotated[int, Query(ge=0, le=365)] = 7
) -> Expiring:
    """What expires within so many days, or has expired already."""
    return await stock.expiring(session, tenant, days, now)
