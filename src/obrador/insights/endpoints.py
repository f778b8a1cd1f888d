"""HTTP face of insights."""

from uuid import UUID

from fastapi import APIRouter

from obrador.authz.access import Manager, Viewer
from obrador.authz.requester import Asking, id_of
from obrador.insights import service
from obrador.insights.domain import Kind
from obrador.insights.review_schemas import ReviewOutput
from obrador.insights.schemas import FeedbackInput, InsightOutput
from obrador.kit.http import IN_A_TENANT, Language, Now, Session
from obrador.kit.pagination import Page, Paging

router = APIRouter(prefix="/insights", tags=["insights"], responses=IN_A_TENANT)

reviews = APIRouter(prefix="/procurement/reviews", tags=["procurement"], responses=IN_A_TENANT)


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
