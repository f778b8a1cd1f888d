"""Snapshots as they are kept: the reference by its hash, and what changes from day to day.

Sales are not part of it: they are kept anyway, and a forecast that was made of them is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.domain import Lot
from obrador.kit.db import copy_rows, table_of
from obrador.kit.pack import pack, unpack
from obrador.orchestration.domain import Snapshot
from obrador.orchestration.models import RunSnapshot
from obrador.orchestration.references import Reference, read_references
from obrador.procurement.domain import OpenOrder
from obrador.sales.domain import FirmOrder, SalesHistory
from obrador.tenants.domain import Bakery, Morning

_COLUMNS = ("tenant_id", "business_date", "revision", "taken_at", "missing", "content")
_READ = text("""
    select s.tenant_id, s.content from run_snapshots s join unnest(
        cast(:tenants as uuid[]), cast(:dates as date[]), cast(:revisions as smallint[])
    ) as m(tenant_id, business_date, revision) using (tenant_id, business_date, revision)
""").columns(content=LargeBinary)


@dataclass(frozen=True)
class _Packed:
    reference: UUID | None
    bakery: Bakery
    firm_orders: tuple[FirmOrder, ...]
    lots: tuple[Lot, ...]
    open_orders: tuple[OpenOrder, ...]


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
    rows = await session.execute(_READ, values)
    packed = {row.tenant_id: unpack(row.content, _Packed) for row in rows}
    references = await read_references(
        session,
        {
            morning.tenant: own_hash
            for morning in mornings
            if morning.tenant in packed
            and (own_hash := packed[morning.tenant].reference) is not None
        },
    )
    return {
        morning.tenant: _snapshot(
            morning, packed[morning.tenant], references[morning.tenant], histories[morning.tenant]
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
    revisions = dict(rows.tuples().all())
    newest = [
        replace(morning, revision=revisions[morning.tenant])
        for morning in mornings
        if morning.tenant in revisions
    ]
    return await reread(session, newest, histories)


def _row(snapshot: Snapshot, taken_at: datetime) -> tuple[object, ...]:
    morning = snapshot.morning
    packed = _Packed(
        snapshot.reference,
        morning.bakery,
        snapshot.firm_orders,
        snapshot.lots,
        snapshot.open_orders,
    )
    return (
        morning.tenant, morning.business_date, morning.revision, taken_at, snapshot.missing,
        pack(packed),
    )  # fmt: skip


def _snapshot(
    morning: Morning, packed: _Packed, reference: Reference, sales: SalesHistory
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
    )
