"""How planning reads what was sold: folded months, and rows of the days since.

Rows stay the truth. A trigger on their table tells, in the transaction of a change, from which day
on a bakery's folded months are no longer good (`SalesFold`); whoever reads next reads rows from
that day on, and folds them. While a change is under way, what is read is used and not folded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import LargeBinary, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.sales.domain import SalesHistory
from obrador.sales.folding import fold, month_of, unfold

_FOLDS = text("""
    select tenant_id, version, folded_from, folded_until
    from sales_folds where tenant_id = any(cast(:tenants as uuid[]))
""")
# As one MessagePack array: one value to read and to decode, not one for each month.
_MONTHS = text("""
    select tenant_id, decode('dd', 'hex') || int4send(count(*)::int)
        || string_agg(content, ''::bytea order by month) as contents
    from sales_months
    where tenant_id = any(cast(:tenants as uuid[])) and month between :first and :last
    group by tenant_id
""").columns(contents=LargeBinary)
# Each row's `records` holds 16 bytes for every day and location, in no order, big-endian. As rows
# or lists of numbers, the same would take Python many times as long to read.
_ROWS = text("""
    select s.tenant_id, s.product_id,
        string_agg(
            int4send(s.business_date - t.first) || float8send(s.quantity::float8)
                || int4send(coalesce(extract(epoch from s.sold_out_at)::int / 60, -1)),
            ''::bytea
        ) as records
    from unnest(cast(:tenants as uuid[]), cast(:firsts as date[])) as t(tenant_id, first)
    join daily_sales s on s.tenant_id = t.tenant_id and s.business_date between t.first and :last
    group by s.tenant_id, s.product_id order by s.tenant_id, s.product_id
""")
_RECORD = np.dtype([("day", ">i4"), ("sold", ">f8"), ("sold_out_minute", ">i4")])
_KEEP = text("""
    with good as (
        select f.tenant_id, u.folded_from, u.folded_until
        from sales_folds f join unnest(
            cast(:tenants as uuid[]), cast(:versions as bigint[]),
            cast(:froms as date[]), cast(:untils as date[])
        ) as u(tenant_id, version, folded_from, folded_until)
            on u.tenant_id = f.tenant_id and u.version = f.version
        for update of f skip locked
    ), kept as (
        insert into sales_months (tenant_id, month, content)
        select m.tenant_id, m.month, m.content
        from unnest(
            cast(:month_tenants as uuid[]), cast(:months as date[]), cast(:contents as bytea[])
        ) as m(tenant_id, month, content) join good using (tenant_id)
        on conflict (tenant_id, month) do update set content = excluded.content
    )
    update sales_folds f set folded_from = good.folded_from, folded_until = good.folded_until
    from good where good.tenant_id = f.tenant_id
""")


@dataclass(frozen=True, slots=True)
class _Fold:
    """What is folded of a bakery's sales: all days from the first to the last."""

    version: int
    first: date
    last: date


async def load_history(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[TenantId, SalesHistory]:
    """Daily sales from `first` to `last`, of every product that has any there, by its id.

    Three queries, and one to keep what was folded, however many bakeries.
    """
    if not tenants:
        return {}
    folds = await _folds(session, tenants, first)
    months = await _months(session, tenants, first, last)
    recent = await _recent(session, folds, last)
    histories = {
        tenant: unfold(
            months.get(tenant) if fold.first <= fold.last else None,
            recent.get(tenant),
            first,
            last,
            fold.last,
        )
        for tenant, fold in folds.items()
    }
    await _keep(session, folds, histories, first, last)
    return histories


async def _folds(
    session: AsyncSession, tenants: Sequence[TenantId], first: date
) -> dict[TenantId, _Fold]:
    rows = {r.tenant_id: r for r in await session.execute(_FOLDS, {"tenants": list(tenants)})}
    return {tenant: _fold(rows[tenant], first) for tenant in tenants}


def _fold(row: Any, first: date) -> _Fold:
    """What is folded, or, if that begins too late, nothing from `first` on."""
    if row.folded_until is None or row.folded_from > first or row.folded_until < first:
        return _Fold(row.version, first, first - timedelta(days=1))
    return _Fold(row.version, row.folded_from, row.folded_until)


async def _months(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[UUID, bytes]:
    values = {"tenants": list(tenants), "first": month_of(first), "last": last}
    rows = await session.execute(_MONTHS, values)
    return {row.tenant_id: row.contents for row in rows}


async def _recent(
    session: AsyncSession, folds: dict[TenantId, _Fold], last: date
) -> dict[UUID, SalesHistory]:
    """The days that are not folded, from rows."""
    firsts = {
        tenant: fold.last + timedelta(days=1) for tenant, fold in folds.items() if fold.last < last
    }
    if not firsts:
        return {}
    values = {"tenants": list(firsts), "firsts": list(firsts.values()), "last": last}
    found: dict[UUID, list[tuple[UUID, np.ndarray]]] = {tenant: [] for tenant in firsts}
    for row in await session.execute(_ROWS, values):
        found[row.tenant_id].append((row.product_id, np.frombuffer(row.records, _RECORD)))
    return {
        tenant: _dense(found[tenant], first, (last - first).days + 1)
        for tenant, first in firsts.items()
    }


def _dense(products: Sequence[tuple[UUID, np.ndarray]], first: date, days: int) -> SalesHistory:
    sold = np.full((len(products), days), np.nan)
    sold_out = np.full((len(products), days), np.nan)
    for place, (_, records) in enumerate(products):
        day, minute = records["day"], records["sold_out_minute"]
        sold[place, day] = 0.0
        np.add.at(sold[place], day, records["sold"])
        np.fmax.at(sold_out[place], day, np.where(minute < 0, np.nan, minute))
    return SalesHistory(tuple(product_id for product_id, _ in products), first, sold, sold_out)


async def _keep(
    session: AsyncSession,
    folds: dict[TenantId, _Fold],
    histories: dict[TenantId, SalesHistory],
    first: date,
    last: date,
) -> None:
    """Fold the months that rows were read of."""
    grown = {tenant: own for tenant, own in folds.items() if own.last < last}
    months = [
        (tenant, month, content)
        for tenant, own in grown.items()
        for month, content in fold(_since(histories[tenant], own.last)).items()
    ]
    if not grown:
        return
    await session.execute(
        _KEEP,
        {
            "tenants": list(grown),
            "versions": [own.version for own in grown.values()],
            "froms": [min(own.first, first) for own in grown.values()],
            "untils": [last] * len(grown),
            "month_tenants": [tenant for tenant, _, _ in months],
            "months": [month for _, month, _ in months],
            "contents": [content for _, _, content in months],
        },
    )


def _since(history: SalesHistory, folded_until: date) -> SalesHistory:
    """The history from the first day of the month that is to be folded next."""
    start = max((month_of(folded_until + timedelta(days=1)) - history.first).days, 0)
    return SalesHistory(
        history.product_ids,
        history.first + timedelta(days=start),
        history.sold[:, start:],
        history.sold_out_minute[:, start:],
    )
