"""Every query on weather and promotions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Date, Select, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository, by_tenant, read_rows
from obrador.drivers.domain import Promotion, WeatherDay
from obrador.drivers.models import StoredPromotion, StoredWeather
from obrador.kit.db import table_of, upsert_rows
from obrador.kit.queries import any_of, row_state, state_of

_WEATHER = table_of(StoredWeather)
_PROMOTIONS = table_of(StoredPromotion)


class Promotions(ScopedRepository[StoredPromotion]):
    """A bakery's promotions."""

    model = StoredPromotion


async def read_weather(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[TenantId, tuple[WeatherDay, ...]]:
    """Weather of two days and those between, by day; of one that is known both as it was and as it
    was foreseen, first as it was. One query."""
    rows = await read_rows(
        session, tenants, _WEATHER, _WEATHER.c.day, _WEATHER.c.is_forecast,
        where=_WEATHER.c.day.between(first, last),
    )  # fmt: skip
    return by_tenant(tenants, rows, _weather)


async def read_promotions(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[TenantId, tuple[Promotion, ...]]:
    """Promotions of two days and those between. One query."""
    within = (_PROMOTIONS.c.first_day <= last) & (_PROMOTIONS.c.last_day >= first)
    rows = await read_rows(
        session, tenants, _PROMOTIONS, _PROMOTIONS.c.first_day, _PROMOTIONS.c.id, where=within
    )
    return by_tenant(tenants, rows, _promotion)


async def last_known(session: AsyncSession, tenants: Sequence[TenantId]) -> dict[UUID, date]:
    """The newest day of which the weather is known as it was. One query."""
    query = (
        select(_WEATHER.c.tenant_id, func.max(_WEATHER.c.day))
        .where(_WEATHER.c.tenant_id == any_of(tenants), ~_WEATHER.c.is_forecast)
        .group_by(_WEATHER.c.tenant_id)
    )
    rows = await session.execute(query)
    return dict(rows.all())


async def save_weather(
    session: AsyncSession, weather: Mapping[TenantId, Sequence[WeatherDay]], source: str
) -> int:
    """Keep days, in place of what was known of them; returns how many. One statement."""
    rows: list[dict[str, Any]] = [
        {"tenant_id": tenant, **asdict(each), "source": source}
        for tenant, days in weather.items()
        for each in days
    ]
    await upsert_rows(session, _WEATHER, rows)
    return len(rows)


def drivers_state(
    tenant: BindParameter[TenantId], today: BindParameter[date], days: int
) -> Select[Decimal]:
    """A query of a number that is another one after any change of promotions, or of weather, that
    is so many days old at most."""
    first = today.op("-", return_type=Date())(literal_column(str(days)))
    return state_of(
        select(row_state(_WEATHER)).where(_WEATHER.c.tenant_id == tenant, _WEATHER.c.day >= first),
        select(row_state(_PROMOTIONS)).where(
            _PROMOTIONS.c.tenant_id == tenant, _PROMOTIONS.c.last_day >= first
        ),
    )


def _weather(row: Any) -> WeatherDay:
    return WeatherDay(
        row.day, row.temperature, row.temperature_max, row.precipitation, row.wind, row.is_forecast
    )


def _promotion(row: Any) -> Promotion:
    percent = row.percent_off
    return Promotion(
        row.product_id,
        row.first_day,
        row.last_day,
        row.price_minor,
        None if percent is None else float(percent),
    )
