"""What keeps a bakery's file from being stored, and what is only a pity."""

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.onboarding.bakery_file import (
    BakeryFile,
    ClosureRow,
    ComponentRow,
    CustomerOrderRow,
    IngredientRow,
    LotRow,
    OpeningRow,
    OpenOrderRow,
    PriceRow,
    ProductRow,
    ShiftRow,
)
from obrador.onboarding.storage.changes import Counts, SaveReport, beyond, spread
from obrador.onboarding.storage.check import check, warnings
from obrador.onboarding.storage.rows import known_rows, rounded, spelled
from tests.onboarding.bakery_files import SMALL, TODAY, bakery_files

DOUGH, BARRA, _ = SMALL.recipes
FLOUR = OpenOrderRow("Mill", "Flour", 1, 25_000.0, 1875, TODAY)


def _faults(file: BakeryFile, stored: BakeryFile = SMALL) -> list[tuple[str, str]]:
    return [(fault.where, fault.message) for fault in check(file, stored, TODAY)]


@given(bakery_files())
def test_files_that_can_be_stored_have_no_faults(file: BakeryFile) -> None:
    assert check(file, BakeryFile(), TODAY) == []
    assert rounded(file) == file
    assert spelled(file, known_rows(file, BakeryFile())) == file


@pytest.mark.parametrize(
    ("file", "where", "message"),
    [
        (
            BakeryFile(products=(ProductRow("Roll", waves=(time(16), time(10))),)),
            "products 1: waves",
            "must be in order, each later than the one before",
        ),
        (
            BakeryFile(products=(ProductRow("Roll", ready_by=time(7), waves=(time(6),)),)),
            "products 1: waves",
            "must be later than the time that the first bake is ready by",
        ),
        (
            BakeryFile(products=(ProductRow("Roll", waves=tuple(map(time, range(8, 14)))),)),
            "products 1: waves",
            "has 6 times; give 5 at most",
        ),
        (
            BakeryFile(products=(ProductRow("Roll", daily_max=5.0, min_display=6.0),)),
            "products 1: min_display",
            "is more than is baked in a day; correct one of the two",
        ),
        (
            BakeryFile(products=(ProductRow("Roll", holding_minor=-1),)),
            "products 1: holding_minor",
            "must not be negative",
        ),
        (
            BakeryFile(products=(ProductRow("Roll", issuing="any"),)),
            "products 1: issuing",
            "'any' is none of oldest_first, freshest_first",
        ),
        (
            BakeryFile(recipes=(replace(DOUGH, batch_min=9.0, batch_max=8.0),)),
            "recipes 1: batch_max",
            "is less than the smallest batch; correct one of the two",
        ),
        (
            BakeryFile(recipes=(replace(DOUGH, components=(ComponentRow("Barra", 1.0, True),)),)),
            "recipes 1: name",
            "a recipe contains itself: Masa de barra → Barra → Masa de barra;"
            " remove one of these components",
        ),
        (
            BakeryFile(recipes=(replace(BARRA, components=(ComponentRow("Masa de barra", 1.0),)),)),
            "components 1.1: item",
            "'Masa de barra' is one of the recipes, not of the ingredients;"
            " say beside it which it is, or correct the name",
        ),
        (
            BakeryFile(recipes=(replace(DOUGH, yield_quantity=float("nan")),)),
            "recipes 1: yield_quantity",
            "is no number",
        ),
        (
            BakeryFile(products=(ProductRow("Loaf", unit="g", recipe="Barra"),)),
            "products 1: unit",
            "g does not go with 'Barra', which is counted in piece; use one of its units",
        ),
        (
            BakeryFile(products=(ProductRow("Loaf", par_levels=(1.0, 2.0)),)),
            "products 1: par_levels",
            "has 2 numbers; write one for each day from Monday to Sunday",
        ),
        (
            BakeryFile(lots=(LotRow("Flour", 1.0, TODAY + timedelta(1)),)),
            "lots 1: received_on",
            "2026-03-11 is after today, 2026-03-10",
        ),
        (
            BakeryFile(lots=(LotRow("Flour", 1.0, date(206, 3, 1)),)),
            "lots 1: received_on",
            "0206-03-01 cannot be meant; correct the year",
        ),
        (
            BakeryFile(shifts=(ShiftRow((), time(3), time(9), 1),)),
            "shifts 1: weekdays",
            "names no weekday; write at least one",
        ),
        (
            BakeryFile(opening_hours=(OpeningRow((0,), time(9), time(8)),)),
            "opening_hours 1: closes",
            "must be later than the time of opening",
        ),
        (
            BakeryFile(
                opening_hours=(
                    OpeningRow((0, 1), time(9), time(18)),
                    OpeningRow((1, 2), time(9), time(14)),
                )
            ),
            "opening_hours 2: weekdays",
            "has a weekday of an earlier row; give every weekday one row",
        ),
        (
            BakeryFile(
                opening_hours=(
                    OpeningRow((0,), time(9), time(18)),
                    OpeningRow((1,), time(9), time(18), on_holidays=True),
                )
            ),
            "opening_hours 2: on_holidays",
            "differs from the first row; it holds for all rows",
        ),
        (
            BakeryFile(closures=(ClosureRow(date(2026, 8, 31), date(2026, 8, 1)),)),
            "closures 1: last_day",
            "must not be before the first day",
        ),
        (
            BakeryFile(ingredients=(IngredientRow("", "g"),)),
            "ingredients 1: name",
            "has no letter or number; write a name",
        ),
        (
            BakeryFile(ingredients=(IngredientRow("a\nb", "g"),)),
            "ingredients 1: name",
            "'a\\nb' has a line break or another control character; remove it",
        ),
        (
            BakeryFile(ingredients=(IngredientRow("x" * 201, "g"),)),
            "ingredients 1: name",
            f"'{'x' * 30}…' is longer than 200 characters; shorten it",
        ),
        (
            BakeryFile(open_orders=(replace(FLOUR, packs=30_000, pack_price_minor=100_000),)),
            "open_orders 1: packs",
            "makes the order too expensive to be meant",
        ),
        (
            BakeryFile(
                customer_orders=(
                    CustomerOrderRow("Bar", "Barra", 1.0, TODAY),
                    CustomerOrderRow("BAR", "Café con leche", 1.0, TODAY, in_forecast=True),
                )
            ),
            "customer_orders 2: in_forecast",
            "differs from another line of this order; it holds for the whole order",
        ),
    ],
)
def test_each_mistake_is_named_with_its_place(file: BakeryFile, where: str, message: str) -> None:
    assert _faults(file) == [(where, message)]


def test_a_name_of_another_kind_of_thing() -> None:
    assert _faults(BakeryFile(prices=(PriceRow("Mill", "Barra", 1.0, 1, 1),))) == [
        (
            "prices 1: ingredient",
            "'Barra' is one of the recipes, not of the ingredients;"
            " say beside it which it is, or correct the name",
        )
    ]


def test_warnings_stop_nothing() -> None:
    file = BakeryFile(
        products=(ProductRow("Loaf"), ProductRow("Old loaf", is_active=False)),
        ingredients=(IngredientRow("Rye", "g"), SMALL.ingredients[0]),
    )

    assert _faults(file) == []
    assert [warning.where for warning in warnings(file, SMALL)] == [
        "products 1: price_minor",
        "ingredients 1: name",
    ]


def test_kinds_of_equipment_are_spelled_as_the_equipment_does() -> None:
    step = replace(DOUGH.steps[0], equipment_kind="MIXER")
    file = BakeryFile(recipes=(replace(DOUGH, steps=(step,)),))

    assert spelled(file, known_rows(file, SMALL)).recipes == (DOUGH,)


quantities = st.integers(0, 10**6).map(Decimal)


@given(quantity=quantities, lots=st.lists(quantities, min_size=1, max_size=5))
def test_a_count_over_several_lots_leaves_none_negative(
    quantity: Decimal, lots: list[Decimal]
) -> None:
    after = [lot + change for lot, change in zip(lots, spread(quantity, lots), strict=True)]

    assert sum(after) == quantity
    assert min(after) >= 0


def test_what_others_have_ordered_is_not_ordered_again() -> None:
    rows = [replace(FLOUR, packs=5), replace(FLOUR, ingredient="Yeast", packs=2)]
    others = [replace(FLOUR, packs=3), replace(FLOUR, ingredient="yeast", packs=2)]

    assert beyond("open_orders", rows, others) == [replace(FLOUR, packs=2)]


def test_a_report_in_words() -> None:
    report = SaveReport({"open_orders": Counts(new=1_200, removed=2), "lots": Counts()})

    assert report.summary() == "open orders: 1,200 new, 2 removed"
    assert SaveReport({}).summary() == "nothing to store"
