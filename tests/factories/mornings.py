"""Mornings of the demo bakery, and what they know once they have planned."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts.domain import MorningFacts
from obrador.alerts.models import AlertRow
from obrador.authz import TenantId
from obrador.forecasting import service as forecasting
from obrador.insights.models import InsightRow
from obrador.notifications.models import NotificationRow
from obrador.onboarding import demo
from obrador.orchestration.facts import facts_of
from obrador.orchestration.planning import plan
from obrador.orchestration.reading import read_snapshots
from obrador.orchestration.service import run_mornings
from obrador.tenants import service as tenants
from obrador.tenants.domain import Morning
from tests.fixtures.people import NOW

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


async def mornings_of(
    session: AsyncSession, bakeries: Sequence[TenantId], day: date = TODAY
) -> list[Morning]:
    """Their mornings of a day."""
    known = await tenants.load_bakeries(session, bakeries)
    now = NOW + (day - TODAY)
    return [
        Morning(each, known[each], day, 0, now.astimezone(ZoneInfo(known[each].time_zone)))
        for each in bakeries
    ]


async def planned_yesterday(
    session: AsyncSession, count: int = 1, *, products: int = 6, days: int = 60, seed: int = 1
) -> list[TenantId]:
    """Demo bakeries that have planned the day before today, whose sales are known, and that nobody
    has been told anything yet."""
    made = await demo.load(session, NOW, seed=seed, products=products, days=days, count=count)
    await run_mornings(session, made, NOW - timedelta(days=1))
    for told in (AlertRow, InsightRow, NotificationRow):
        await session.execute(delete(told))
    return made


async def facts_today(session: AsyncSession, bakeries: Sequence[TenantId]) -> list[MorningFacts]:
    """What this morning's plans know."""
    mornings = await mornings_of(session, bakeries)
    validations = await forecasting.validate(session, mornings)
    snapshots = await read_snapshots(session, mornings)
    return [
        facts_of(snapshots[each], plan(snapshots[each]), validations[each]) for each in bakeries
    ]
