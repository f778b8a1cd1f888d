"""Every query on validations and what is decided from them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, Date, LargeBinary, Row, Uuid, cast, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository
from obrador.forecasting.domain import (
    PRODUCT_DAY,
    Accuracy,
    DayAccuracy,
    Decision,
    LocationAccuracy,
    ProductDays,
    Validation,
)
from obrador.forecasting.models import RetrainingDecision, ValidationRun
from obrador.kit.db import insert_missing, table_of, upsert_rows
from obrador.kit.ids import new_id
from obrador.kit.pagination import PageRequest, Slice
from obrador.kit.queries import any_of

_RUNS = table_of(ValidationRun)
_FIGURES = [_RUNS.c[field.name] for field in fields(Accuracy)]
_WHOLE = (
    _RUNS.c.tenant_id,
    _RUNS.c.business_date,
    _RUNS.c.revision,
    _RUNS.c.by_product,
    _RUNS.c.by_location,
    *_FIGURES,
)
_PRODUCTS = text("""
    select v.tenant_id, string_agg(v.by_product, '' order by v.business_date) as by_product
    from unnest(cast(:tenants as uuid[]), cast(:days as date[])) as k(tenant_id, until)
    cross join lateral (
        select r.tenant_id, r.business_date, r.by_product from validation_runs r
        where r.tenant_id = k.tenant_id and r.business_date < k.until
            and r.business_date >= k.until - cast(:most as integer)
    ) v
    group by v.tenant_id
""").columns(by_product=LargeBinary)


class ValidationRuns(ScopedRepository[ValidationRun]):
    """A bakery's validations."""

    model = ValidationRun

    async def newest_days(self, paging: PageRequest) -> Slice[ValidationRun]:
        """A page of them, newest day first.

        Raises:
            NotFound: the cursor is none of them.
        """
        query = self.query().order_by(ValidationRun.business_date.desc()).limit(paging.limit + 1)
        if paging.cursor is not None:
            query = query.where(
                ValidationRun.business_date < (await self.get(paging.cursor)).business_date
            )
        rows = (await self.session.scalars(query)).all()
        return Slice.cut(rows, paging.limit, lambda row: row.id)

    async def between(self, first: date, last: date) -> list[ValidationRun]:
        """Those of days from the first to the last, in order."""
        query = self.query().where(ValidationRun.business_date.between(first, last))
        return list(await self.session.scalars(query.order_by(ValidationRun.business_date)))


async def read_validations(
    session: AsyncSession, keys: Sequence[tuple[TenantId, date]]
) -> dict[tuple[UUID, date], Validation]:
    """Those of these bakeries and days that there are. One query."""
    given = select(
        func.unnest(_array([tenant for tenant, _ in keys], Uuid)).label("tenant_id"),
        func.unnest(_array([day for _, day in keys], Date)).label("day"),
    ).subquery()
    query = select(*_WHOLE).join(
        given,
        (_RUNS.c.tenant_id == given.c.tenant_id) & (_RUNS.c.business_date == given.c.day),
    )
    return {
        (row.tenant_id, row.business_date): Validation(
            row.business_date,
            row.revision,
            _accuracy(row),
            records_of(row.by_product),
            locations_of(row.by_location),
        )
        for row in await session.execute(query)
    }


async def read_trend(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[UUID, list[DayAccuracy]]:
    """Figures of every validated day from the first to the last, in order, without products. One
    query."""
    query = (
        select(_RUNS.c.tenant_id, _RUNS.c.business_date, *_FIGURES)
        .where(_RUNS.c.tenant_id == any_of(tenants), _RUNS.c.business_date.between(first, last))
        .order_by(_RUNS.c.tenant_id, _RUNS.c.business_date)
    )
    found: dict[UUID, list[DayAccuracy]] = {tenant: [] for tenant in tenants}
    for row in await session.execute(query):
        found[row.tenant_id].append(DayAccuracy(row.business_date, _accuracy(row)))
    return found


async def read_products(
    session: AsyncSession, keys: Sequence[tuple[TenantId, date]], most_days: int
) -> dict[UUID, ProductDays]:
    """Records of all products of the days validated in the `most_days` before each key's day, in
    the order of days; without bakeries that have none. One query."""
    values = {
        "tenants": [tenant for tenant, _ in keys],
        "days": [day for _, day in keys],
        "most": most_days,
    }
    return {
        row.tenant_id: records_of(row.by_product)
        for row in await session.execute(_PRODUCTS, values)
    }


async def save(session: AsyncSession, validations: Mapping[TenantId, Sequence[Validation]]) -> None:
    """Store validations; of days that have one, nothing."""
    await insert_missing(
        session,
        _RUNS,
        [_row(tenant, each) for tenant, all_ in validations.items() for each in all_],
    )


async def replace(session: AsyncSession, tenant: TenantId, found: Sequence[Validation]) -> None:
    """Put validations in the place of those of the same days."""
    days = [each.day for each in found]
    runs = await session.execute(
        select(_RUNS.c.business_date, _RUNS.c.id).where(
            _RUNS.c.tenant_id == tenant, _RUNS.c.business_date.in_(days)
        )
    )
    ids = {row.business_date: row.id for row in runs}
    rows = [_row(tenant, each) for each in found]
    kept = [
        row | {"id": ids[row["business_date"]], "by_product": f"\\x{row['by_product'].hex()}"}
        for row in rows
        if row["business_date"] in ids
    ]
    await upsert_rows(session, _RUNS, kept)
    await insert_missing(session, _RUNS, [row for row in rows if row["business_date"] not in ids])


async def save_decisions(
    session: AsyncSession, decisions: Sequence[tuple[TenantId, date, Decision]]
) -> None:
    """Store decisions; where there is one for the day, nothing."""
    await insert_missing(
        session,
        table_of(RetrainingDecision),
        [
            {"tenant_id": tenant, "business_date": day, **asdict(decision)}
            for tenant, day, decision in decisions
        ],
    )


def records_of(content: bytes) -> ProductDays:
    """Products as they were stored."""
    return np.frombuffer(content, PRODUCT_DAY)


def locations_of(content: Sequence[Mapping[str, Any]]) -> tuple[LocationAccuracy, ...]:
    """Locations as they were stored."""
    return tuple(LocationAccuracy(**each) for each in content)


def _array(values: Sequence[Any], kind: type[TypeEngine[Any]]) -> ColumnElement[Any]:
    """One bound value, however many there are."""
    return cast(values, ARRAY(kind))


def _row(tenant: TenantId, each: Validation) -> dict[str, Any]:
    return {
        "tenant_id": tenant,
        "id": new_id(),
        "business_date": each.day,
        "revision": each.revision,
        "by_product": each.products.tobytes(),
        "by_location": [asdict(location) for location in each.locations],
        **asdict(each.accuracy),
    }


def _accuracy(row: Row[Any]) -> Accuracy:
    return Accuracy(**{column.name: getattr(row, column.name) for column in _FIGURES})
