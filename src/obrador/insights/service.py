"""Use cases of insights: find, keep once, list, hear what people think of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import service as forecasting
from obrador.forecasting.domain import Decision
from obrador.insights import finding, purchasing, repository, reviewing
from obrador.insights.domain import Counts, Insight, Kind, MorningFacts
from obrador.insights.models import InsightRow
from obrador.insights.repository import Insights, Reviews
from obrador.insights.review_schemas import ReviewOutput
from obrador.insights.schemas import FeedbackInput, InsightOutput
from obrador.kit.pagination import Page, PageRequest
from obrador.tenants.domain import Morning
from obrador.tenants.service import currency_of, speech_of


async def from_morning(
    session: AsyncSession, facts: Sequence[MorningFacts]
) -> dict[TenantId, Counts]:
    """Find what mornings suggest, and tell what has not been told this week. Three statements."""
    keys = [(each.morning.tenant, each.morning.business_date) for each in facts]
    products = await forecasting.load_products(session, keys, finding.LOOK_BACK_DAYS)
    return await _keep(
        session,
        [(each.morning, finding.daily(each, products[each.morning.tenant])) for each in facts],
    )


async def review_purchasing(
    session: AsyncSession, facts: Sequence[MorningFacts]
) -> dict[TenantId, Counts]:
    """The weekly review of purchasing: the whole list, and the suggestions of most value. Three
    statements."""
    reviews = [(each.morning, reviewing.review(each)) for each in facts]
    await repository.add_reviews(session, reviews)
    return await _keep(
        session,
        [
            (each.morning, (*purchasing.review(each), *purchasing.alternatives(each, found)))
            for each, (_, found) in zip(facts, reviews, strict=True)
        ],
    )


async def page_of_reviews(
    session: AsyncSession, tenant: TenantId, paging: PageRequest
) -> Page[ReviewOutput]:
    """A page of weekly reviews, newest first."""
    found = await Reviews(session, tenant).newest(paging)
    currency = await currency_of(session, tenant)
    items = [ReviewOutput.of(row, currency) for row in found.rows]
    return Page[ReviewOutput](items=items, next_cursor=found.next_cursor)


async def from_decisions(
    session: AsyncSession, mornings: Sequence[Morning], decisions: Mapping[TenantId, Decision]
) -> dict[TenantId, Counts]:
    """Tell whose forecasts have become so poor that retraining is due. Two statements."""
    return await _keep(
        session,
        [
            (morning, finding.drift(morning.business_date, decisions[morning.tenant]))
            for morning in mornings
            if morning.tenant in decisions
        ],
    )


async def page(
    session: AsyncSession,
    tenant: TenantId,
    paging: PageRequest,
    language: str | None,
    kind: Kind | None = None,
) -> Page[InsightOutput]:
    """A page of insights, newest first."""
    is_of = true() if kind is None else InsightRow.kind == kind
    found = await Insights(session, tenant).newest(paging, is_of)
    say = await speech_of(session, tenant, language)
    items = [InsightOutput.of(row, say) for row in found.rows]
    return Page[InsightOutput](items=items, next_cursor=found.next_cursor)


async def give_feedback(
    session: AsyncSession,
    tenant: TenantId,
    insight_id: UUID,
    given: FeedbackInput,
    by: UUID,
    now: datetime,
    language: str | None,
) -> InsightOutput:
    """Keep what somebody thinks of an insight; the last word counts.

    Raises:
        NotFound: it is not there.
    """
    row = await Insights(session, tenant).lock(insight_id)
    row.feedback, row.comment = given.feedback, given.comment
    row.feedback_at, row.feedback_by = now, by
    await session.flush()
    return InsightOutput.of(row, await speech_of(session, tenant, language))


async def _keep(
    session: AsyncSession, insights: Sequence[tuple[Morning, Sequence[Insight]]]
) -> dict[TenantId, Counts]:
    posted = await repository.add(session, insights)
    return {
        morning.tenant: Counts(len(found), posted.get(morning.tenant, 0))
        for morning, found in insights
    }
