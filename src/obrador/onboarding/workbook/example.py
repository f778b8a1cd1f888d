"""A small bakery that shows in the template how rows are filled in."""

from collections.abc import Mapping
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

    def _(word: str) -> str:
        return _SPANISH[word] if language == "es" else word

    return BakeryFile(
        products=(
            ProductRow(_("Baguette"), _("Bread"), "piece", 120, recipe=_("Baguette")),
            ProductRow(
                _("Croissant"),
                _("Pastry"),
                price_minor=180,
                salvage_minor=50,
                recipe=_("Croissant"),
                par_levels=(6, 6, 6, 6, 8, 12, 12),
            ),
            ProductRow(
                _("Muffin"),
                _("Pastry"),
                price_minor=150,
                shelf_life_days=3,
                recipe=_("Muffin"),
                ready_by=time(10),
                daily_max=96,
            ),
            ProductRow(_("White coffee"), _("Coffee"), price_minor=190, recipe=_("White coffee")),
        ),
        recipes=(
            RecipeRow(
                _("Bread dough"),
                "semi_finished",
                "g",
                16_500,
                (
                    ComponentRow(_("Flour"), 10_000),
                    ComponentRow(_("Salt"), 200),
                    ComponentRow(_("Yeast"), 150),
                ),
                (
                    Step("mix", 15, 0, _("mixer"), 0.001, 1),
                    Step("ferment", 60, max_wait_minutes=60),
                ),
                batch_max=40_000,
                batch_multiple=500,
            ),
            RecipeRow(
                _("Baguette"),
                "product",
                "piece",
                50,
                (ComponentRow(_("Bread dough"), 16_500, is_recipe=True),),
                (
                    Step("shape", 5, 0.5, people=1),
                    Step("proof", 60, 0, _("proofer"), 0.05, max_wait_minutes=20),
                    Step("bake", 22, 0, _("oven"), 0.05, temperature=240),
                    Step("cool", 20),
                ),
                waste_share=0.02,
                batch_multiple=10,
            ),
            RecipeRow(
                _("Croissant dough"),
                "semi_finished",
                "g",
                4_600,
                (
                    ComponentRow(_("Flour"), 2_000),
                    ComponentRow(_("Butter"), 1_000, waste_share=0.02),
                    ComponentRow(_("Milk"), 1_100),
                    ComponentRow(_("Sugar"), 240),
                    ComponentRow(_("Yeast"), 80),
                    ComponentRow(_("Salt"), 40),
                ),
                (Step("mix", 12, 0, _("mixer"), 0.001, 1), Step("shape", 60, people=1)),
                batch_max=18_400,
                lead_days=1,
            ),
            RecipeRow(
                _("Croissant"),
                "product",
                "piece",
                60,
                (ComponentRow(_("Croissant dough"), 4_600, is_recipe=True),),
                (
                    Step("shape", 5, 0.4, people=1),
                    Step("proof", 120, 0, _("proofer"), 0.05, max_wait_minutes=20),
                    Step("bake", 18, 0, _("oven"), 0.05, temperature=190),
                    Step("cool", 15),
                ),
                waste_share=0.03,
                batch_multiple=12,
            ),
            RecipeRow(
                _("Muffin"),
                "product",
                "piece",
                48,
                (
                    ComponentRow(_("Flour"), 1_200),
                    ComponentRow(_("Sugar"), 900),
                    ComponentRow(_("Eggs"), 16),
                    ComponentRow(_("Milk"), 600),
                    ComponentRow(_("Butter"), 500),
                ),
                (
                    Step("mix", 15, 0, _("mixer"), 0.08, 1),
                    Step("fill", 5, 0.1, people=1),
                    Step("bake", 20, 0, _("oven"), 0.04, temperature=190),
                    Step("cool", 20),
                ),
                batch_min=24,
                batch_multiple=24,
            ),
            RecipeRow(
                _("White coffee"),
                "product",
                "piece",
                1,
                (ComponentRow(_("Coffee beans"), 8), ComponentRow(_("Milk"), 150)),
            ),
        ),
        equipment=(
            EquipmentRow(_("Spiral mixer"), _("mixer"), 1, 40),
            EquipmentRow(_("proofer").capitalize(), _("proofer"), 1, 16),
            EquipmentRow(_("Deck oven"), _("oven"), 1, 8, changeover_minutes=15),
        ),
        shifts=(
            ShiftRow((0, 1, 2, 3, 4), time(3), time(11), 2),
            ShiftRow((5,), time(2, 30), time(11), 3),
        ),
        ingredients=(
            IngredientRow(_("Flour"), "g", _("Dry goods"), 180),
            IngredientRow(_("Sugar"), "g", _("Dry goods")),
            IngredientRow(_("Salt"), "g", _("Dry goods")),
            IngredientRow(_("Yeast"), "g", _("Fresh"), 21, 0.98),
            IngredientRow(_("Butter"), "g", _("Fresh"), 60),
            IngredientRow(_("Milk"), "ml", _("Fresh"), 10),
            IngredientRow(_("Eggs"), "piece", _("Fresh"), 21),
            IngredientRow(_("Coffee beans"), "g", _("Dry goods"), 365),
        ),
        suppliers=(
            SupplierRow(
                _("Mill"),
                2,
                (0, 3),
                "orders@mill.example",
                0.5,
                time(14),
                min_order_minor=10_000,
                delivery_fee_minor=600,
            ),
            SupplierRow(_("Dairy"), 1, (0, 1, 2, 3, 4), order_cutoff=time(18)),
        ),
        prices=(
            PriceRow(_("Mill"), _("Flour"), 25_000, 1, 1_875),
            PriceRow(_("Mill"), _("Flour"), 25_000, 20, 1_725),
            PriceRow(_("Mill"), _("Sugar"), 25_000, 1, 2_400),
            PriceRow(_("Mill"), _("Salt"), 25_000, 1, 900),
            PriceRow(_("Mill"), _("Yeast"), 1_000, 1, 480),
            PriceRow(_("Mill"), _("Coffee beans"), 1_000, 3, 1_450),
            PriceRow(_("Dairy"), _("Butter"), 1_000, 5, 820),
            PriceRow(_("Dairy"), _("Milk"), 1_000, 12, 95),
            PriceRow(_("Dairy"), _("Eggs"), 180, 1, 3_400),
        ),
        lots=(
            LotRow(_("Flour"), 125_000, today - timedelta(5), today + timedelta(170), "L-2041"),
            LotRow(_("Butter"), 8_000, today - timedelta(2), today + timedelta(50)),
            LotRow(_("Milk"), 24_000, today - timedelta(1), today + timedelta(8)),
            LotRow(_("Muffin"), 6, today - timedelta(1), today + timedelta(1), is_product=True),
        ),
        open_orders=(
            OpenOrderRow(_("Mill"), _("Flour"), 8, 25_000, 1_875, today + timedelta(2)),
            OpenOrderRow(_("Mill"), _("Sugar"), 1, 25_000, 2_400, today + timedelta(2)),
        ),
        customer_orders=(
            CustomerOrderRow(
                _("Café Central"), _("Croissant"), 24, today + timedelta(1), time(7), True
            ),
            CustomerOrderRow(
                _("Café Central"), _("Baguette"), 10, today + timedelta(1), time(7), True
            ),
        ),
        opening_hours=(
            OpeningRow((0, 1, 2, 3, 4), time(7, 30), time(20)),
            OpeningRow((5,), time(8), time(14, 30)),
        ),
        closures=(ClosureRow(today + timedelta(90), today + timedelta(104), _("Holidays")),),
    )
