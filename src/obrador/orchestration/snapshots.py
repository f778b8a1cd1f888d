"""Snapshots as they are kept: the reference by its hash, and what changes from day to day.

Sales are not part of it: they are kept anyway, and a forecast that was made of them is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import LargeBinary, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting.domain import Override
from obrador.inventory.domain import Lot
from obrador.kit.db import copy_rows, table_of
from obrador.kit.pack import pack, unpack
from obrador.orchestration.domain import Snapshot
from obrador.orchestration.models import RunSnapshot
from obrador.orchestration.references import Reference, read_references
from obrador.procurement.domain import OpenOrder
from obrador.production.domain import Begun
from obrador.sales.domain import FirmOrder, SalesHistory
from obrador.tenants.domain import Bakery, Morning

_COLUMNS = ("tenant_id", "business_date", "revision", "taken_at", "missing", "content")
_READ = text("""
    select s.tenant_id, s.missing, s.content from run_snapshots s join unnest(
        cast(:tenants as uuid[]), cast(:dates as date[]), cast(:revisions as smallint[])
    ) as m(tenant_id, business_date, revision) using (tenant_id, business_date, revision)
""").columns(content=LargeBinary)

_LAST_WITH = text("""
    select m.tenant_id, m.part, s.taken_at, s.content from unnest(
        cast(:tenants as uuid[]), cast(:parts as text[]), cast(:since as timestamptz[])
    ) as m(tenant_id, part, since)
    cross join lateral (
        select r.taken_at, r.content from run_snapshots r
        where r.tenant_id = m.tenant_id and r.taken_at > m.since and m.part <> all(r.missing)
        order by r.taken_at desc limit 1
    ) s
""").columns(content=LargeBinary)


@dataclass(frozen=True)
class _Packed:
    reference: UUID | None
    bakery: Bakery
    firm_orders: tuple[FirmOrder, ...]
    lots: tuple[Lot, ...]
    open_orders: tuple[OpenOrder, ...]
    lacking: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    begun: tuple[Begun, ...] = ()
    intraday: Mapping[UUID, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Earlier:
    """What of an earlier snapshot can stand in for a part."""

    tenant: TenantId
    part: str
    taken_at: datetime
    reference: UUID
    lots: tuple[Lot, ...]


@dataclass(frozen=True)
class Kept:
    """What is known of a snapshot without unpacking it."""

    taken_at: datetime
    size: int
    """In bytes."""
    missing: tuple[str, ...]


async def kept(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> Kept | None:
    """The snapshot that a run was planned from; None: there is none, or no longer."""
    row = (
        await session.execute(
            select(
                RunSnapshot.taken_at,
                func.octet_length(RunSnapshot.content).label("size"),
                RunSnapshot.missing,
            ).where(
                RunSnapshot.tenant_id == tenant,
                RunSnapshot.business_date == business_date,
                RunSnapshot.revision == revision,
            )
        )
    ).one_or_none()
    return None if row is None else Kept(row.taken_at, row.size, tuple(row.missing))


async def store(session: AsyncSession, snapshots: Sequence[Snapshot], taken_at: datetime) -> None:
    """Keep snapshots, many bakeries' in one statement."""
    await copy_rows(
        session, table_of(RunSnapshot), _COLUMNS, (_row(each, taken_at) for each in snapshots)
    )


async def reread(
    session: AsyncSession,
    mornings: Sequence[Morning],
    histories: Mapping[TenantId, SalesHistory],
) -> dict[TenantId, Snapshot]:
    """The snapshots of mornings as they were taken. Two queries."""
    values = {
        "tenants": [morning.tenant for morning in mornings],
        "dates": [morning.business_date for morning in mornings],
        "revisions": [morning.revision for morning in mornings],
    }
    rows = (await session.execute(_READ, values)).all()
    packed = {row.tenant_id: unpack(row.content, _Packed) for row in rows}
    missing = {row.tenant_id: tuple(row.missing) for row in rows}
    hashes = {
        morning.tenant: own_hash
        for morning in mornings
        if morning.tenant in packed and (own_hash := packed[morning.tenant].reference) is not None
    }
    read = await read_references(session, hashes.items())
    references = {tenant: read[tenant, own] for tenant, own in hashes.items()}
    return {
        morning.tenant: _snapshot(
            morning,
            packed[morning.tenant],
            references[morning.tenant],
            histories[morning.tenant],
            missing[morning.tenant],
        )
        for morning in mornings
        if morning.tenant in references
    }


async def reread_newest(
    session: AsyncSession,
    mornings: Sequence[Morning],
    histories: Mapping[TenantId, SalesHistory],
) -> dict[TenantId, Snapshot]:
    """The newest snapshots of the mornings' dates, whatever revision they are of."""
    query = select(RunSnapshot.tenant_id, func.max(RunSnapshot.revision)).where(
        tuple_(RunSnapshot.tenant_id, RunSnapshot.business_date).in_(
            [(morning.tenant, morning.business_date) for morning in mornings]
        )
    )
    rows = await session.execute(query.group_by(RunSnapshot.tenant_id))
    revisions = dict(rows.all())
    newest = [
        replace(morning, revision=revisions[morning.tenant])
        for morning in mornings
        if morning.tenant in revisions
    ]
    return await reread(session, newest, histories)


async def reference_of(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> Reference | None:
    """What changes seldom, as a morning took it. Two queries."""
    values = {"tenants": [tenant], "dates": [business_date], "revisions": [revision]}
    row = (await session.execute(_READ, values)).one_or_none()
    own_hash = unpack(row.content, _Packed).reference if row else None
    if own_hash is None:
        return None
    return (await read_references(session, [(tenant, own_hash)])).get((tenant, own_hash))


async def last_with(
    session: AsyncSession, parts: Sequence[tuple[Morning, str]], age: timedelta
) -> list[Earlier]:
    """Of each bakery and part, the last snapshot that had it and was younger when the morning
    began. One query."""
    rows = await session.execute(
        _LAST_WITH,
        {
            "tenants": [morning.tenant for morning, _ in parts],
            "parts": [part for _, part in parts],
            "since": [morning.now - age for morning, _ in parts],
        },
    )
    tenants = {morning.tenant: morning.tenant for morning, _ in parts}
    found = []
    for row in rows:
        packed = unpack(row.content, _Packed)
        if packed.reference is not None:
            tenant = tenants[row.tenant_id]
            found.append(Earlier(tenant, row.part, row.taken_at, packed.reference, packed.lots))
    return found


def _row(snapshot: Snapshot, taken_at: datetime) -> tuple[object, ...]:
    morning = snapshot.morning
    packed = _Packed(
        snapshot.reference,
        morning.bakery,
        snapshot.firm_orders,
        snapshot.lots,
        snapshot.open_orders,
        snapshot.lacking,
        snapshot.overrides,
        snapshot.begun,
        snapshot.intraday,
    )
    return (
        morning.tenant, morning.business_date, morning.revision, taken_at, snapshot.missing,
        pack(packed),
    )  # fmt: skip


def _snapshot(
    morning: Morning,
    packed: _Packed,
    reference: Reference,
    sales: SalesHistory,
    missing: tuple[str, ...],
) -> Snapshot:
    return Snapshot(
        morning,
        reference.catalogue,
        sales,
        packed.firm_orders,
        reference.ingredients,
        packed.lots,
        reference.suppliers,
        reference.prices,
        packed.open_orders,
        packed.reference,
        missing,
        packed.lacking,
        packed.overrides,
        packed.begun,
        packed.intraday,
    )
