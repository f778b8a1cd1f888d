"""Products are recognised by their names, in four languages, and nothing is made up."""

import pytest

from obrador.onboarding.starters.matching import formula_for


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("Baguettes", "baguette"),
        ("BARRA DE PAN", "baguette"),
        ("Pan de pueblo 800 g", "rustic_loaf"),
        ("Bread - white", "rustic_loaf"),
        ("Farm House", "rustic_loaf"),
        ("Roggenbrote", "rye_loaf"),
        ("Pan integral", "wholemeal_loaf"),
        ("Käsebrötchen", "roll"),
        ("Croisant", "croissant"),
        ("Cruasanes", "croissant"),
        ("Croissants au beurre", "croissant"),
        ("Chocolate croissant", "pain_au_chocolat"),
        ("Schokocroissant", "pain_au_chocolat"),
        ("Napolitanas de crema", "custard_pastry"),
        ("Zimtschnecken", "cinnamon_roll"),
        ("Pastries", "danish"),
        ("Panatone", "festive_bread"),
        ("Empanada de atún", "empanada"),
        ("Sandwich de pan integral", "sandwich"),
        ("Toast with jam", "toast"),
        ("Blueberry muffins", "muffin"),
        ("Pflaumenkuchen", "apple_tart"),
        ("Tarta de manzana con nueces", "apple_tart"),
        ("Gâteau basque", "cake"),
        ("Raspberry shortbread sandwich", "alfajor"),
        ("Shortbread", "cookie"),
        ("Hot chocolate", "hot_chocolate"),
        ("Café con leche", "coffee"),
        ("Thé", "tea"),
        ("Zumo de naranja", "juice"),
        ("Mineral water", "soft_drink"),
    ],
)
def test_a_name_tells_the_formula(name: str, formula: str) -> None:
    found = formula_for(name)

    assert found is not None
    assert found.key == formula


@pytest.mark.parametrize(
    "name",
    [
        "Postcard", "T-shirt", "Tshirt", "NONE", "", "   ", "42", "The Nomad", "Duck egg", "Soup",
        "Jam", "Gift voucher", "Coffee granules", "Drinking chocolate spoons", "Gingerbread syrup",
        "Chocolates", "Lemon and coconut", "Adjustment", "Tea towel", "Cake tin", "Bolsa de pan",
    ],
)  # fmt: skip
def test_what_is_not_made_here_has_no_formula(name: str) -> None:
    assert formula_for(name) is None


@pytest.mark.parametrize(
    ("groups", "formulas"),
    [
        (
            ("bread", "rolls", "croissants", "confectionery", "cake", "seasonal bread"),
            ("rustic_loaf", "roll", "croissant", "confectionery", "cake", "festive_bread"),
        ),
        (
            ("Brot", "Brötchen", "Croissant", "Konditorei", "Kuchen", "Saisonbrot"),
            ("rustic_loaf", "roll", "croissant", "confectionery", "cake", "festive_bread"),
        ),
        (
            ("Pan", "Panecillos", "Bollería", "Pastelería", "Tartas", "Bebidas"),
            ("rustic_loaf", "roll", "danish", "confectionery", "cake", "soft_drink"),
        ),
        (
            ("Pains", "Viennoiseries", "Pâtisserie", "Gâteaux", "Boissons"),
            ("rustic_loaf", "danish", "confectionery", "cake", "soft_drink"),
        ),
    ],
)
def test_groups_of_products_are_recognised_too(
    groups: tuple[str, ...], formulas: tuple[str, ...]
) -> None:
    found = [formula_for(group) for group in groups]

    assert [formula.key if formula else None for formula in found] == list(formulas)


def test_the_category_decides_where_the_name_says_nothing() -> None:
    found = formula_for("La Favorita", "Pan")

    assert found is not None
    assert found.key == "rustic_loaf"


def test_the_name_goes_before_the_category() -> None:
    found = formula_for("Croissant", "Pan")

    assert found is not None
    assert found.key == "croissant"


def test_a_bought_thing_stays_bought_whatever_its_category() -> None:
    assert formula_for("Bolsa de tela", "Pan") is None
