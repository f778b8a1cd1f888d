"""HTTP face of insights."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from obrador.authz.access import Manager, Viewer
from obrador.authz.requester import Asking, id_of
from obrador.insights import rescues, service
from obrador.insights.domain import Kind
from obrador.insights.larder import load_larder
from obrador.insights.rescue_schemas import RescueList
from obrador.insights.review_schemas import ReviewOutput
from obrador.insights.schemas import FeedbackInput, InsightOutput
from obrador.kit.http import IN_A_TENANT, Language, Now, Session
from obrador.kit.pagination import Page, Paging

router = APIRouter(prefix="/insights", tags=["insights"], responses=IN_A_TENANT)

stock_routes = APIRouter(prefix="/stock", tags=["stock"], responses=IN_A_TENANT)
reviews = APIRouter(prefix="/procurement/reviews", tags=["procurement"], responses=IN_A_TENANT)
routers = (router, stock_routes, reviews)


@reviews.get("")
async def list_reviews(tenant: Viewer, session: Session, paging: Paging) -> Page[ReviewOutput]:
    """What the weekly reviews of purchasing have found, newest first: deliveries to join, price
    breaks within reach, dead stock, ingredients that are cheaper elsewhere."""
    return await service.page_of_reviews(session, tenant, paging)


@router.get("")
async def list_insights(
    tenant: Viewer,
    session: Session,
    paging: Paging,
    lang: Language = None,
    kind: Kind | None = None,
) -> Page[InsightOutput]:
    """What the bakery's figures suggest, newest first."""
    return await service.page(session, tenant, paging, lang, kind)


@router.post("/{id}/feedback")
async def give_feedback(
    tenant: Manager,
    session: Session,
    id: UUID,
    given: FeedbackInput,
    requester: Asking,
    now: Now,
    lang: Language = None,
) -> InsightOutput:
    """Say whether a suggestion was of use."""
    return await service.give_feedback(session, tenant, id, given, id_of(requester), now, lang)


@stock_routes.get("/expiring/suggestions")
async def suggest_rescues(
    tenant: Viewer,
    session: Session,
    now: Now,
    lang: Language = None,
    days: Annotated[int, Query(ge=0, le=365)] = 7,
) -> RescueList:
    """What expires within so many days, how much of it the newest plan will not use in time, and
    what to do with that: bake with it, give it away, or throw it away."""
    larder = await load_larder(session, tenant)
    return await rescues.suggest(session, tenant, larder, days, now, lang)
