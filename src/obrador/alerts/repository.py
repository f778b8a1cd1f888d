"""Every query on alerts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts.domain import Alert, Kind
from obrador.alerts.models import AlertRow
from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository
from obrador.kit.db import insert_missing, table_of
from obrador.kit.ids import new_id
from obrador.kit.queries import any_of
from obrador.tenants.domain import Morning

ACTIVE = ("open", "acknowledged")
_LAPSE = text("""
    update alerts a set status = 'resolved', resolved_at = k.now
    from unnest(cast(:tenants as uuid[]), cast(:days as date[]), cast(:moments as timestamptz[]))
        as k(tenant_id, day, now)
    where a.tenant_id = k.tenant_id and a.relevant_until < k.day
        and a.status in ('open', 'acknowledged')
""")
_ARCHIVE = text("""
    update alerts set status = 'archived' where (tenant_id, id) in (
        select tenant_id, id from alerts
        where status = 'resolved' and resolved_at < :older_than
            and tenant_id = any(cast(:tenants as uuid[]))
        order by resolved_at limit :limit for update skip locked
    ) returning id
""")

_COLUMNS = (
    "tenant_id, id, business_date, kind, severity, key, facts, relevant_until, status, raised_at"
)
_KEEP = text(f"""
    insert into alerts ({_COLUMNS})
    select {_COLUMNS} from json_populate_recordset(null::alerts, cast(:rows as json))
    on conflict (tenant_id, key) do update set
        severity = excluded.severity, facts = excluded.facts,
        relevant_until = excluded.relevant_until, resolved_at = null,
        status = case alerts.status when 'resolved' then 'open' else alerts.status end,
        raised_at = case alerts.status
            when 'resolved' then excluded.raised_at else alerts.raised_at end
    where alerts.status in ('open', 'acknowledged')
            and (alerts.severity, alerts.facts) is distinct from (excluded.severity, excluded.facts)
        or alerts.status = 'resolved' and alerts.resolved_by is null
            and coalesce(excluded.relevant_until, 'infinity') >= excluded.business_date
    returning tenant_id, key, raised_at
""")  # noqa: S608  our own words
_RETIRE = text("""
    update alerts a set key = a.key || '#' || a.id,
        status = case when a.status in ('open', 'acknowledged') then 'resolved' else a.status end,
        resolved_at = coalesce(a.resolved_at, :now)
    where a.tenant_id = any(cast(:tenants as uuid[]))
        and a.kind in ('stock_low', 'stock_critical') and a.key not like '%#%'
        and not exists (
            select from unnest(cast(:owners as uuid[]), cast(:keys as text[])) as k(tenant_id, key)
            where k.tenant_id = a.tenant_id and k.key = a.key
        )
""")
_SETTLE = text("""
    update alerts a set status = 'resolved', resolved_at = :now
    where a.tenant_id = any(cast(:tenants as uuid[])) and a.kind = any(cast(:kinds as text[]))
        and a.status in ('open', 'acknowledged')
        and not exists (
            select from unnest(cast(:owners as uuid[]), cast(:keys as text[])) as k(tenant_id, key)
            where k.tenant_id = a.tenant_id and k.key = a.key
        )
""")


class Alerts(ScopedRepository[AlertRow]):
    """A bakery's alerts."""

    model = AlertRow


async def add(session: AsyncSession, alerts: Sequence[tuple[Morning, Sequence[Alert]]]) -> int:
    """Keep alerts of which none with the same key has been raised; returns how many."""
    return await insert_missing(
        session,
        table_of(AlertRow),
        [_row(morning, each) for morning, found in alerts for each in found],
    )


async def keep(
    session: AsyncSession, alerts: Sequence[tuple[Morning, Sequence[Alert]]]
) -> set[tuple[UUID, str]]:
    """Keep alerts as they are now: new ones, those that still wait with what has changed of them,
    and those that had resolved by themselves, which are open again; what somebody has resolved
    stays so. Returns those that are new or changed, by tenant and key. One statement."""
    return {(row.tenant_id, row.key) for row in await _kept(session, alerts)}


async def keep_raised(
    session: AsyncSession, alerts: Sequence[tuple[Morning, Sequence[Alert]]]
) -> set[tuple[UUID, str]]:
    """As `keep`; returns bakery and key of those that are new, or open again."""
    moments = {morning.tenant: morning.now for morning, _ in alerts}
    kept = await _kept(session, alerts)
    return {(row.tenant_id, row.key) for row in kept if row.raised_at == moments[row.tenant_id]}


async def retire_stock(
    session: AsyncSession,
    tenants: Sequence[TenantId],
    standing: Sequence[tuple[TenantId, str]],
    now: datetime,
) -> None:
    """Resolve alerts of low and critical stock but for those, by key, that still stand, and free
    their keys, those that people have resolved among them: when it happens again, that is a new
    cause. One statement."""
    values = {
        "tenants": list(tenants),
        "owners": [tenant for tenant, _ in standing],
        "keys": [key for _, key in standing],
        "now": now,
    }
    await session.execute(_RETIRE, values)


async def _kept(
    session: AsyncSession, alerts: Sequence[tuple[Morning, Sequence[Alert]]]
) -> Sequence[Row[Any]]:
    rows = [_row(morning, each) for morning, found in alerts for each in found]
    if not rows:
        return ()
    values = {"rows": msgspec.json.encode(rows).decode()}
    return (await session.execute(_KEEP, values)).all()


async def settle(
    session: AsyncSession,
    tenants: Sequence[TenantId],
    kinds: Sequence[Kind],
    standing: Sequence[tuple[TenantId, str]],
    now: datetime,
) -> None:
    """Resolve alerts of these kinds but for those, by key, that still stand. One statement."""
    values = {
        "tenants": list(tenants),
        "kinds": list(kinds),
        "owners": [tenant for tenant, _ in standing],
        "keys": [key for _, key in standing],
        "now": now,
    }
    await session.execute(_SETTLE, values)


async def resolve_keys(
    session: AsyncSession, tenant: TenantId, keys: Sequence[str], now: datetime
) -> None:
    """Resolve what has lost its point, by key."""
    await session.execute(
        update(AlertRow)
        .where(AlertRow.tenant_id == tenant, AlertRow.key.in_(keys), AlertRow.status.in_(ACTIVE))
        .values(status="resolved", resolved_at=now)
    )


async def resolve_trend(
    session: AsyncSession, tenant: TenantId, recipe_id: UUID, now: datetime
) -> None:
    """Resolve what was said of a recipe's yields."""
    await session.execute(
        update(AlertRow)
        .where(
            AlertRow.tenant_id == tenant,
            AlertRow.kind == "yield_trend",
            AlertRow.facts["id"].astext == str(recipe_id),
            AlertRow.status.in_(ACTIVE),
        )
        .values(status="resolved", resolved_at=now)
    )


async def lapse(session: AsyncSession, mornings: Sequence[Morning]) -> None:
    """Resolve alerts whose day has passed."""
    values = {
        "tenants": [morning.tenant for morning in mornings],
        "days": [morning.business_date for morning in mornings],
        "moments": [morning.now for morning in mornings],
    }
    await session.execute(_LAPSE, values)


async def archive(
    session: AsyncSession, tenants: Sequence[TenantId], older_than: datetime, limit: int
) -> int:
    """Archive up to `limit` alerts that were resolved before; returns how many."""
    values = {"tenants": list(tenants), "older_than": older_than, "limit": limit}
    return len((await session.execute(_ARCHIVE, values)).all())


async def count_active(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[UUID, dict[str, int]]:
    """How many alerts are open or acknowledged, by severity. One query."""
    query = (
        select(AlertRow.tenant_id, AlertRow.severity, func.count())
        .where(AlertRow.tenant_id == any_of(tenants), AlertRow.status.in_(ACTIVE))
        .group_by(AlertRow.tenant_id, AlertRow.severity)
    )
    found: dict[UUID, dict[str, int]] = {tenant: {} for tenant in tenants}
    for tenant_id, severity, count in await session.execute(query):
        found[tenant_id][severity] = count
    return found


async def count_raised(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[UUID, tuple[int, int]]:
    """How many alerts were raised from the first to the last day, and how many of them are
    resolved. One query."""
    is_done = AlertRow.status.not_in(ACTIVE)
    query = (
        select(AlertRow.tenant_id, func.count(), func.count().filter(is_done))
        .where(AlertRow.tenant_id == any_of(tenants), AlertRow.business_date.between(first, last))
        .group_by(AlertRow.tenant_id)
    )
    return {row[0]: (row[1], row[2]) for row in await session.execute(query)}


def _row(morning: Morning, alert: Alert) -> dict[str, Any]:
    return {
        "tenant_id": morning.tenant,
        "id": new_id(),
        "business_date": morning.business_date,
        "kind": alert.kind,
        "severity": alert.severity,
        "key": alert.key,
        "facts": alert.facts,
        "relevant_until": alert.relevant_until,
        "status": "open",
        "raised_at": morning.now,
    }
