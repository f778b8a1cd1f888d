"""Use cases of weather and promotions, and how planning reads them."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.drivers.domain import WeatherDay
from obrador.drivers.models import StoredPromotion
from obrador.drivers.repository import (
    Promotions,
    drivers_state,
    last_known,
    read_promotions,
    read_weather,
    save_weather,
)
from obrador.drivers.schemas import PromotionOutput, promotion_fault
from obrador.drivers.weather_file import read_weather as read_file
from obrador.kit.clock import business_date
from obrador.kit.errors import Fault, Invalid
from obrador.resources import Resource
from obrador.tenants import service as tenants

__all__ = [
    "WeatherReport",
    "drivers_state",
    "import_weather",
    "last_known",
    "list_weather",
    "promotions",
    "read_promotions",
    "read_weather",
    "save_weather",
]

FILE = "file"
"""Source of what people bring."""


class PromotionResource(Resource[StoredPromotion, PromotionOutput]):
    """Days on which products are promoted."""

    async def check(self, session: AsyncSession, tenant: TenantId, row: StoredPromotion) -> None:
        """What holds of a new one holds also when only a part was changed.

        Raises:
            Invalid: it does not.
        """
        fault = promotion_fault(
            row.first_day, row.last_day, row.product_id, row.price_minor, row.percent_off
        )
        if fault:
            raise Invalid("{field}: {wrong}.", [Fault(*fault)], field=fault[0], wrong=fault[1])


promotions = PromotionResource(Promotions, PromotionOutput)


@dataclass(frozen=True)
class WeatherReport:
    """What an import did, or in a dry run would do."""

    days: int
    faults: tuple[Fault, ...]
    first_day: date | None
    last_day: date | None
    dry_run: bool

    @property
    def rejected(self) -> int:
        """Rows of the file that are no weather."""
        return len(self.faults)

    def summary(self) -> Iterator[str]:
        """The report in a few lines."""
        yield f"{self.days:,} days" + (
            f" from {self.first_day} to {self.last_day}" if self.first_day else ""
        )
        if self.rejected:
            yield f"{self.rejected:,} rejected"
        if self.dry_run:
            yield "dry run: nothing was kept"


async def import_weather(
    session: AsyncSession, tenant: TenantId, path: Path, now: datetime, *, dry_run: bool = False
) -> WeatherReport:
    """Import a CSV or XLSX file of days; what was known of them is replaced. Days from today on are
    forecasts.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: it is no table of weather.
    """
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    today = business_date(now, bakery.time_zone)
    read = await asyncio.to_thread(read_file, path, bakery, today)
    if not dry_run:
        await save_weather(session, {tenant: list(read.days.values())}, FILE)
    return WeatherReport(
        days=len(read.days),
        faults=tuple(read.faults),
        first_day=min(read.days, default=None),
        last_day=max(read.days, default=None),
        dry_run=dry_run,
    )


async def list_weather(
    session: AsyncSession, tenant: TenantId, first: date, last: date
) -> tuple[WeatherDay, ...]:
    """What is known of some days, by day; first as they were, then as they were foreseen.

    Raises:
        Invalid: they are too many, or not in order.
    """
    if not 0 <= (last - first).days <= 366:
        raise Invalid(
            "Ask for a year at most, the first day first.", [Fault("last", "at most a year later")]
        )
    return (await read_weather(session, [tenant], first, last))[tenant]
