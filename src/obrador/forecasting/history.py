"""From sales records to demand: which days count, which are zero, which are unknown. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Product
from obrador.forecasting.domain import DemandHistory, Flags, Floats
from obrador.sales.domain import SalesHistory
from obrador.tenants.domain import Bakery, Days, shop_days

HISTORY_DAYS = 3 * 366
"""How far back sales are read: two yearly rhythms and what moved between them."""
OFF_SALE_DAYS = 28
"""A product that sold nothing on so many open days in a row was not on sale."""
_RECENT_DAYS = 13 * 7
_ENOUGH_WEEKS = 3
_RARELY = 0.1


def demand_history(
    bakery: Bakery,
    products: Sequence[Product],
    sales: SalesHistory,
    business_date: date,
    horizon: int,
) -> DemandHistory:
    """Sales before `business_date` as demand of `products`, and the days to forecast.

    An open day without a record is 0 from a product's first sale on. It is NaN before that, while
    the product was off sale (`OFF_SALE_DAYS`), where the calendar says closed, and where the whole
    shop sold nothing, whatever the calendar says. A record beats the calendar: what was sold on a
    closed day stays. Opening hours and holidays that are only assumed are read off the records.

    Returns:
        arrays (P, D) in units sold, P in the order of `products`, D days from the shop's first
        sale on.
    """
    count = max((business_date - sales.first).days, 0)
    first = business_date - timedelta(days=count)
    minutes = _rows(sales.sold_out_minute, sales, products, count)
    return demand_of(
        [product.id for product in products],
        [product.category for product in products],
        _rows(sales.sold, sales, products, count),
        minutes < _closing_minutes(bakery, first, count),
        shop_days(bakery, first, count + horizon),
        bakery.assumed,
    )


def demand_of(
    product_ids: Sequence[UUID],
    categories: Sequence[str],
    sold: Floats,
    sold_out: Flags,
    days: Days,
    assumed: Collection[str] = (),
) -> DemandHistory:
    """Records as demand, by the rules of `demand_history`.

    Args:
        sold: (P, D) units; NaN where there is no record.
        sold_out: (P, D)
        days: (D + H,)
        assumed: "opening_hours" and "open_on_holidays", where nobody has stated them.
    """
    sells = np.any(sold > 0, axis=0)
    start = int(sells.argmax()) if sells.any() else len(sells)
    sold, sold_out, sells = sold[:, start:], sold_out[:, start:], sells[start:]
    days = _as_sold(days.since(start), sells, assumed)
    return DemandHistory(
        product_ids=tuple(product_ids),
        categories=tuple(categories),
        sold=_with_zeros(sold, days.is_open[: len(sells)]),
        sold_out=sold_out,
        days=days,
    )


def _rows(values: Floats, sales: SalesHistory, products: Sequence[Product], count: int) -> Floats:
    """(P, count) in the order of products; NaN for products and days without a record."""
    aligned = np.full((len(products), count), np.nan)
    row_of = {product_id: row for row, product_id in enumerate(sales.product_ids)}
    pairs = [
        (here, row_of[product.id]) for here, product in enumerate(products) if product.id in row_of
    ]
    known = values[:, :count]
    if pairs:
        here, there = np.array(pairs).T
        aligned[here, : known.shape[1]] = known[there]
    return aligned


def _with_zeros(sold: Floats, is_open: Flags) -> Floats:
    """Missing and zero records of open days: 0 while the product was on sale, else NaN."""
    sells = sold > 0
    open_day = np.cumsum(is_open, dtype=np.int32)
    never = open_day.max(initial=0) + 1
    last = np.maximum.accumulate(np.where(sells & is_open, open_day, 0), axis=1)
    following = np.where(sells & is_open, open_day, never)[:, ::-1]
    following = np.minimum.accumulate(following, axis=1)[:, ::-1]
    on_sale = is_open & (last > 0) & (following - last <= OFF_SALE_DAYS)
    nothing = np.where(on_sale, np.where(np.isnan(sold), 0.0, sold), np.nan)
    return np.where(sells, sold, nothing)


def _closing_minutes(bakery: Bakery, first: date, count: int) -> Floats:
    """(count,) minute of the day at which the shop closes; midnight without hours."""
    week = [
        hours.closes.hour * 60.0 + hours.closes.minute if hours else 1440.0
        for hours in bakery.opening_hours
    ]
    return np.array(week)[(first.weekday() + np.arange(count)) % 7]


def _as_sold(days: Days, sells: Flags, assumed: Collection[str]) -> Days:
    """The shop's days: where its hours are only assumed, as its sales show; never open in the
    past on a day that sold nothing."""
    is_open = days.is_open.copy()
    on_holiday = np.array([name is not None for name in days.holiday], dtype=np.bool_)
    if "opening_hours" in assumed:
        _open_as_usual(is_open, days.first.weekday(), on_holiday, sells)
    if "open_on_holidays" in assumed:
        _open_as_on_holidays_before(is_open, days.holiday, sells)
    is_open[: len(sells)] &= sells
    return replace(days, is_open=is_open)


def _open_as_usual(is_open: Flags, weekday: int, on_holiday: Flags, sells: Flags) -> None:
    """Open a weekday, if it sold something at least now and then of late, else close it."""
    weekdays = (weekday + np.arange(len(is_open))) % 7
    recent = np.zeros_like(is_open)
    recent[: len(sells)] = np.cumsum(sells[::-1])[::-1] > 0
    recent[: max(int(recent.sum()) - _RECENT_DAYS, 0)] = False
    for day in range(7):
        same = (weekdays == day) & ~on_holiday
        seen = sells[(same & recent)[: len(sells)]]
        if len(seen) >= _ENOUGH_WEEKS:
            is_open[same] = seen.mean() >= _RARELY


def _open_as_on_holidays_before(
    is_open: Flags, holiday: Sequence[str | None], sells: Flags
) -> None:
    """Open a holiday, if it sold something the last time, or if most holidays did."""
    before = {name: bool(sold) for name, sold in zip(holiday, sells, strict=False) if name}
    mostly = sum(before.values()) * 2 > len(before)
    for index, name in enumerate(holiday):
        if name and before:
            is_open[index] = before.get(name, mostly)
