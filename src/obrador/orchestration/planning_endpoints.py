"""HTTP face of planning for other installations, whose `*_SERVICE_URL` name this one.

Bodies are the dataclasses that planning itself takes and gives, see `kit.wire`.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from obrador.authz.access import (
    OwnerOrService,
    OwnerOrServiceOfKnown,
    ProductionManagerOrService,
    ViewerOrService,
)
from obrador.catalogue import service as catalogue
from obrador.forecasting.champion import foreseen
from obrador.forecasting.domain import Champion, DemandHistory, Forecast
from obrador.forecasting.service import (
    ForecastsOutput,
    GenerateInput,
    Kept,
    generate,
    load_champions,
)
from obrador.inventory import service as inventory
from obrador.kit.http import IN_A_TENANT, Language, Now, Session
from obrador.kit.wire import encode
from obrador.orchestration import plausible
from obrador.orchestration.desk import Desk
from obrador.orchestration.parts import Offers, Stock
from obrador.procurement.domain import PurchasePlan, PurchaseProblem
from obrador.procurement.plan import plan_purchases
from obrador.production.domain import ProductionPlan, ProductionProblem
from obrador.production.plan import plan_production
from obrador.suppliers import service as suppliers

_ANY = {"type": "object"}

router = APIRouter(
    tags=["planning for others"], responses=IN_A_TENANT, default_response_class=JSONResponse
)


async def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


Planning = Annotated[Desk, Depends(_desk)]


_BRINGS_SALES = b'"sold"'
"""In a `DemandHistory`, and in nothing else that may be sent in its place. Parsing some megabytes
to find out would hold up everybody else."""


def _given(content: bytes) -> GenerateInput:
    try:
        return GenerateInput.model_validate_json(content)
    except ValidationError as error:
        faults = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(faults) from error


def _body(what: str, schema: Mapping[str, Any] = _ANY) -> dict[str, Any]:
    """The documentation of a body that planning itself describes best."""
    return {
        "requestBody": {
            "required": True,
            "description": what,
            "content": {"application/json": {"schema": schema}},
        }
    }


@router.post(
    "/forecasts/generate",
    response_model=ForecastsOutput,
    openapi_extra=_body(
        "How many days ahead, and of which products; or, from another installation, a"
        " `DemandHistory`: sales of the past, and the days to foresee. That is answered with a"
        " `Forecast`.",
        GenerateInput.model_json_schema(),
    ),
)
async def generate_forecast(
    tenant: ViewerOrService,
    session: Session,
    cache: Kept,
    now: Now,
    request: Request,
    desk: Planning,
    lang: Language = None,
) -> Any:
    """Forecasts of the bakery's own sales, or of those that are sent. Nothing is stored."""
    content = await request.body()
    if _BRINGS_SALES in content:
        champion = (await load_champions(session, [tenant])).get(tenant)
        await session.commit()  # others may want its connection until it is this one's turn
        made = partial(_forecast_of, champion=champion)
        return _json(await desk.plan("forecasting", content, DemandHistory, made))
    return await generate(session, cache, tenant, _given(content), now, lang)


@router.post(
    "/production/operations/generate-schedule",
    openapi_extra=_body("A `ProductionProblem`: catalogue, forecast, orders and left-over."),
)
async def generate_schedule(
    tenant: ProductionManagerOrService, request: Request, desk: Planning
) -> Response:
    """A bake plan and timetable of what is sent. Nothing is stored."""
    return _json(
        await desk.plan("production", await request.body(), ProductionProblem, _production_of)
    )


@router.post(
    "/procurement/operations/auto-generate",
    openapi_extra=_body("A `PurchaseProblem`: what is baked, stock, open orders and suppliers."),
)
async def generate_purchases(tenant: OwnerOrService, request: Request, desk: Planning) -> Response:
    """Purchase orders and projected stock of what is sent. Nothing is stored."""
    return _json(
        await desk.plan("procurement", await request.body(), PurchaseProblem, _purchases_of)
    )


@router.get("/planning/inventory")
async def planning_inventory(tenant: OwnerOrServiceOfKnown, session: Session) -> Response:
    """Ingredients and stock as planning takes them."""
    ingredients = await inventory.load_ingredients(session, [tenant])
    lots = await inventory.load_lots(session, [tenant])
    return _json(encode(Stock(ingredients[tenant], lots[tenant])))


@router.get("/planning/suppliers")
async def planning_suppliers(tenant: OwnerOrServiceOfKnown, session: Session) -> Response:
    """Suppliers and prices as planning takes them."""
    known = await suppliers.load_suppliers(session, [tenant])
    prices = await suppliers.load_prices(session, [tenant])
    return _json(encode(Offers(known[tenant], prices[tenant])))


@router.get("/planning/recipes")
async def planning_recipes(tenant: OwnerOrServiceOfKnown, session: Session) -> Response:
    """Products, recipes, equipment and shifts as planning takes them."""
    return _json(encode((await catalogue.load_catalogues(session, [tenant]))[tenant]))


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")


def _forecast_of(history: DemandHistory, champion: Champion | None) -> Forecast:
    plausible.check_history(history)
    return foreseen(history, champion)


def _production_of(problem: ProductionProblem) -> ProductionPlan:
    plausible.check_production(problem)
    return plan_production(problem)


def _purchases_of(problem: PurchaseProblem) -> PurchasePlan:
    plausible.check_purchases(problem)
    # JSON has no time zones, only distances to UTC, which another day may have another one of.
    local = problem.now.astimezone(ZoneInfo(problem.bakery.time_zone))
    return plan_purchases(replace(problem, now=local))
