"""The ingredients of assumed recipes: who sells them, for how much, and what is in stock."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import (
    BakeryFile,
    IngredientRow,
    LotRow,
    PriceRow,
    SupplierRow,
)
from obrador.onboarding.library import Good, Vendor, library, say
from obrador.onboarding.naming import Naming

STOCK_DAYS = 7
"""Days of use that the store is taken to hold while nobody has counted it, or more where the
supplier takes longer: the first plan then orders for the days to come instead of calling
everything critical."""
MARGIN_DAYS = 3
BAKED_FOR_SOLD = 1.3
"""What is baked, against what is sold on average."""
USABLE_SHARE = 0.7
"""Of an ingredient's shelf life that is left of what has stood in the store for a while."""
ASSUMED = "assumed"
"""Code of a lot that nobody has counted."""


def with_goods(file: BakeryFile, naming: Naming, language: str) -> BakeryFile:
    """With the ingredients, what they cost and who sells them."""
    own = {name_key(row.name) for row in file.ingredients}
    priced = {name_key(row.ingredient) for row in file.prices}
    known = {name_key(row.name) for row in file.suppliers}
    goods = {key: library().goods[key] for key in naming.goods}
    sold = [good for key, good in goods.items() if name_key(naming.goods[key]) not in priced]
    vendors = {good.supplier: library().vendors[good.supplier] for good in sold}
    return replace(
        file,
        ingredients=(
            *file.ingredients,
            *(
                _ingredient(naming.goods[key], good, language)
                for key, good in goods.items()
                if name_key(naming.goods[key]) not in own
            ),
        ),
        suppliers=(
            *file.suppliers,
            *(
                _supplier(vendor, language)
                for vendor in vendors.values()
                if name_key(say(vendor.names, language)) not in known
            ),
        ),
        prices=(*file.prices, *(_price(good, naming, language) for good in sold)),
    )


def _ingredient(name: str, good: Good, language: str) -> IngredientRow:
    return IngredientRow(
        name=name,
        unit=good.unit,
        category=say(library().good_categories[good.category], language),
        shelf_life_days=good.keeps,
        assumed=("unit", "category", "shelf_life_days"),
    )


def _supplier(vendor: Vendor, language: str) -> SupplierRow:
    return SupplierRow(
        name=say(vendor.names, language),
        lead_time_days=vendor.lead_days,
        delivery_weekdays=vendor.delivers,
        lead_time_sd_days=vendor.lead_sd,
        order_cutoff=vendor.cutoff,
        min_order_minor=round(vendor.minimum * 100),
        delivery_fee_minor=round(vendor.fee * 100),
        assumed=(
            "lead_time_days", "delivery_weekdays", "lead_time_sd_days", "order_cutoff",
            "min_order_minor", "delivery_fee_minor", "prices",
        ),
    )  # fmt: skip


def _price(good: Good, naming: Naming, language: str) -> PriceRow:
    return PriceRow(
        supplier=say(library().vendors[good.supplier].names, language),
        ingredient=naming.goods[good.key],
        pack_size=good.pack,
        min_packs=1,
        pack_price_minor=round(good.price * 100),
    )


def assumed_stock(
    file: BakeryFile, daily_use: Mapping[str, float], today: date
) -> tuple[LotRow, ...]:
    """A lot of each ingredient that lasts until more can come, unless it would spoil.

    Args:
        daily_use: base units by name key of the ingredient.
    """
    waits = {name_key(row.name): longest_wait(row) + MARGIN_DAYS for row in file.suppliers}
    reach = {name_key(row.ingredient): waits[name_key(row.supplier)] for row in file.prices}
    lots = []
    for row in file.ingredients:
        key = name_key(row.name)
        keeps = row.shelf_life_days or math.inf
        days = min(max(STOCK_DAYS, reach.get(key, 0)), max(USABLE_SHARE * keeps, 1))
        quantity = math.ceil(daily_use.get(key, 0.0) * BAKED_FOR_SOLD * days)
        if quantity:
            expires = today + timedelta(row.shelf_life_days) if row.shelf_life_days else None
            lots.append(LotRow(row.name, quantity, today, expires, ASSUMED))
    return tuple(lots)


def longest_wait(supplier: SupplierRow) -> int:
    """Days in which something ordered today has come whatever the weekday."""
    weekdays = sorted(set(supplier.delivery_weekdays))
    gaps = [
        (later - day) % 7 or 7
        for day, later in zip(weekdays, [*weekdays[1:], weekdays[0]], strict=True)
    ]
    return supplier.lead_time_days + max(gaps)
