"""Accuracy over many days, as people look at it: days, weeks, products, people's overrides. Pure.

Everything is added up from products and days, so that a week weighs by what it sold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

import numpy as np

from obrador.forecasting.accuracy import best, by_product, health
from obrador.forecasting.domain import (
    PRODUCT_DAY,
    Health,
    LocationAccuracy,
    ProductAccuracy,
    ProductDays,
)
from obrador.forecasting.locations import added_up
from obrador.tenants.domain import USUAL_POLICY, Policy

SHOWN = 5
"""Of the best products, and of the worst."""
BANDS = (0.0, 10.0, 20.0, 30.0, 50.0)
"""Per cent of WAPE from which on products are counted together."""


@dataclass(frozen=True, slots=True)
class ValidatedDay:
    """What a day's validation has kept; see `Accuracy`."""

    day: date
    products: ProductDays
    overridden: int
    overridden_sold: float
    overridden_off: float
    statistical_off: float
    locations: tuple[LocationAccuracy, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Period:
    """Forecasts against sales from the first to the last day."""

    first: date
    last: date
    days: int
    """Validated."""
    forecast: float
    """Units, as `sold`."""
    sold: float
    wape: float
    """Per cent."""
    mape: float | None
    """Per cent, mean of products and days that sold something."""
    bias_percent: float
    """Of sales; above 0: too much was foreseen."""
    interval_coverage: float
    """Share of products and days that sold between the quantiles 0.1 and 0.9."""
    health: Health


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product's forecasts against its sales."""

    product_id: UUID
    product: str
    days: int
    wape: float
    """Per cent."""
    mae: float
    """Units a day."""
    bias: float
    """Units a day; above 0: too much was foreseen."""
    interval_coverage: float
    sold_out_days: int


@dataclass(frozen=True, slots=True)
class LocationCard:
    """A location's part of forecasts against its sales."""

    location: str
    forecast: float
    """Units, as `sold`."""
    sold: float
    wape: float
    """Per cent."""
    bias_percent: float
    """Of sales; above 0: too much was foreseen."""


@dataclass(frozen=True, slots=True)
class Band:
    """How many products have a WAPE in per cent from `above` on, to the next band's."""

    above: float
    products: int


@dataclass(frozen=True, slots=True)
class OverrideCard:
    """Whether people knew better than the model, where they said so."""

    days: int
    products: int
    """Products and days."""
    wape: float | None
    """Per cent, of these; None where none sold."""
    statistical_wape: float | None
    """The same, had nobody said anything."""


@dataclass(frozen=True, slots=True)
class AccuracySummary:
    """Accuracy over the days from the first to the last."""

    first: date
    last: date
    last_validation: date | None
    overall: Period | None
    """None where no day is validated; so is `before`."""
    before: Period | None
    """As many days before these: the way the accuracy goes."""
    days: tuple[Period, ...]
    weeks: tuple[Period, ...]
    """From Monday to Sunday, as far as they lie within the days."""
    best: tuple[ProductCard, ...]
    """By their WAPE."""
    worst: tuple[ProductCard, ...]
    """By the units they were off."""
    distribution: tuple[Band, ...]
    overrides: OverrideCard | None
    """None where nobody changed anything."""
    locations: tuple[LocationCard, ...]
    """That sold anything, by the units they were off; none of a bakery that sells at one alone."""
    warning_wape: float
    """Per cent above which a day is not healthy to the bakery, and"""
    critical_wape: float
    """above which its forecast is not to be relied on."""


def summary(
    first: date,
    last: date,
    validated: Sequence[ValidatedDay],
    names: Mapping[UUID, str],
    policy: Policy = USUAL_POLICY,
) -> AccuracySummary:
    """The accuracy from the first to the last day.

    Args:
        validated: in order, from as many days before the first on; those give `before`.
        names: of products; others are left out of the best and the worst.
    """
    own = [day for day in validated if first <= day.day <= last]
    before = [day for day in validated if day.day < first]
    before_first = first - timedelta(days=(last - first).days + 1)
    products = by_product([day.products for day in own])
    return AccuracySummary(
        first,
        last,
        own[-1].day if own else None,
        period(first, last, own, policy),
        period(before_first, first - timedelta(days=1), before, policy),
        tuple(each for day in own if (each := period(day.day, day.day, [day], policy))),
        _weeks(first, last, own, policy),
        _cards(best(products, len(products)), names),
        _cards([each for each in products if each.wape is not None], names),
        _distribution(products),
        _overrides(own),
        _locations(own),
        policy.healthy_wape,
        policy.warning_wape,
    )


def period(
    first: date, last: date, days: Sequence[ValidatedDay], policy: Policy = USUAL_POLICY
) -> Period | None:
    """All products of some days, added up: WAPE = 100·Σ|f − a|/Σa, MAPE = 100·mean of |f − a|/a
    over a > 0, bias = 100·Σ(f − a)/Σa, with forecasts f and sales a. None where nothing sold."""
    records = np.concatenate([np.empty(0, PRODUCT_DAY), *(day.products for day in days)])
    foreseen, sold = records["forecast"].astype(float), records["sold"].astype(float)
    total = float(sold.sum())
    if total <= 0:
        return None
    off, sells = np.abs(foreseen - sold), sold > 0
    within = (records["low"] <= records["sold"]) & (records["sold"] <= records["high"])
    wape = 100 * float(off.sum()) / total
    return Period(
        first=first,
        last=last,
        days=len(days),
        forecast=float(foreseen.sum()),
        sold=total,
        wape=wape,
        mape=100 * float((off[sells] / sold[sells]).mean()),
        bias_percent=100 * float(foreseen.sum() - total) / total,
        interval_coverage=float(within.mean()),
        health=health(wape, policy),
    )


def _weeks(
    first: date, last: date, days: Sequence[ValidatedDay], policy: Policy
) -> tuple[Period, ...]:
    found = []
    for monday, own in groupby(days, lambda each: each.day - timedelta(days=each.day.weekday())):
        sunday = monday + timedelta(days=6)
        week = period(max(monday, first), min(sunday, last), list(own), policy)
        if week is not None:
            found.append(week)
    return tuple(found)


def _cards(
    products: Sequence[ProductAccuracy], names: Mapping[UUID, str]
) -> tuple[ProductCard, ...]:
    known = [each for each in products if each.product_id in names]
    return tuple(
        ProductCard(
            product_id=each.product_id,
            product=names[each.product_id],
            days=each.days,
            wape=each.wape or 0.0,
            mae=each.mae,
            bias=each.bias,
            interval_coverage=each.interval_coverage,
            sold_out_days=each.sold_out_days,
        )
        for each in known[:SHOWN]
    )


def _distribution(products: Sequence[ProductAccuracy]) -> tuple[Band, ...]:
    sold = [each.wape for each in products if each.wape is not None]
    counts, _ = np.histogram(sold, bins=[*BANDS, np.inf])
    return tuple(Band(above, int(n)) for above, n in zip(BANDS, counts, strict=True))


def _locations(days: Sequence[ValidatedDay]) -> tuple[LocationCard, ...]:
    return tuple(
        LocationCard(
            each.location,
            each.forecast,
            each.sold,
            wape,
            100 * (each.forecast - each.sold) / each.sold,
        )
        for each in added_up(day.locations for day in days)
        if (wape := each.wape) is not None
    )


def _overrides(days: Sequence[ValidatedDay]) -> OverrideCard | None:
    changed = [day for day in days if day.overridden]
    if not changed:
        return None
    sold = sum(day.overridden_sold for day in changed)
    off = sum(day.overridden_off for day in changed)
    alone = sum(day.statistical_off for day in changed)
    return OverrideCard(
        len(changed),
        sum(day.overridden for day in changed),
        100 * off / sold if sold else None,
        100 * alone / sold if sold else None,
    )
