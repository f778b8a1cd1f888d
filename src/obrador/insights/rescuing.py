"""What to do with stock that expires: how much will be used in time, and what of the rest. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Product, Recipe, explode
from obrador.forecasting.domain import Forecast
from obrador.inventory.domain import ExpiringLot
from obrador.inventory.service import Stock, look_ahead

Way = Literal["bake", "transfer", "discard"]
_MOST_PRODUCTS = 3
"""The three that use most of it; nobody reads the fourth."""
_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to do with what is left."""

    way: Way
    quantity: float
    """Of the lot that it takes, in its unit."""
    product_id: UUID | None = None
    units: float | None = None
    """Of the product, to bake beside those planned; no more than `room`."""
    room: float | None = None
    """Units that may well be sold beside those expected until the lot expires."""


@dataclass(frozen=True, slots=True)
class Rescue:
    """A lot that expires, and what to do about it."""

    lot: ExpiringLot
    days_left: int
    """0: today is its last day; negative: it has expired."""
    used: float
    """So much of it will be used in time."""
    left: float
    value_minor: int | None
    """Of what will be left; None: no price is known."""
    suggestions: tuple[Suggestion, ...]
    """The best first; none where nothing will be left."""


@dataclass(frozen=True)
class Kitchen:
    """What is known of a bakery on `today`."""

    today: date
    recipes: Mapping[UUID, Recipe]
    products: Sequence[Product]
    needed: Mapping[UUID, Sequence[float]]
    """By ingredient, base units that the newest plan needs a day, from today on."""
    forecast: Forecast | None
    """Of the newest morning."""
    worth: Mapping[UUID, float]
    """Minor units of money for a base unit of an item."""


def rescue(lots: Sequence[ExpiringLot], kitchen: Kitchen) -> tuple[Rescue, ...]:
    """What to do with each lot, in their order. Of an item, what expires first is used first.

    Raises:
        Invalid: a recipe contains itself.
    """
    uses = {
        product.id: _uses(kitchen.recipes, product)
        for product in kitchen.products
        if product.recipe_id in kitchen.recipes
    }
    shares = _shares(kitchen, uses)
    by_item: dict[UUID, list[ExpiringLot]] = {}
    for lot in lots:
        by_item.setdefault(lot.item_id, []).append(lot)
    used: dict[UUID, float] = {}
    for item_id, own in by_item.items():
        stock = [Stock(lot.quantity, (lot.expires_on - kitchen.today).days) for lot in own]
        outlook = look_ahead(_needed(item_id, kitchen, shares), stock)
        used |= {lot.id: amount for lot, amount in zip(own, outlook.used, strict=True)}
    return tuple(_rescue(lot, used[lot.id], kitchen, uses) for lot in lots)


def _uses(recipes: Mapping[UUID, Recipe], product: Product) -> dict[UUID, float]:
    """What goes into one good unit of a product."""
    if product.recipe_id is None:
        return {}
    return explode(recipes, product.recipe_id, 1 / (1 - recipes[product.recipe_id].waste_share))


def _shares(
    kitchen: Kitchen, uses: Mapping[UUID, Mapping[UUID, float]]
) -> dict[UUID, dict[int, float]]:
    """Of each item, so much goes into a unit of the products in these rows of the forecast."""
    found: dict[UUID, dict[int, float]] = defaultdict(dict)
    for row, product_id in enumerate(kitchen.forecast.product_ids if kitchen.forecast else ()):
        for item_id, amount in (*uses.get(product_id, {}).items(), (product_id, 1.0)):
            found[item_id][row] = amount
    return found


def _needed(
    item_id: UUID, kitchen: Kitchen, shares: Mapping[UUID, Mapping[int, float]]
) -> Sequence[float]:
    """What is needed of an item a day: of ingredients by the plan, of products and doughs by what
    is expected to be sold."""
    if item_id in kitchen.needed or kitchen.forecast is None:
        return kitchen.needed.get(item_id, ())
    forecast = kitchen.forecast
    ahead = forecast.mean[:, max((kitchen.today - forecast.first_day).days, 0) :]
    of_item = shares.get(item_id, {})
    return [float(day) for day in np.array([*of_item.values()]) @ ahead[[*of_item]]]


def _rescue(
    lot: ExpiringLot,
    used: float,
    kitchen: Kitchen,
    uses: Mapping[UUID, Mapping[UUID, float]],
) -> Rescue:
    days_left = (lot.expires_on - kitchen.today).days
    left = lot.quantity - used
    if left <= _NOTHING:
        return Rescue(lot, days_left, lot.quantity, 0.0, 0, ())
    cost = kitchen.worth.get(lot.item_id)
    suggestions: list[Suggestion] = []
    if days_left >= 0:
        suggestions += sorted(
            _bakes(lot, left, days_left, kitchen, uses), key=lambda each: -each.quantity
        )[:_MOST_PRODUCTS]
        suggestions.append(Suggestion("transfer", left))
    suggestions.append(Suggestion("discard", left))
    value = None if cost is None else round(cost * left)
    return Rescue(lot, days_left, used, left, value, tuple(suggestions))


def _bakes(
    lot: ExpiringLot,
    left: float,
    days_left: int,
    kitchen: Kitchen,
    uses: Mapping[UUID, Mapping[UUID, float]],
) -> Iterator[Suggestion]:
    """Products that use it and of which whole units more may well be sold."""
    forecast = kitchen.forecast
    if forecast is None:
        return
    since = max((kitchen.today - forecast.first_day).days, 0)
    days = slice(since, since + days_left + 1)
    rooms = (forecast.quantiles[:, days, -1] - forecast.mean[:, days]).sum(axis=1)
    for product_id, room in zip(forecast.product_ids, rooms, strict=True):
        per_unit = uses.get(product_id, {}).get(lot.item_id, 0.0)
        if per_unit <= 0:
            continue
        units = float(min(left / per_unit, max(float(room), 0.0)) // 1)
        if units >= 1:
            yield Suggestion("bake", units * per_unit, product_id, units, round(float(room), 1))
