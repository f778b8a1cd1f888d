"""HTTP face of ingredients and stock."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from obrador.authz.access import Manager, Viewer
from obrador.authz.roles import Role
from obrador.crud import CONFLICT, crud_routes
from obrador.inventory import count_endpoints, movements, service, stock, waste
from obrador.inventory.domain import MovementKind
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
    Reversal,
    StockChange,
)
from obrador.inventory.waste_schemas import (
    ReasonChoice,
    WasteReasonChanges,
    WasteReasonInput,
    WasteReport,
)
from obrador.kit.http import IN_A_TENANT, Language, NewId, Now, Session
from obrador.kit.pagination import Page, Paging
from obrador.kit.schemas import Day

ingredients = crud_routes(
    "/ingredients",
    "what is bought",
    service.ingredients,
    given=IngredientInput,
    changes=IngredientChanges,
    kept_by=Role.PROCUREMENT_MANAGER,
)
waste_reasons = crud_routes(
    "/waste-reasons",
    "the bakery's own reasons for waste",
    waste.waste_reasons,
    given=WasteReasonInput,
    changes=WasteReasonChanges,
    kept_by=Role.PRODUCTION_MANAGER,
)
operations = APIRouter(prefix="/inventory/operations", tags=["inventory"], responses=IN_A_TENANT)
stock_routes = APIRouter(prefix="/stock", tags=["stock"], responses=IN_A_TENANT)
routers = (ingredients, waste_reasons, operations, stock_routes, count_endpoints.router)


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


@stock_routes.get("/movements")
async def list_movements(
    tenant: Viewer,
    session: Session,
    paging: Paging,
    item_id: Annotated[
        UUID | None, Query(description="An ingredient, a product, or a dough by its recipe.")
    ] = None,
    lot_id: UUID | None = None,
    kind: MovementKind | None = None,
    first: Annotated[Day | None, Query(description="Earliest day.")] = None,
    last: Annotated[Day | None, Query(description="Latest day.")] = None,
) -> Page[StockChange]:
    """What happened to stock, newest first."""
    return await movements.page(
        session, tenant, paging, item_id=item_id, lot_id=lot_id, kind=kind, first=first, last=last
    )


@stock_routes.post("/postings/{id}/reverse", responses=CONFLICT)
async def reverse_posting(tenant: Manager, session: Session, id: UUID, given: Reversal) -> Posting:
    """Post the opposite of a posting that was a mistake, once."""
    return await movements.reverse(session, tenant, id, given.reason)


@stock_routes.get("/waste")
async def report_waste(
    tenant: Viewer,
    session: Session,
    now: Now,
    lang: Language = None,
    first: Annotated[Day | None, Query(description="Without it, four weeks.")] = None,
    last: Annotated[Day | None, Query(description="Without it, today.")] = None,
) -> WasteReport:
    """What was wasted, by reason, item and week, and what that was worth."""
    return await waste.report(session, tenant, first, last, now, lang)


@stock_routes.get("/waste/reasons")
async def list_waste_reasons(
    tenant: Viewer, session: Session, lang: Language = None
) -> list[ReasonChoice]:
    """Reasons that waste can be posted with: those there always are, and the bakery's own."""
    return await waste.choices(session, tenant, lang)


@stock_routes.get("/expiring")
async def list_expiring(
    tenant: Viewer, session: Session, now: Now, days: Annotated[int, Query(ge=0, le=365)] = 7
) -> Expiring:
    """What expires within so many days, or has expired already."""
    return await stock.expiring(session, tenant, days, now)
