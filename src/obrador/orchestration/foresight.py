"""What is foreseen of a bakery's products, beside what they have sold, as people look at it.

Numbers stay numbers; `why` is said in the reader's language.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.catalogue.domain import Product
from obrador.forecasting import service as forecasting
from obrador.forecasting.domain import DemandHistory, Forecast
from obrador.forecasting.history import demand_history
from obrador.forecasting.override import override, statistical
from obrador.kit.clock import business_date
from obrador.kit.errors import Fault, Invalid, NotFound
from obrador.kit.i18n import Speech
from obrador.orchestration import planning
from obrador.orchestration.foresight_days import ProductForesight, Wanted, product_days
from obrador.orchestration.reading import read_snapshots
from obrador.sales import service as sales
from obrador.tenants import service as tenants
from obrador.tenants.domain import Bakery, Morning

_SETTLED_DAYS = 91
"""Read before those: what a shop's usual days are is seen over a quarter."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """What a bakery's morning foresaw."""

    bakery: str
    made_for: date
    """The first day that it foresaw; sales until the day before were known."""
    is_stored: bool
    """A morning has planned with it; otherwise it was made to be looked at."""
    products: tuple[ProductForesight, ...]
    """That are expected to sell, most first."""
    silent: tuple[Product, ...] = ()
    """Of the others that are on sale, nothing is expected."""
    unplanned: frozenset[tuple[UUID, date]] = frozenset()
    """Products and days of which people have said something else since it was made."""


async def look_ahead(
    session: AsyncSession,
    tenant: TenantId,
    wanted: Wanted,
    say: Speech,
    now: datetime,
    *,
    make: bool,
) -> Foresight:
    """The newest forecast that a morning up to the wanted day has made and that reaches it.

    Args:
        make: where there is none, make one now, and keep nothing of it.

    Raises:
        NotFound: there is none, or no such product in it.
        Invalid: the day is further ahead than is foreseen.
    """
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    on_sale = (await catalogue.load_products(session, [tenant]))[tenant]
    shown = [product for product in on_sale if wanted.product_id in (None, product.id)]
    if wanted.product_id is not None and not shown:
        raise NotFound(
            "There is no product {product_id} on sale here.", product_id=wanted.product_id
        )
    forecast = await forecasting.newest_forecast(session, tenant, wanted.day)
    is_stored = forecast is not None and _reaches(forecast, wanted.day)
    if forecast is None or not is_stored:
        if not make:
            raise NotFound("No morning has foreseen {day}. Have one planned first.", day=wanted.day)
        forecast = await _made_now(session, tenant, bakery, wanted.day, now)
    made = forecast
    if wanted.as_said:
        forecast = await _as_said(session, tenant, made)
    history = await _history(session, tenant, bakery, on_sale, wanted, forecast, now)
    products = product_days(say, shown, forecast, history, wanted)
    if wanted.product_id is not None and not products:
        raise NotFound(
            "Nothing was foreseen of {shown}: it was not there that morning.", shown=shown[0].name
        )
    expected = [each for each in products if wanted.product_id or each.total]
    expected.sort(key=lambda each: (-each.total, each.product))
    told = {each.product_id for each in expected}
    return Foresight(
        bakery.name,
        forecast.first_day,
        is_stored,
        tuple(expected),
        tuple(product for product in shown if product.id not in told),
        _unplanned(made, forecast),
    )


async def _as_said(session: AsyncSession, tenant: TenantId, made: Forecast) -> Forecast:
    last = made.first_day + timedelta(days=int(made.mean.shape[1]) - 1)
    said = await forecasting.read_overrides(session, [tenant], made.first_day, last)
    return override(statistical(made), said[tenant])


def _unplanned(made: Forecast, forecast: Forecast) -> frozenset[tuple[UUID, date]]:
    """What people say of the one and not of the other."""
    before, since = ({each.override for each in one.overridden} for one in (made, forecast))
    return frozenset((each.product_id, each.day) for each in before ^ since)


def _reaches(forecast: Forecast, day: date) -> bool:
    return day < forecast.first_day + timedelta(days=int(forecast.mean.shape[1]))


async def _made_now(
    session: AsyncSession, tenant: TenantId, bakery: Bakery, day: date, now: datetime
) -> Forecast:
    first = min(day, business_date(now, bakery.time_zone))
    morning = Morning(tenant, bakery, first, 0, now.astimezone(ZoneInfo(bakery.time_zone)))
    snapshot = (await read_snapshots(session, [morning]))[tenant]
    champion = (await forecasting.load_champions(session, [tenant])).get(tenant)
    groups = {tenant: champion.drivers if champion else ()}
    known = await forecasting.load_drivers(
        session, groups, {tenant: first}, forecasting.DRIVER_DAYS
    )
    forecast = await asyncio.to_thread(planning.plan_demand, snapshot, champion, known.get(tenant))
    if not _reaches(forecast, day):
        last = first + timedelta(days=int(forecast.mean.shape[1]) - 1)
        raise Invalid(
            "{day} is too far ahead: forecasts reach until {last}.",
            [Fault("date", "at most {last}", last=last)],
            day=day,
            last=last,
        )
    return forecast


async def _history(
    session: AsyncSession,
    tenant: TenantId,
    bakery: Bakery,
    products: Sequence[Product],
    wanted: Wanted,
    forecast: Forecast,
    now: datetime,
) -> DemandHistory:
    """What is known today of all days that are shown."""
    today = business_date(now, bakery.time_zone)
    shown_from = min(wanted.day, today) - timedelta(days=wanted.past_days)
    first, last = shown_from - timedelta(days=_SETTLED_DAYS), today - timedelta(days=1)
    sold = (await sales.load_history(session, [tenant], first, last))[tenant]
    foreseen_until = forecast.first_day + timedelta(days=int(forecast.mean.shape[1]))
    horizon = max((foreseen_until - today).days, 1)
    return demand_history(bakery, products, sold, today, horizon)
