"""Reads what is known of drivers, for those bakeries whose models look at any."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.drivers import service as drivers
from obrador.forecasting.covariates import KnownDrivers
from obrador.forecasting.domain import MOST_DAYS_AHEAD, DriverGroup
from obrador.forecasting.history import HISTORY_DAYS
from obrador.sales import service as sales

DRIVER_DAYS = 26 * 7
"""How far back a forecast looks at drivers: older days count for nothing in what is usual."""


async def load_drivers(
    session: AsyncSession,
    groups: Mapping[TenantId, Collection[DriverGroup]],
    days_of: Mapping[TenantId, date],
    days: int = HISTORY_DAYS,
) -> dict[TenantId, KnownDrivers]:
    """What is known of those groups of drivers that each bakery asks for, from so many days ago to
    four weeks ahead. Three queries, or none where nobody asks for any.

    Args:
        days_of: each bakery's first day to forecast.
    """
    if not any(groups.values()):
        return {}
    first = min(days_of[tenant] for tenant in groups) - timedelta(days=days)
    today = max(days_of[tenant] for tenant in groups)
    last = today + timedelta(days=MOST_DAYS_AHEAD)

    def asking(*wanted: DriverGroup) -> list[TenantId]:
        return [tenant for tenant, asked in groups.items() if set(wanted) & set(asked)]

    weather = await drivers.read_weather(session, asking("weather"), first, last)
    # Where there are promotions, prices tell how much is off; and they are not the usual ones.
    both = asking("promotion", "price")
    promotions = await drivers.read_promotions(session, both, first, last)
    prices = await sales.load_prices(session, both, first, today - timedelta(days=1))
    return {
        tenant: KnownDrivers(
            weather.get(tenant, ()), promotions.get(tenant, ()), prices.get(tenant)
        )
        for tenant in groups
    }
