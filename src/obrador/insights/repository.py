"""Every query on insights."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz.scoped import ScopedRepository
from obrador.insights.domain import Insight
from obrador.insights.models import InsightRow, PurchaseReview
from obrador.insights.reviewing import Review
from obrador.kit.db import insert_missing, table_of
from obrador.kit.ids import new_id
from obrador.tenants.domain import Morning

_COUNT = text("""
    select i.tenant_id, count(*) from insights i
    join unnest(cast(:tenants as uuid[]), cast(:keys as text[]), cast(:days as date[]))
        as k(tenant_id, key, day)
        on i.tenant_id = k.tenant_id and i.key = k.key and i.business_date = k.day
    group by i.tenant_id
""")


class Reviews(ScopedRepository[PurchaseReview]):
    """A bakery's weekly reviews of purchasing."""

    model = PurchaseReview


class Insights(ScopedRepository[InsightRow]):
    """A bakery's insights."""

    model = InsightRow


async def add(
    session: AsyncSession, insights: Sequence[tuple[Morning, Sequence[Insight]]]
) -> dict[UUID, int]:
    """Keep insights of which none with the same key has been told; how many of them are these
    mornings' own, by bakery. At most two statements."""
    rows = [_row(morning, each) for morning, found in insights for each in found]
    if not rows:
        return {}
    await insert_missing(session, table_of(InsightRow), rows)
    values = {
        "tenants": [row["tenant_id"] for row in rows],
        "keys": [row["key"] for row in rows],
        "days": [row["business_date"] for row in rows],
    }
    return {row[0]: row[1] for row in await session.execute(_COUNT, values)}


async def add_reviews(session: AsyncSession, reviews: Sequence[tuple[Morning, Review]]) -> None:
    """Keep reviews; of a day, the first one stands. One statement."""
    rows = [
        {
            "tenant_id": morning.tenant,
            "id": new_id(),
            "business_date": morning.business_date,
            "made_at": morning.now,
            "saving_minor": found.saving_minor,
            "dead_minor": found.dead_minor,
            "content": asdict(found),
        }
        for morning, found in reviews
    ]
    await insert_missing(session, table_of(PurchaseReview), rows)


def _row(morning: Morning, insight: Insight) -> dict[str, Any]:
    return {
        "tenant_id": morning.tenant,
        "id": new_id(),
        "business_date": morning.business_date,
        "kind": insight.kind,
        "key": insight.key,
        "facts": insight.facts,
        "value_minor": insight.value_minor,
        "made_at": morning.now,
        "comment": "",
    }
