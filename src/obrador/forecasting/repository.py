"""Every query on forecasts. A morning's forecast is one packed row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache as once
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Date, LargeBinary, Select, Uuid, bindparam, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.drivers.service import drivers_state
from obrador.forecasting import models
from obrador.forecasting.domain import (
    QUANTILE_LEVELS,
    RESOLUTION,
    DayForecast,
    DriverTable,
    Floats,
    Forecast,
    Model,
    Overridden,
)
from obrador.forecasting.known_drivers import DRIVER_DAYS
from obrador.forecasting.overrides import overrides_state
from obrador.forecasting.registry import champion_state
from obrador.kit.db import copy_rows, table_of
from obrador.kit.pack import pack, unpack
from obrador.sales import service as sales
from obrador.tenants import service as tenants
from obrador.tenants.domain import Morning

_TABLE = table_of(models.Forecast)
_FACTORS = 4
_COLUMNS = ("tenant_id", "business_date", "revision", "content")


@dataclass(frozen=True)
class _Packed:
    """A forecast as it is stored. Axes as in `domain.Forecast`."""

    product_ids: tuple[UUID, ...]
    first_day: date
    days: int
    values: bytes
    """(P, H, 1 + Q) int32: mean and quantiles in units of `domain.RESOLUTION`."""
    models: tuple[Model, ...]
    levels: bytes
    """(P, 2) float32: level and trend."""
    factors: bytes
    """(P, H, 4) float32: as in `DriverTable`; the last is not in older ones, and was 1."""
    holidays: tuple[str | None, ...]
    """(H,)"""
    model_version: int | None = None
    overridden: tuple[Overridden, ...] = ()


@dataclass(frozen=True, slots=True)
class Basis:
    """What forecasts of a bakery depend on, as it is now: states are others after each change."""

    time_zone: str
    locale: str
    currency: str
    bakery_state: str
    product_ids: tuple[UUID, ...]
    """Of what is sold at present, by name."""
    products_state: str
    watched_until: date | None
    """The last day whose sales are watched for changes."""
    sales_state: UUID | None
    model: str
    """Version and state of the champion; "profile", where there is none."""
    overrides_state: str
    drivers_state: str
    """Of promotions and weather that a forecast looks at."""


async def read_basis(session: AsyncSession, tenant: TenantId, now: datetime) -> Basis | None:
    """The basis of a bakery's forecasts, if there is such a bakery. One query."""
    # Today is no earlier than this in any time zone.
    values = {"tenant": tenant, "first": now.astimezone(UTC).date() - timedelta(days=1)}
    row = (await session.execute(_basis_query(), values)).one_or_none()
    if row is None:
        return None
    return Basis(
        time_zone=row.time_zone,
        locale=row.locale,
        currency=row.currency,
        bakery_state=f"{row.place_state}:{row.days_state}",
        product_ids=tuple(row.product_ids or ()),
        products_state=str(row.products_state),
        watched_until=row.watched_until,
        sales_state=row.watched_state,
        model=row.model or "profile",
        overrides_state=str(row.overrides_state),
        drivers_state=str(row.drivers_state),
    )


@once
def _basis_query() -> Select[Any]:
    """Made once: it takes SQLAlchemy longer to make it than the database to answer it."""
    tenant = bindparam("tenant", type_=Uuid)
    place = tenants.place_of(tenant).subquery()
    products = catalogue.products_on_sale(tenant).subquery()
    watched = sales.watched(tenant).subquery()
    overrides = overrides_state(tenant, bindparam("first", type_=Date))
    drivers = drivers_state(tenant, bindparam("first", type_=Date), DRIVER_DAYS)
    return select(
        place,
        products,
        watched,
        champion_state(tenant).scalar_subquery().label("model"),
        overrides.scalar_subquery().label("overrides_state"),
        drivers.scalar_subquery().label("drivers_state"),
    ).select_from(place.join(products, true()).join(watched, true()))


async def newest(session: AsyncSession, tenant: TenantId) -> tuple[date, int] | None:
    """Business date and revision of the morning that foresaw something last."""
    stored = models.Forecast
    row = (
        await session.execute(
            select(stored.business_date, stored.revision)
            .where(stored.tenant_id == tenant)
            .order_by(stored.business_date.desc(), stored.revision.desc())
            .limit(1)
        )
    ).one_or_none()
    return None if row is None else (row.business_date, row.revision)


async def save(session: AsyncSession, forecasts: Sequence[tuple[Morning, Forecast]]) -> None:
    """Write the forecasts of many tenants at once."""
    await copy_rows(
        session,
        _TABLE,
        _COLUMNS,
        (
            (morning.tenant, morning.business_date, morning.revision, pack(_packed(forecast)))
            for morning, forecast in forecasts
        ),
    )


async def read(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> Forecast | None:
    """One morning's forecast."""
    stored = models.Forecast
    content = await session.scalar(
        select(stored.content).where(
            stored.tenant_id == tenant,
            stored.business_date == business_date,
            stored.revision == revision,
        )
    )
    return None if content is None else _unpacked(unpack(content, _Packed))


async def read_many(session: AsyncSession, mornings: Sequence[Morning]) -> dict[TenantId, Forecast]:
    """Many tenants' forecasts in one query, each of its morning."""
    query = text("""
        select f.tenant_id, f.content from forecasts f join unnest(
            cast(:tenants as uuid[]), cast(:dates as date[]), cast(:revisions as smallint[])
        ) as m(tenant_id, business_date, revision) using (tenant_id, business_date, revision)
    """).columns(content=LargeBinary)
    rows = await session.execute(
        query,
        {
            "tenants": [morning.tenant for morning in mornings],
            "dates": [morning.business_date for morning in mornings],
            "revisions": [morning.revision for morning in mornings],
        },
    )
    return {row.tenant_id: _unpacked(unpack(row.content, _Packed)) for row in rows}


async def read_newest(session: AsyncSession, tenant: TenantId, until: date) -> Forecast | None:
    """The forecast of the newest morning up to a day, in its newest revision."""
    stored = models.Forecast
    newest = (
        select(stored.content)
        .where(stored.tenant_id == tenant, stored.business_date <= until)
        .order_by(stored.business_date.desc(), stored.revision.desc())
    )
    content = await session.scalar(newest.limit(1))
    return None if content is None else _unpacked(unpack(content, _Packed))


async def read_own_days(
    session: AsyncSession, keys: Sequence[tuple[TenantId, date]]
) -> dict[tuple[UUID, date], tuple[int, DayForecast]]:
    """What the newest revision of each morning foresaw of its own day, and which that was; many
    tenants in one query, without mornings that foresaw nothing."""
    query = text("""
        select distinct on (f.tenant_id, f.business_date)
            f.tenant_id, f.business_date, f.revision, f.content
        from forecasts f
        join unnest(cast(:tenants as uuid[]), cast(:days as date[]))
            as k(tenant_id, business_date) using (tenant_id, business_date)
        order by f.tenant_id, f.business_date, f.revision desc
    """).columns(content=LargeBinary)
    values = {"tenants": [tenant for tenant, _ in keys], "days": [day for _, day in keys]}
    return {
        (row.tenant_id, row.business_date): (
            row.revision, _own_day(unpack(row.content, _Packed)),
        )
        for row in await session.execute(query, values)
    }  # fmt: skip


def _own_day(packed: _Packed) -> DayForecast:
    shape = (len(packed.product_ids), packed.days, 1 + len(QUANTILE_LEVELS))
    first = np.frombuffer(packed.values, "<i4").reshape(shape)[:, 0] * RESOLUTION
    statistical = {
        each.override.product_id: each.mean
        for each in packed.overridden
        if each.override.day == packed.first_day
    }
    return DayForecast(packed.product_ids, first[:, 0], first[:, 1:], statistical)


def _packed(forecast: Forecast) -> _Packed:
    values = np.concatenate([forecast.mean[:, :, None], forecast.quantiles], axis=2)
    drivers = forecast.drivers
    return _Packed(
        product_ids=forecast.product_ids,
        first_day=forecast.first_day,
        days=int(forecast.mean.shape[1]),
        values=np.rint(values / RESOLUTION).astype("<i4").tobytes(),
        models=forecast.models,
        levels=_single(np.stack((drivers.level, drivers.trend), axis=1)),
        factors=_single(drivers.factors),
        holidays=drivers.holidays,
        model_version=forecast.model_version,
        overridden=forecast.overridden,
    )


def _single(values: Floats) -> bytes:
    return values.astype("<f4").tobytes()


def _unpacked(packed: _Packed) -> Forecast:
    shape = (len(packed.product_ids), packed.days, 1 + len(QUANTILE_LEVELS))
    values = _array(packed.values, "<i4").reshape(shape) * RESOLUTION
    levels = _array(packed.levels, "<f4").reshape(shape[0], 2)
    factors = _array(packed.factors, "<f4")
    each = factors.size // max(shape[0] * shape[1], 1)
    factors = factors.reshape(*shape[:2], each)
    if each < _FACTORS:
        factors = np.concatenate([factors, np.ones((*shape[:2], _FACTORS - each))], axis=2)
    holidays = packed.holidays or (None,) * packed.days  # older ones of no product have none
    return Forecast(
        product_ids=packed.product_ids,
        first_day=packed.first_day,
        mean=values[:, :, 0],
        quantiles=values[:, :, 1:],
        models=packed.models,
        drivers=DriverTable(levels[:, 0], levels[:, 1], factors, holidays),
        model_version=packed.model_version,
        overridden=packed.overridden,
    )


def _array(content: bytes, kind: str) -> Floats:
    values: NDArray[np.float64] = np.frombuffer(content, dtype=kind).astype(np.float64)
    return values
