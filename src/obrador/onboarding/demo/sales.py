"""Sales of an invented bakery, day by day. Axes of arrays: P products, D days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from obrador.tenants.domain import Bakery, Days, shop_days

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Dates = NDArray[np.datetime64]
Story = Literal["steady", "new", "discontinued", "seasonal"]

NEW_DAYS, GONE_DAYS = 120, 150
"""How long ago the new product came and the discontinued one went, in a long history."""
PRICE_RISE = 1.04
"""Of all prices, every February."""
PROMOTION_DAYS, PROMOTIONS_A_YEAR = 6, 2.5
PROMOTION_PRICE, PROMOTION_DEMAND = 0.85, 1.35
BAKED = 1.28
"""What the bakery used to bake, against what a day like this sells on average."""
UNLIMITED = 10**6


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How sales of a kind of product move; see `demo.toml`."""

    weekdays: Sequence[float]
    august: float
    christmas: float
    heat: float
    rain: float
    holiday: float
    eve: float


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """What is sold, and how."""

    name: str
    units: float
    """On an average day, lately."""
    price_minor: int
    """Today."""
    rhythm: Rhythm
    story: Story = "steady"
    ready_by: time | None = None
    par: float | None = None


@dataclass(frozen=True)
class DemoSales:
    """What was sold: a row for each product and day that sold any, by day, then product."""

    first: date
    product: NDArray[np.int32]
    """(N,) index into the products."""
    day: NDArray[np.int32]
    """(N,) days after `first`."""
    quantity: NDArray[np.int32]
    """(N,) units."""
    price_minor: NDArray[np.int32]
    """(N,) of a unit, in cents."""
    sold_out_minute: NDArray[np.int32]
    """(N,) minute of the day from which none was left; −1 where some was."""


def demo_sales(
    rng: np.random.Generator,
    bakery: Bakery,
    products: Sequence[DemoProduct],
    made_to_order: Flags,
    last_day: date,
    days: int,
) -> DemoSales:
    """Sales of `days` days up to `last_day`, of a bakery that never bakes quite right.

    Demand = units × weekday × season × holiday × weather × level × promotion, with noise; sales
    are demand up to what was baked.

    Args:
        made_to_order: (P,) these never sell out.
    """
    first = last_day - timedelta(days=days - 1)
    dates = np.datetime64(first, "D") + np.arange(days)
    shop = shop_days(bakery, first, days + 1)
    promoted = _promotions(rng, (len(products), days))
    expected = _usual(products, shop, dates) * _on_sale(products, dates)
    expected *= _weather(rng, products, dates) * _level(rng, expected.shape)
    expected *= np.where(promoted, PROMOTION_DEMAND, 1.0)
    demand = rng.poisson(expected * rng.gamma(60, 1 / 60, expected.shape))
    baked = np.ceil(expected * BAKED * rng.lognormal(0, 0.1, expected.shape)).astype(np.int64)
    baked[made_to_order] = UNLIMITED
    sold = np.minimum(demand, baked)
    sold_out = np.where(demand > baked, _sold_out_minute(bakery, dates, baked, demand), -1)
    prices = _prices(products, dates, promoted)
    day, product = np.nonzero(sold.T)
    return DemoSales(
        first=first,
        product=product.astype(np.int32),
        day=day.astype(np.int32),
        quantity=sold[product, day].astype(np.int32),
        price_minor=prices[product, day].astype(np.int32),
        sold_out_minute=sold_out[product, day].astype(np.int32),
    )


def _usual(products: Sequence[DemoProduct], shop: Days, dates: Dates) -> Floats:
    """(P, D) sales of such a day: weekday, season, holidays. Zero when the shop is closed."""
    rhythms = [product.rhythm for product in products]
    is_holiday = np.array([name is not None for name in shop.holiday])
    weekday = np.array([r.weekdays for r in rhythms])[:, _weekday(dates)]
    august = _column(r.august for r in rhythms) * np.exp(-(((_day_of_year(dates) - 227) / 22) ** 2))
    christmas = _column(r.christmas for r in rhythms) * _is_christmas(dates)
    holiday = np.where(is_holiday[:-1], _column(r.holiday for r in rhythms), 1.0)
    eve = np.where(is_holiday[1:], _column(r.eve for r in rhythms), 1.0)
    usual: Floats = _column(p.units for p in products) * weekday * (1 + august + christmas)
    return usual * holiday * eve * shop.is_open[:-1]


def _on_sale(products: Sequence[DemoProduct], dates: Dates) -> Floats:
    """(P, D) 0 when the product was not sold, 1 when it was; more when everybody wants it."""
    days = len(dates)
    age = np.arange(days)[::-1]
    day = _month(dates) * 100 + _day_of_month(dates)
    before_kings = ((day >= 1220) | (day <= 106)).astype(np.float64)
    before_kings[day == 104] = 3.0
    before_kings[day == 105] = 6.0
    before_kings[day == 106] = 4.0
    stories: dict[Story, Floats] = {
        "steady": np.ones(days),
        "new": (age < min(NEW_DAYS, days // 2)).astype(np.float64),
        "discontinued": (age >= min(GONE_DAYS, days // 2)).astype(np.float64),
        "seasonal": before_kings,
    }
    return np.array([stories[product.story] for product in products])


def _weather(rng: np.random.Generator, products: Sequence[DemoProduct], dates: Dates) -> Floats:
    """(P, D) what heat and rain do: °C above the year's mean, one wet day in six."""
    days, memory = len(dates), 0.75 ** np.arange(20)
    season = -9.5 * np.cos(2 * np.pi * (_day_of_year(dates) - 18) / 365)
    heat = season + np.convolve(rng.normal(0, 2.2, days), memory)[:days]
    is_wet = rng.random(days) < np.where(season > 5, 0.07, 0.22)
    by_heat = _column(p.rhythm.heat for p in products) * heat
    by_rain = _column(p.rhythm.rain for p in products) * is_wet
    return (1 + by_heat) * (1 + by_rain)


def _level(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """(P, D) slow drift of the bakery and of each product, 1 at the end."""
    steps = rng.normal(0, 0.003, shape) + rng.normal(0.0002, 0.003, shape[1])
    walk = np.cumsum(steps, axis=1)
    level: Floats = np.exp(walk - walk[:, -1:])
    return level


def _promotions(rng: np.random.Generator, shape: tuple[int, ...]) -> Flags:
    """(P, D) days of promotion."""
    started = np.cumsum(rng.random(shape) < PROMOTIONS_A_YEAR / 365, axis=1)
    ended = np.zeros_like(started)
    ended[:, PROMOTION_DAYS:] = started[:, :-PROMOTION_DAYS]
    running: Flags = started > ended
    return running


def _prices(products: Sequence[DemoProduct], dates: Dates, promoted: Flags) -> Integers:
    """(P, D) in cents: today's, less the rises since, in steps of five cents."""
    rises = (dates.astype("datetime64[M]").astype(np.int64) - 1) // 12
    since = rises[-1] - rises
    today = _column(product.price_minor for product in products)
    list_price = np.where(since > 0, np.rint(today / PRICE_RISE**since / 5) * 5, today)
    price = np.where(promoted, np.rint(list_price * PROMOTION_PRICE / 5) * 5, list_price)
    return np.maximum(price, 5).astype(np.int64)


def _sold_out_minute(bakery: Bakery, dates: Dates, baked: Integers, demand: Integers) -> Integers:
    """(P, D) when the last one went. More people come in the morning: of the day's demand,
    1 − (1 − t)^1.6 has come after the share t of opening time."""
    hours = bakery.opening_hours
    opens = np.array([_minute(span.opens) if span else 0 for span in hours])[_weekday(dates)]
    closes = np.array([_minute(span.closes) if span else 0 for span in hours])[_weekday(dates)]
    served = np.clip(baked / np.maximum(demand, 1), 0, 1)
    gone: Floats = opens + (closes - opens) * (1 - (1 - served) ** (1 / 1.6))
    return np.rint(gone).astype(np.int64)


def _column(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)[:, None]


def _weekday(dates: Dates) -> Integers:
    weekday: Integers = (dates.astype(np.int64) + 3) % 7  # 1 January 1970 was a Thursday
    return weekday


def _month(dates: Dates) -> Integers:
    month: Integers = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    return month


def _day_of_month(dates: Dates) -> Integers:
    day: Integers = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    return day


def _day_of_year(dates: Dates) -> Integers:
    day: Integers = (dates - dates.astype("datetime64[Y]")).astype(np.int64) + 1
    return day


def _is_christmas(dates: Dates) -> Flags:
    day = _month(dates) * 100 + _day_of_month(dates)
    is_christmas: Flags = (day >= 1215) | (day <= 106)
    return is_christmas


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute
