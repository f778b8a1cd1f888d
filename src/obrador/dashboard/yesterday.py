"""How the day before went: what was sold and wasted, what ran out, how near the forecast came."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isnan
from uuid import UUID
from zoneinfo import ZoneInfo

from obrador.catalogue import service as catalogue
from obrador.dashboard.visiting import Visit
from obrador.forecasting import service as forecasting
from obrador.forecasting.domain import Health
from obrador.inventory import service as inventory
from obrador.production import service as production
from obrador.sales import service as sales
from obrador.sales.domain import DaySales

_DAY = timedelta(days=1)
_LAST_MINUTE = 24 * 60 - 1


@dataclass(frozen=True, slots=True)
class SoldOut:
    """A product that ran out before closing."""

    product: str
    at: time


@dataclass(frozen=True, slots=True)
class Yesterday:
    """A day that is over."""

    day: date
    sold: float | None
    """Pieces, as `wasted`; None: nobody has said yet."""
    wasted: float
    sold_out: tuple[SoldOut, ...]
    """The first to run out first."""
    accuracy: float | None
    """Per cent; None: there is nothing to compare."""
    health: Health | None


async def load_yesterday(visit: Visit, day: date) -> Yesterday:
    """How the day before `day` went. Five queries."""
    session, tenant, before = visit.session, visit.tenant, day - _DAY
    sold = (await sales.read_days(session, [(tenant, before)])).get((tenant, before))
    trend = (await forecasting.load_trends(session, [tenant], before, before))[tenant]
    names = await catalogue.load_product_names(session, [tenant])
    pieces = {own for own, (_, unit) in names.items() if unit == "piece"}
    accuracy = trend[0].accuracy if trend else None
    amounts, out = None, list[SoldOut]()
    if sold is not None:
        amounts = dict(zip(sold.product_ids, sold.sold.tolist(), strict=True))
        out = sorted(_sold_out(visit, before, sold, names), key=lambda each: each.at)
    return Yesterday(
        day=before,
        sold=None if amounts is None else _pieces(amounts, pieces),
        wasted=_pieces(await _wasted(visit, before), pieces),
        sold_out=tuple(out),
        accuracy=accuracy.accuracy if accuracy else None,
        health=accuracy.health if accuracy else None,
    )


async def _wasted(visit: Visit, day: date) -> dict[UUID, float]:
    """Of each product: what was no good when it was made, and what was thrown away."""
    zone = ZoneInfo(visit.bakery.time_zone)
    since, until = (datetime.combine(each, time(), zone) for each in (day, day + _DAY))
    found = defaultdict(float, await production.load_wasted(visit.session, visit.tenant, day))
    thrown = await inventory.load_waste(visit.session, [(visit.tenant, since, until)])
    for own, units in thrown[visit.tenant].items():
        found[own] += units
    return found


def _pieces(amounts: Mapping[UUID, float], counted: Set[UUID]) -> float:
    return float(sum(units for own, units in amounts.items() if own in counted))


def _sold_out(
    visit: Visit, day: date, sold: DaySales, names: Mapping[UUID, tuple[str, str]]
) -> Iterator[SoldOut]:
    hours = visit.bakery.opening_hours[day.weekday()]
    closes = hours.closes if hours else time.max
    for own, minute in zip(sold.product_ids, sold.sold_out_minute, strict=True):
        if own in names and not isnan(minute):
            at = time(*divmod(min(int(minute), _LAST_MINUTE), 60))
            if at < closes:
                yield SoldOut(names[own][0], at)
