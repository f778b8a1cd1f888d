"""Pictures as files of their own, for pages, reports and programs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from obrador.authz.access import Viewer
from obrador.dashboard.accuracy_picture import products_svg, trend_svg
from obrador.dashboard.forecast_picture import forecast_svg
from obrador.forecasting import service as forecasting
from obrador.kit.http import IN_A_TENANT, Language, Now, Session
from obrador.orchestration.forecast_endpoints import ForeseenProduct
from obrador.tenants import service as tenants

_TYPE = "image/svg+xml"
_SVG: dict[int | str, dict[str, Any]] = {
    200: {"description": "A picture.", "content": {_TYPE: {"schema": {"type": "string"}}}}
}
router = APIRouter(
    tags=["forecasting"], responses=IN_A_TENANT | _SVG, default_response_class=Response
)
Days = Annotated[int, Query(ge=1, le=366)]


@router.get("/forecasts/{product_id}/chart.svg")
async def draw_forecast(
    tenant: Viewer, session: Session, foreseen: ForeseenProduct, lang: Language = None
) -> Response:
    """What `chart` says, as a picture."""
    say = await tenants.speech_of(session, tenant, lang)
    return _picture(forecast_svg(say, foreseen))


@router.get("/accuracy/trend.svg")
async def draw_accuracy(
    tenant: Viewer, session: Session, now: Now, days: Days = 30, lang: Language = None
) -> Response:
    """How far forecasts were off, day by day and week by week, as a picture."""
    say = await tenants.speech_of(session, tenant, lang)
    return _picture(trend_svg(say, await forecasting.summary_of(session, tenant, days, now)))


@router.get("/accuracy/products.svg")
async def draw_products(
    tenant: Viewer, session: Session, now: Now, days: Days = 30, lang: Language = None
) -> Response:
    """The products that forecasts were nearest to and farthest from, as a picture."""
    say = await tenants.speech_of(session, tenant, lang)
    return _picture(products_svg(say, await forecasting.summary_of(session, tenant, days, now)))


def _picture(content: str) -> Response:
    return Response(content, media_type=_TYPE)
