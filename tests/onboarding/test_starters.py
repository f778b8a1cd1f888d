"""From sales alone to a file that can be planned; nothing of the baker's is changed."""

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import (
    BakeryFile,
    ComponentRow,
    EquipmentRow,
    IngredientRow,
    LotRow,
    PriceRow,
    ProductRow,
    RecipeRow,
    ShiftRow,
    SupplierRow,
)
from obrador.onboarding.starters.completing import complete
from obrador.onboarding.starters.library import LANGUAGES, Formula, library
from obrador.onboarding.starters.sizing import daily_use
from obrador.onboarding.storage.check import check
from obrador.tenants.domain import Hours

TODAY = date(2026, 3, 2)
HOURS = (*[Hours(time(7), time(18))] * 6, None)
FORMULAS = list(library().formulas.values())
EMPTY = BakeryFile()


def _completed(
    *products: ProductRow, sales: float = 50.0, language: str = "en", file: BakeryFile = EMPTY
) -> BakeryFile:
    daily_sales = {product.name: sales for product in products}
    file = replace(file, products=products)
    return complete(file, daily_sales, hours=HOURS, language=language)


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: str(formula.key))
class TestFormula:
    def test_flour_is_one_hundred_percent(self, formula: Formula) -> None:
        goods = library().goods
        flour = sum(p for i, p in formula.percent.items() if i in goods and "flour" in i)

        assert flour in {0, 60, 100}  # 60: the rest of an alfajor's flour is starch

    def test_says_how_it_is_called_in_every_language(self, formula: Formula) -> None:
        assert set(formula.names) == set(LANGUAGES)
        assert all(formula.names.values())

    def test_costs_a_plausible_share_of_its_price(self, formula: Formula) -> None:
        file = _completed(ProductRow(formula.names["en"][0]))
        product = file.products[0]
        assert product.recipe is not None
        assert product.price_minor is not None
        used, _ = daily_use(file.recipes, {product.recipe: 1.0})
        price = {name_key(p.ingredient): p.pack_price_minor / p.pack_size for p in file.prices}

        cost = sum(price[item] * quantity for item, quantity in used.items())

        assert 0.05 <= cost / product.price_minor <= 0.60

    def test_can_be_made_before_the_shop_is_busy(self, formula: Formula) -> None:
        minutes = sum(step.minutes + 30 * step.each for step in formula.steps)

        assert minutes <= (4 * 60 if formula.wave == 1 else 7 * 60)


@pytest.mark.parametrize("language", [*LANGUAGES, "pt"])
def test_sales_alone_give_a_file_without_faults(language: str) -> None:
    products = [ProductRow(formula.names["en"][-1]) for formula in FORMULAS]

    file = _completed(*products, language=language)

    assert check(file, EMPTY, TODAY) == []
    assert all(product.recipe for product in file.products)
    assert {name_key(p.ingredient) for p in file.prices} == {
        name_key(row.name) for row in file.ingredients
    }


def test_what_is_filled_in_is_named() -> None:
    file = _completed(ProductRow("Muffin"), ProductRow("Postcard"))
    muffin, postcard = file.products

    assert muffin.recipe == "Muffin"
    assert muffin.ready_by == time(10)
    assert set(muffin.assumed) == {
        "recipe", "category", "price_minor", "shelf_life_days", "ready_by",
    }  # fmt: skip
    assert postcard == ProductRow("Postcard")
    for rows in (file.recipes, file.ingredients, file.suppliers, file.equipment):
        assert all(row.assumed for row in rows)


def test_what_the_baker_gave_stays() -> None:
    dough = RecipeRow("Masa de croissant", "semi_finished", "g", 1000, (ComponentRow("Agua", 9),))
    given_file = BakeryFile(
        products=(
            ProductRow("Cruasán", "Bollos", price_minor=190, shelf_life_days=2, ready_by=time(9)),
        ),
        recipes=(dough,),
        ingredients=(IngredientRow("HUEVOS", "piece", "Nevera", 10), IngredientRow("Agua", "ml")),
        equipment=(EquipmentRow("El horno viejo", "Horno", 1, 2),),
        shifts=(ShiftRow((0, 1), time(2), time(9), 1),),
        suppliers=(SupplierRow("La granja", 1, (2,)),),
        prices=(PriceRow("La granja", "HUEVOS", 30, 1, 700),),
        lots=(LotRow("HUEVOS", 12, TODAY),),
    )

    file = complete(given_file, {"Cruasán": 40}, hours=HOURS, language="es")

    assert check(file, EMPTY, TODAY) == []
    assert file.products == (
        replace(given_file.products[0], recipe="Cruasán", assumed=("recipe",)),
    )
    assert dough in file.recipes
    assert file.ingredients[:2] == given_file.ingredients
    assert file.equipment[0] == given_file.equipment[0]
    assert [row.kind for row in file.equipment] == ["Horno", "proofer"]
    assert (file.shifts, file.lots) == (given_file.shifts, given_file.lots)
    assert [p for p in file.prices if p.ingredient == "HUEVOS"] == list(given_file.prices)
    recipe = file.recipes[-1]
    assert {"Masa de croissant", "HUEVOS"} < {part.item for part in recipe.components}
    assert recipe.batch_max == 30  # two trays of fifteen


def test_completing_twice_is_completing_once() -> None:
    file = _completed(ProductRow("Baguette"), ProductRow("Coffee"), ProductRow("Postcard"))

    assert complete(file, {"Baguette": 50.0}, hours=HOURS) == file


def test_a_product_whose_recipe_is_there_by_name_gets_it() -> None:
    own = RecipeRow("baguette", "product", "piece", 1, (ComponentRow("Flour mix", 250),))

    file = _completed(ProductRow("Baguette"), file=BakeryFile(recipes=(own,)))

    assert file.products[0].recipe == "baguette"
    assert file.recipes == (own,)


def test_a_dough_does_not_take_the_name_of_a_product() -> None:
    file = _completed(ProductRow("Puff pastry"))

    assert check(file, EMPTY, TODAY) == []
    assert [recipe.name for recipe in file.recipes] == ["Puff pastry 2", "Puff pastry"]


def test_what_is_sold_by_weight_is_left_alone() -> None:
    product = ProductRow("Rye bread", unit="g")

    assert _completed(product).products == (product,)


def test_nothing_to_make_needs_nobody() -> None:
    assert _completed(ProductRow("Postcard")) == BakeryFile(products=(ProductRow("Postcard"),))


def test_stock_is_not_made_up() -> None:
    assert _completed(ProductRow("Focaccia")).lots == ()


def test_there_is_work_on_the_eve_of_every_open_day() -> None:
    monday_only = (Hours(time(2), time(8)), *[None] * 6)

    file = complete(
        BakeryFile(products=(ProductRow("Baguette"),)),
        {"Baguette": 10},
        hours=monday_only,
    )

    assert [(shift.weekdays, shift.starts) for shift in file.shifts] == [((0, 6), time(0))]


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([formula.names["es"][0] for formula in FORMULAS]),
        st.floats(0, 5000),
        min_size=1,
        max_size=12,
    )
)
def test_equipment_grows_with_what_is_sold(sales: dict[str, float]) -> None:
    def capacity(scale: float) -> dict[str, float]:
        file = complete(
            BakeryFile(products=tuple(ProductRow(name) for name in sales)),
            {name: units * scale for name, units in sales.items()},
            hours=HOURS,
            language="es",
        )
        assert check(file, EMPTY, TODAY) == []
        return {row.kind: row.count * row.capacity for row in file.equipment}

    small, large = capacity(1.0), capacity(3.0)

    assert all(large[kind] >= size for kind, size in small.items())
