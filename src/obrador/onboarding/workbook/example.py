"""A small bakery that shows in the template how rows are filled in."""

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta

from obrador.catalogue.domain import Step
from obrador.onboarding.bakery_file import (
    BakeryFile,
    ClosureRow,
    ComponentRow,
    CustomerOrderRow,
    EquipmentRow,
    IngredientRow,
    LotRow,
    OpeningRow,
    OpenOrderRow,
    PriceRow,
    ProductRow,
    RecipeRow,
    ShiftRow,
    SupplierRow,
)

_Say = Callable[[str], str]
"""An English word in the language of the bakery."""

_SPANISH: Mapping[str, str] = {
    "Bread": "Pan",
    "Pastry": "Bollería",
    "Coffee": "Café",
    "Baguette": "Barra",
    "Croissant": "Cruasán",
    "Muffin": "Magdalena",
    "White coffee": "Café con leche",
    "Bread dough": "Masa de pan",
    "Croissant dough": "Masa de cruasán",
    "mixer": "amasadora",
    "proofer": "fermentadora",
    "oven": "horno",
    "Spiral mixer": "Amasadora espiral",
    "Deck oven": "Horno de solera",
    "Flour": "Harina",
    "Butter": "Mantequilla",
    "Milk": "Leche",
    "Eggs": "Huevos",
    "Sugar": "Azúcar",
    "Yeast": "Levadura",
    "Salt": "Sal",
    "Coffee beans": "Café en grano",
    "Holidays": "Vacaciones",
    "Dry goods": "Secos",
    "Fresh": "Frescos",
    "Mill": "Harinera del Sur",
    "Dairy": "Lácteos La Vega",
    "Café Central": "Café Central",
}


def example(language: str, today: date) -> BakeryFile:
    """The bakery, named in the language (en or es), with stock and orders around `today`."""

    def say(word: str) -> str:
        return _SPANISH[word] if language == "es" else word

    return BakeryFile(
        products=_products(say),
        recipes=_recipes(say),
        equipment=(
            EquipmentRow(say("Spiral mixer"), say("mixer"), 1, 40),
            EquipmentRow(say("proofer").capitalize(), say("proofer"), 1, 16),
            EquipmentRow(say("Deck oven"), say("oven"), 1, 8, changeover_minutes=15),
        ),
        shifts=(
            ShiftRow((0, 1, 2, 3, 4), time(3), time(11), 2),
            ShiftRow((5,), time(2, 30), time(11), 3),
        ),
        ingredients=_ingredients(say),
        suppliers=_suppliers(say),
        prices=_prices(say),
        lots=_lots(say, today),
        open_orders=_open_orders(say, today),
        customer_orders=_customer_orders(say, today),
        opening_hours=(
            OpeningRow((0, 1, 2, 3, 4), time(7, 30), time(20)),
            OpeningRow((5,), time(8), time(14, 30)),
        ),
        closures=(ClosureRow(today + timedelta(90), today + timedelta(104), say("Holidays")),),
    )


def _products(say: _Say) -> tuple[ProductRow, ...]:
    return (
        ProductRow(say("Baguette"), say("Bread"), "piece", 120, recipe=say("Baguette")),
        ProductRow(
            say("Croissant"),
            say("Pastry"),
            price_minor=180,
            salvage_minor=50,
            recipe=say("Croissant"),
            par_levels=(6, 6, 6, 6, 8, 12, 12),
            waves=(time(11),),
        ),
        ProductRow(
            say("Muffin"),
            say("Pastry"),
            price_minor=150,
            shelf_life_days=3,
            recipe=say("Muffin"),
            ready_by=time(10),
            daily_max=96,
        ),
        ProductRow(say("White coffee"), say("Coffee"), price_minor=190, recipe=say("White coffee")),
    )


def _recipes(say: _Say) -> tuple[RecipeRow, ...]:
    return (
        RecipeRow(
            say("Bread dough"),
            "semi_finished",
            "g",
            16_500,
            (
                ComponentRow(say("Flour"), 10_000),
                ComponentRow(say("Salt"), 200),
                ComponentRow(say("Yeast"), 150),
            ),
            (
                Step("mix", 15, 0, say("mixer"), 0.001, 1),
                Step("ferment", 60, max_wait_minutes=60),
            ),
            batch_max=40_000,
            batch_multiple=500,
        ),
        RecipeRow(
            say("Baguette"),
            "product",
            "piece",
            50,
            (ComponentRow(say("Bread dough"), 16_500, is_recipe=True),),
            (
                Step("shape", 5, 0.5, people=1),
                Step("proof", 60, 0, say("proofer"), 0.05, max_wait_minutes=20),
                Step("bake", 22, 0, say("oven"), 0.05, temperature=240),
                Step("cool", 20),
            ),
            waste_share=0.02,
            batch_multiple=10,
        ),
        RecipeRow(
            say("Croissant dough"),
            "semi_finished",
            "g",
            4_600,
            (
                ComponentRow(say("Flour"), 2_000),
                ComponentRow(say("Butter"), 1_000, waste_share=0.02),
                ComponentRow(say("Milk"), 1_100),
                ComponentRow(say("Sugar"), 240),
                ComponentRow(say("Yeast"), 80),
                ComponentRow(say("Salt"), 40),
            ),
            (Step("mix", 12, 0, say("mixer"), 0.001, 1), Step("shape", 60, people=1)),
            batch_max=18_400,
            lead_days=1,
        ),
        RecipeRow(
            say("Croissant"),
            "product",
            "piece",
            60,
            (ComponentRow(say("Croissant dough"), 4_600, is_recipe=True),),
            (
                Step("shape", 5, 0.4, people=1),
                Step("proof", 120, 0, say("proofer"), 0.05, max_wait_minutes=20),
                Step("bake", 18, 0, say("oven"), 0.05, temperature=190),
                Step("cool", 15),
            ),
            waste_share=0.03,
            batch_multiple=12,
        ),
        RecipeRow(
            say("Muffin"),
            "product",
            "piece",
            48,
            (
                ComponentRow(say("Flour"), 1_200),
                ComponentRow(say("Sugar"), 900),
                ComponentRow(say("Eggs"), 16),
                ComponentRow(say("Milk"), 600),
                ComponentRow(say("Butter"), 500),
            ),
            (
                Step("mix", 15, 0, say("mixer"), 0.08, 1),
                Step("fill", 5, 0.1, people=1),
                Step("bake", 20, 0, say("oven"), 0.04, temperature=190),
                Step("cool", 20),
            ),
            batch_min=24,
            batch_multiple=24,
        ),
        RecipeRow(
            say("White coffee"),
            "product",
            "piece",
            1,
            (ComponentRow(say("Coffee beans"), 8), ComponentRow(say("Milk"), 150)),
        ),
    )


def _ingredients(say: _Say) -> tuple[IngredientRow, ...]:
    return (
        IngredientRow(say("Flour"), "g", say("Dry goods"), 180),
        IngredientRow(say("Sugar"), "g", say("Dry goods")),
        IngredientRow(say("Salt"), "g", say("Dry goods")),
        IngredientRow(say("Yeast"), "g", say("Fresh"), 21, 0.98),
        IngredientRow(say("Butter"), "g", say("Fresh"), 60),
        IngredientRow(say("Milk"), "ml", say("Fresh"), 10),
        IngredientRow(say("Eggs"), "piece", say("Fresh"), 21),
        IngredientRow(say("Coffee beans"), "g", say("Dry goods"), 365),
    )


def _suppliers(say: _Say) -> tuple[SupplierRow, ...]:
    return (
        SupplierRow(
            say("Mill"),
            2,
            (0, 3),
            "orders@mill.example",
            0.5,
            time(14),
            min_order_minor=10_000,
            delivery_fee_minor=600,
        ),
        SupplierRow(say("Dairy"), 1, (0, 1, 2, 3, 4), order_cutoff=time(18)),
    )


def _prices(say: _Say) -> tuple[PriceRow, ...]:
    return (
        PriceRow(say("Mill"), say("Flour"), 25_000, 1, 1_875),
        PriceRow(say("Mill"), say("Flour"), 25_000, 20, 1_725),
        PriceRow(say("Mill"), say("Sugar"), 25_000, 1, 2_400),
        PriceRow(say("Mill"), say("Salt"), 25_000, 1, 900),
        PriceRow(say("Mill"), say("Yeast"), 1_000, 1, 480),
        PriceRow(say("Mill"), say("Coffee beans"), 1_000, 3, 1_450),
        PriceRow(say("Dairy"), say("Butter"), 1_000, 5, 820),
        PriceRow(say("Dairy"), say("Milk"), 1_000, 12, 95),
        PriceRow(say("Dairy"), say("Eggs"), 180, 1, 3_400),
    )


def _lots(say: _Say, today: date) -> tuple[LotRow, ...]:
    return (
        LotRow(say("Flour"), 125_000, today - timedelta(5), today + timedelta(170), "L-2041"),
        LotRow(say("Butter"), 8_000, today - timedelta(2), today + timedelta(50)),
        LotRow(say("Milk"), 24_000, today - timedelta(1), today + timedelta(8)),
        LotRow(say("Muffin"), 6, today - timedelta(1), today + timedelta(1), is_product=True),
    )


def _open_orders(say: _Say, today: date) -> tuple[OpenOrderRow, ...]:
    return (
        OpenOrderRow(say("Mill"), say("Flour"), 8, 25_000, 1_875, today + timedelta(2)),
        OpenOrderRow(say("Mill"), say("Sugar"), 1, 25_000, 2_400, today + timedelta(2)),
    )


def _customer_orders(say: _Say, today: date) -> tuple[CustomerOrderRow, ...]:
    return (
        CustomerOrderRow(
            say("Café Central"), say("Croissant"), 24, today + timedelta(1), time(7), True
        ),
        CustomerOrderRow(
            say("Café Central"), say("Baguette"), 10, today + timedelta(1), time(7), True
        ),
    )
