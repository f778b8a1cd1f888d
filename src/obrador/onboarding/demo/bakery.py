"""An invented bakery in Madrid: the same seed and day always give the same one.

What it is like stands in `demo.toml`; how it has sold is made up in `sales.py`. Its file is
complete and nothing in it is assumed, so that a first plan can be seen, and benchmarks can be run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

import numpy as np

from obrador.kit.ids import derived_id
from obrador.onboarding.bakery_file import BakeryFile, PriceRow, ProductRow
from obrador.onboarding.demo.sales import DemoProduct, DemoSales, Rhythm, demo_sales
from obrador.onboarding.demo.stock import (
    customer_orders,
    described,
    left_over,
    open_orders,
    stock,
)
from obrador.onboarding.starters.completing import complete
from obrador.tenants.domain import Bakery, Hours, Policy

FEWEST_DAYS = 14
MOST_PRODUCTS = 400


@dataclass(frozen=True)
class Demo:
    """A bakery, its file, and what it has sold: `sales.product` indexes `file.products`."""

    bakery: Bakery
    file: BakeryFile
    sales: DemoSales


def demo(seed: int, last_day: date, products: int = 24, days: int = 730) -> Demo:
    """A bakery that has sold `products` products for `days` days up to `last_day`.

    The day after `last_day`, which is planned first, is never closed.

    Raises:
        ValueError: fewer than 1 or more than 400 products, or fewer than 14 days.
    """
    if not (1 <= products <= MOST_PRODUCTS and days >= FEWEST_DAYS):
        raise ValueError(
            f"A demo has 1 to {MOST_PRODUCTS} products and at least {FEWEST_DAYS} days"
        )
    rng = np.random.default_rng(seed)
    today = last_day + timedelta(days=1)
    bakery = _bakery(seed, last_day - timedelta(days=days), today)
    assortment = _assortment(rng, products)
    file = _file(rng, bakery, assortment, today)
    made = {recipe.name for recipe in file.recipes if recipe.steps}
    made_to_order = np.array([product.recipe not in made for product in file.products])
    sales = demo_sales(rng, bakery, assortment, made_to_order, last_day, days)
    return Demo(bakery, file, sales)


def _bakery(seed: int, first: date, today: date) -> Bakery:
    facts = described()
    hours = [[time.fromisoformat(clock) for clock in span] for span in facts["opening_hours"]]
    closures = [
        (date(year, *starts), date(year, *ends))
        for year in range(first.year, today.year + 2)
        for starts, ends in facts["closures"]
    ]
    return Bakery(
        id=derived_id("demo", seed),
        name=facts["name"],
        time_zone=facts["time_zone"],
        country=facts["country"],
        subdivision=facts["subdivision"],
        locale=facts["locale"],
        currency=facts["currency"],
        opening_hours=tuple(Hours(opens, closes) for opens, closes in hours),
        open_on_holidays=True,
        closures=tuple(
            (starts, ends) for starts, ends in sorted(closures) if not starts <= today <= ends
        ),
        policy=Policy(),
    )


def _assortment(rng: np.random.Generator, count: int) -> list[DemoProduct]:
    """The first `count` products, then variants of them that sell less; no two bakeries alike."""
    facts = described()
    rhythms = {name: Rhythm(**rhythm) for name, rhythm in facts["rhythms"].items()}
    plain = [
        DemoProduct(
            name=row["name"],
            units=row["units"],
            price_minor=round(row["price"] * 100),
            rhythm=rhythms[row["rhythm"]],
            story=row.get("story", "steady"),
            ready_by=row.get("ready_by"),
            par=row.get("par"),
        )
        for row in facts["products"]
    ]
    variants = [
        replace(
            product,
            name=f"{product.name} {variant}",
            units=max(product.units * 0.4 / number, 3.0),
            story="steady",
            par=None,
        )
        for number, variant in enumerate(facts["variants"], start=1)
        for product in plain
    ]
    size, differences = rng.lognormal(0, 0.15), rng.lognormal(0, 0.1, count)
    return [
        replace(product, units=float(product.units * size * difference))
        for product, difference in zip([*plain, *variants], differences, strict=False)
    ]


def _file(
    rng: np.random.Generator, bakery: Bakery, assortment: Sequence[DemoProduct], today: date
) -> BakeryFile:
    products = tuple(
        ProductRow(
            name=product.name,
            price_minor=product.price_minor,
            ready_by=product.ready_by,
            par_levels=(product.par,) * 7 if product.par else None,
            is_active=product.story != "discontinued",
        )
        for product in assortment
    )
    units = {p.name: p.units for p in assortment if p.story != "discontinued"}
    everyday = {p.name: p.units for p in assortment if p.story in {"steady", "new"}}
    file = complete(
        BakeryFile(products=products),
        units,
        hours=bakery.opening_hours,
        language="es",
        shift_starts=described()["shift_starts"],
    )
    file = _with_terms(_confirmed(file))
    return replace(
        file,
        lots=(*stock(rng, file, units, today), *left_over(rng, file, everyday, today)),
        open_orders=tuple(open_orders(file, units, today)),
        customer_orders=tuple(customer_orders(file, today)),
    )


def _confirmed(file: BakeryFile) -> BakeryFile:
    """The file as if the baker had looked through it."""
    return replace(
        file,
        products=tuple(replace(row, assumed=()) for row in file.products),
        recipes=tuple(replace(row, assumed=()) for row in file.recipes),
        equipment=tuple(replace(row, assumed=()) for row in file.equipment),
        ingredients=tuple(replace(row, assumed=()) for row in file.ingredients),
        suppliers=tuple(replace(row, assumed=()) for row in file.suppliers),
    )


def _with_terms(file: BakeryFile) -> BakeryFile:
    """With the suppliers' own names, second sources, smallest orders and price breaks."""
    known, second = described()["suppliers"], described()["second_source"]
    suppliers = tuple(replace(row, **known[row.name]) for row in file.suppliers)
    prices = [replace(row, supplier=known[row.supplier]["name"]) for row in file.prices]
    names = {row.name for row in suppliers}
    others = [
        replace(row, supplier=other, pack_price_minor=round(row.pack_price_minor * (1 + dearer)))
        for row in prices
        for other, dearer in [second.get(row.ingredient, ("", 0.0))]
        if other in names
    ]
    return replace(
        file,
        suppliers=suppliers,
        prices=tuple(line for row in (*prices, *others) for line in _price_list(row)),
    )


def _price_list(row: PriceRow) -> Iterator[PriceRow]:
    terms = described()["terms"][row.supplier]
    for packs, off in [(terms["minimum"], 0.0), *terms["breaks"]]:
        cheaper = round(row.pack_price_minor * (1 - off))
        yield replace(row, min_packs=packs, pack_price_minor=cheaper)
