"""What an invented bakery has in store, is waiting for, and has promised."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import (
    BakeryFile,
    CustomerOrderRow,
    LotRow,
    OpenOrderRow,
    SupplierRow,
)
from obrador.onboarding.starters.sizing import daily_use
from obrador.suppliers.domain import longest_wait

OLDER = 0.3
"""Share of an ingredient's stock that came earlier."""
BAKED_FOR_SOLD = 1.3
"""What is baked, against what is sold on average."""
ON_ORDER = ("Harinas del Jarama", "Lácteos Guadarrama")
ORDER_DAYS = 6
"""Days of use that an open order is for."""


@cache
def described() -> dict[str, Any]:
    """What stands in `demo.toml`."""
    path = Path(__file__).with_name("demo.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def stock(
    rng: np.random.Generator, file: BakeryFile, units: Mapping[str, float], today: date
) -> Iterator[LotRow]:
    """An older and a newer lot of each ingredient: enough until more can come, but for one that is
    short and one whose older lot expires today."""
    use = _use(file, units)
    short, expiring = described()["short"], described()["expiring"]
    packs = {price.ingredient: price.pack_size for price in file.prices}
    reach = {price.ingredient: price.supplier for price in reversed(file.prices)}
    wait = {
        row.name: longest_wait(row.lead_time_days, row.delivery_weekdays) for row in file.suppliers
    }
    for row, more in zip(file.ingredients, rng.uniform(2.5, 6, len(file.ingredients)), strict=True):
        life = timedelta(days=row.shelf_life_days or 365)
        days = min(wait[reach[row.name]] + float(more), life.days - 1)
        per_day = use.get(name_key(row.name), 0.0) * BAKED_FOR_SOLD
        quantity = max(per_day * days, packs[row.name] / 2)
        if row.name == short:
            quantity = 1.3 * per_day
        older, newer = OLDER * quantity, (1 - OLDER) * quantity
        received, before = today - min(timedelta(3), life / 3), today - min(timedelta(7), life / 2)
        expires = (before + life, received + life)
        if row.name == expiring:
            older, expires = 3 * per_day, (today, expires[1])
        for amount, came, until in zip((older, newer), (before, received), expires, strict=True):
            if amount >= 1:
                known = until if row.shelf_life_days else None
                yield LotRow(row.name, float(round(amount)), came, known, f"{came:%y%m%d}")


def left_over(
    rng: np.random.Generator, file: BakeryFile, units: Mapping[str, float], today: date
) -> Iterator[LotRow]:
    """What was baked yesterday and keeps until today."""
    yesterday = today - timedelta(days=1)
    for product, share in zip(file.products, rng.uniform(0, 0.3, len(file.products)), strict=True):
        quantity = round(units.get(product.name, 0.0) * float(share))
        if product.is_active and product.shelf_life_days > 1 and quantity and product.recipe:
            until = yesterday + timedelta(days=product.shelf_life_days - 1)
            yield LotRow(
                product.name, quantity, yesterday, until, f"{yesterday:%y%m%d}", is_product=True
            )


def open_orders(
    file: BakeryFile, units: Mapping[str, float], today: date
) -> Iterator[OpenOrderRow]:
    """What two suppliers are about to bring: their three goods that are used most."""
    use = _use(file, units)
    suppliers = [row for row in file.suppliers if row.name in ON_ORDER]
    for supplier in suppliers:
        lines = [price for price in file.prices if price.supplier == supplier.name]
        firsts = [next(prices) for _, prices in groupby(lines, key=lambda line: line.ingredient)]
        needs = {line: use.get(name_key(line.ingredient), 0.0) / line.pack_size for line in firsts}
        for line in sorted(firsts, key=lambda line: -needs[line] * line.pack_price_minor)[:3]:
            packs = max(round(needs[line] * ORDER_DAYS), line.min_packs)
            price = next(
                p
                for p in reversed(lines)
                if p.ingredient == line.ingredient and p.min_packs <= packs
            )
            yield OpenOrderRow(
                supplier.name,
                line.ingredient,
                packs,
                line.pack_size,
                price.pack_price_minor,
                _next_delivery(supplier, today),
            )


def customer_orders(file: BakeryFile, today: date) -> Iterator[CustomerOrderRow]:
    """The firm orders of the next days, as far as the bakery has what they are for."""
    names = {product.name for product in file.products}
    for order in described()["orders"]:
        for product, quantity in order["lines"].items():
            if product in names:
                due = today + timedelta(days=order["in_days"])
                yield CustomerOrderRow(order["customer"], product, quantity, due, order["due"])


def _use(file: BakeryFile, units: Mapping[str, float]) -> dict[str, float]:
    """Base units a day of each ingredient, by name key."""
    recipes = {p.recipe: units.get(p.name, 0.0) for p in file.products if p.recipe}
    return daily_use(file.recipes, recipes)[0]


def _next_delivery(supplier: SupplierRow, today: date) -> date:
    days = (today + timedelta(days=ahead) for ahead in range(1, 8))
    return next(day for day in days if day.weekday() in supplier.delivery_weekdays)
