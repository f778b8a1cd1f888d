"""The ingredients of assumed recipes, who sells them, and for how much."""

from dataclasses import replace

from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import (
    BakeryFile,
    IngredientRow,
    PriceRow,
    SupplierRow,
)
from obrador.onboarding.starters.library import Good, Vendor, library, say
from obrador.onboarding.starters.naming import Naming


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
