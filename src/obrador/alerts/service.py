"""Use cases of alerts: raise, list, acknowledge, resolve, archive."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts import repository
from obrador.alerts.detection import alerts_of
from obrador.alerts.domain import Alert, MorningFacts, Severity, Status
from obrador.alerts.models import AlertRow
from obrador.alerts.orders import order_settled, raise_of_order
from obrador.alerts.repository import ACTIVE, Alerts
from obrador.alerts.schemas import AlertOutput
from obrador.alerts.watching import judge_batch, watch_floors
from obrador.alerts.watching_stock import from_plans, watch_stock
from obrador.alerts.wording import sentence
from obrador.authz import TenantId
from obrador.kit.errors import Conflict
from obrador.kit.pagination import Page, PageRequest
from obrador.production import service as production
from obrador.revisions import Stale
from obrador.tenants.domain import Morning
from obrador.tenants.service import speech_of

__all__ = [
    "acknowledge",
    "archive_resolved",
    "count_active",
    "count_raised",
    "escalate_stale",
    "from_morning",
    "judge_batch",
    "order_settled",
    "page",
    "raise_alerts",
    "raise_of_order",
    "resolve",
    "schedule_seen",
    "sentence",
    "watch_floors",
    "watch_stock",
]


async def from_morning(session: AsyncSession, facts: Sequence[MorningFacts]) -> dict[TenantId, int]:
    """Raise what mornings are alarmed about, and resolve what has lost its point; how many each
    bakery's morning raises, whether or not they were raised before. At most six statements."""
    # Stock first: what still stands has a new day until which it matters, and does not lapse.
    of_stock = await from_plans(session, facts)
    alerts = [(each.morning, alerts_of(each)) for each in facts]
    if alerts:
        await repository.lapse(session, [morning for morning, _ in alerts])
    await raise_alerts(session, alerts)
    return {morning.tenant: len(found) + of_stock[morning.tenant] for morning, found in alerts}


async def raise_alerts(
    session: AsyncSession, alerts: Sequence[tuple[Morning, Sequence[Alert]]]
) -> int:
    """Keep the alerts that have not been raised before, by their keys; how many those are. One
    statement."""
    return await repository.add(session, alerts)


async def escalate_stale(
    session: AsyncSession, mornings: Sequence[Morning]
) -> dict[TenantId, Stale]:
    """Archive production schedules that nobody acted on in time, and raise an alert where
    today's has not been looked at; how many of each there are."""
    stale = await production.archive_stale(session, mornings)
    await raise_alerts(
        session,
        [(each, [_waiting(each)]) for each in mornings if stale[each.tenant].waiting],
    )
    return stale


async def schedule_seen(session: AsyncSession, tenant: TenantId, day: date, now: datetime) -> None:
    """Somebody has decided on the schedule of a day, so that nobody need be told to."""
    await repository.resolve_keys(session, tenant, [_waiting_key(day)], now)


async def archive_resolved(
    session: AsyncSession, tenants: Sequence[TenantId], older_than: datetime, limit: int = 10_000
) -> int:
    """Archive up to `limit` alerts of these bakeries that were resolved before `older_than`;
    returns how many. Call it again, in a new transaction, until it returns less than `limit`."""
    return await repository.archive(session, tenants, older_than, limit)


async def count_active(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, dict[str, int]]:
    """How many alerts wait for somebody, by severity. One query."""
    found = await repository.count_active(session, tenants)
    return {tenant: found[tenant] for tenant in tenants}


async def count_raised(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[TenantId, tuple[int, int]]:
    """How many alerts were raised from the first to the last day, and how many of those are
    resolved. One query."""
    found = await repository.count_raised(session, tenants, first, last)
    return {tenant: found.get(tenant, (0, 0)) for tenant in tenants}


async def page(
    session: AsyncSession,
    tenant: TenantId,
    paging: PageRequest,
    language: str | None,
    *,
    status: Status | None = None,
    severity: Severity | None = None,
) -> Page[AlertOutput]:
    """A page of alerts, newest first; without a status, those that wait for somebody."""
    statuses = ACTIVE if status is None else (status,)
    is_of = true() if severity is None else AlertRow.severity == severity
    found = await Alerts(session, tenant).newest(paging, AlertRow.status.in_(statuses), is_of)
    say = await speech_of(session, tenant, language)
    items = [AlertOutput.of(row, say) for row in found.rows]
    return Page[AlertOutput](items=items, next_cursor=found.next_cursor)


async def acknowledge(
    session: AsyncSession,
    tenant: TenantId,
    alert_id: UUID,
    by: UUID,
    now: datetime,
    language: str | None,
) -> AlertOutput:
    """Somebody has seen it and looks after it. Repeating it changes nothing.

    Raises:
        NotFound: it is not there.
        Conflict: it is resolved already.
    """
    row = await Alerts(session, tenant).lock(alert_id)
    if row.status not in ACTIVE:
        raise Conflict("This alert is resolved already; there is nothing left to do about it.")
    if row.status == "open":
        row.status, row.acknowledged_at, row.acknowledged_by = "acknowledged", now, by
        await session.flush()
    return AlertOutput.of(row, await speech_of(session, tenant, language))


async def resolve(
    session: AsyncSession,
    tenant: TenantId,
    alert_id: UUID,
    by: UUID,
    now: datetime,
    language: str | None,
) -> AlertOutput:
    """Nothing is left to do about it. Repeating it changes nothing.

    Raises:
        NotFound: it is not there.
    """
    row = await Alerts(session, tenant).lock(alert_id)
    if row.status in ACTIVE:
        row.status, row.resolved_at, row.resolved_by = "resolved", now, by
        await session.flush()
    return AlertOutput.of(row, await speech_of(session, tenant, language))


def _waiting(morning: Morning) -> Alert:
    day = morning.business_date
    facts = {"day": day.isoformat()}
    return Alert("schedule_waiting", "warning", _waiting_key(day), facts, day)


def _waiting_key(day: date) -> str:
    return f"schedule_waiting:{day}"
