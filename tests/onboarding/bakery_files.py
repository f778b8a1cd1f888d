"""Bakery files for tests: a small hand-made one, and any that could be stored."""

from datetime import date, time, timedelta
from typing import Any

from hypothesis import strategies as st

from obrador.catalogue.domain import Step
from obrador.kit.names import name_key
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
from obrador.onboarding.storage.rows import row_key

TODAY = date(2026, 3, 10)

SMALL = BakeryFile(
    products=(
        ProductRow("Barra", "Bread", price_minor=110, recipe="Barra"),
        ProductRow("Café con leche", "Coffee", price_minor=180, recipe="Café con leche"),
    ),
    recipes=(
        RecipeRow(
            "Masa de barra",
            "semi_finished",
            "g",
            1600.0,
            (ComponentRow("Flour", 1000.0), ComponentRow("Yeast", 20.0)),
            (Step("mix", 12, equipment_kind="mixer", capacity_per_unit=0.001, people=1),),
        ),
        RecipeRow(
            "Barra",
            "product",
            "piece",
            6.0,
            (ComponentRow("Masa de barra", 1500.0, is_recipe=True),),
            (Step("bake", 20, equipment_kind="oven", capacity_per_unit=0.05, temperature=230),),
        ),
        RecipeRow(
            "Café con leche",
            "product",
            "piece",
            1.0,
            (ComponentRow("Coffee", 8.0), ComponentRow("Milk", 150.0)),
        ),
    ),
    equipment=(EquipmentRow("Spiral", "mixer", 1, 40.0), EquipmentRow("Deck", "oven", 1, 4.0)),
    shifts=(ShiftRow((0, 1, 2, 3, 4, 5), time(3), time(11), 2),),
    ingredients=(
        IngredientRow("Flour", "g"),
        IngredientRow("Yeast", "g", shelf_life_days=21),
        IngredientRow("Coffee", "g"),
        IngredientRow("Milk", "ml", shelf_life_days=30),
    ),
    suppliers=(SupplierRow("Mill", 2, (0, 3)), SupplierRow("Dairy", 1, (0, 1, 2, 3, 4, 5))),
    prices=(
        PriceRow("Mill", "Flour", 25000.0, 1, 1875),
        PriceRow("Mill", "Yeast", 1000.0, 1, 480),
        PriceRow("Dairy", "Coffee", 1000.0, 1, 1400),
        PriceRow("Dairy", "Milk", 6000.0, 1, 540),
    ),
    lots=(
        LotRow("Flour", 60000.0, date(2026, 3, 5)),
        LotRow("Milk", 12000.0, date(2026, 3, 9), date(2026, 3, 30), "L17"),
    ),
    open_orders=(OpenOrderRow("Mill", "Flour", 4, 25000.0, 1875, date(2026, 3, 12)),),
    customer_orders=(CustomerOrderRow("Bar Pepe", "Barra", 20.0, date(2026, 3, 11), time(7)),),
    opening_hours=(OpeningRow((0, 1, 2, 3, 4, 5), time(7), time(20)),),
)

EMPTY = BakeryFile(opening_hours=(OpeningRow(tuple(range(7)), time(7), time(20)),))
"""What a bakery of `make_tenant` has from the start."""

_texts = st.text("abcñÉ -=+@'12", min_size=1, max_size=8).map(lambda s: " ".join(s.split()))
_names = _texts.filter(name_key)
_times = st.times().map(lambda moment: moment.replace(microsecond=0))
_minutes = _times.map(lambda moment: moment.replace(second=0))
_weekdays = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))
_units = st.sampled_from(["g", "ml", "piece"])
_minor = st.integers(0, 1_000_000)
_days = st.integers(-300, 300).map(lambda days: TODAY + timedelta(days))


def _numbers(decimals: int = 3, low: int = 1, high: int = 10**9) -> st.SearchStrategy[float]:
    return st.integers(low, high).map(lambda number: number / 10**decimals)


def _unique(part: str, rows: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(rows, max_size=4, unique_by=lambda row: row_key(part, row)).map(tuple)


def _assumed(kind: type[Any]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(kind.__slots__)).map(lambda names: tuple(sorted(names)))


@st.composite
def bakery_files(draw: st.DrawFn) -> BakeryFile:
    """Files without faults on `TODAY`, stored with nothing else."""
    ingredients = draw(_unique("ingredients", st.builds(
        IngredientRow, name=_names, unit=_units, category=st.just("") | _names,
        shelf_life_days=st.none() | st.integers(1, 400),
        service_level=st.none() | _numbers(4, 1, 9999), assumed=_assumed(IngredientRow),
    )))  # fmt: skip
    equipment = draw(_unique("equipment", st.builds(
        EquipmentRow, name=_names, kind=st.sampled_from(["mixer", "oven"]),
        count=st.integers(1, 9), capacity=_numbers(), available_from=st.none() | _times,
        available_to=st.none() | _times, changeover_minutes=st.integers(0, 60),
        assumed=_assumed(EquipmentRow),
    )))  # fmt: skip
    suppliers = draw(_unique("suppliers", st.builds(
        SupplierRow, name=_names, lead_time_days=st.integers(0, 30), delivery_weekdays=_weekdays,
        email=st.none() | _names, lead_time_sd_days=_numbers(2, 0, 900),
        order_cutoff=st.none() | _times, min_order_minor=_minor, delivery_fee_minor=_minor,
        assumed=_assumed(SupplierRow),
    )))  # fmt: skip
    recipes = draw(_recipes(ingredients, equipment))
    products = draw(_unique("products", st.one_of([_product(None, _units)] + [
        _product(recipe.name, st.just(recipe.unit)) for recipe in recipes
    ])))  # fmt: skip
    return BakeryFile(
        products,
        recipes,
        equipment,
        draw(_unique("shifts", st.builds(
            ShiftRow, weekdays=_weekdays, starts=_times, ends=_times, people=st.integers(1, 9)
        ))),
        ingredients,
        suppliers,
        draw(_prices(suppliers, ingredients)),
        draw(_lots(ingredients, products)),
        draw(_open_orders(suppliers, ingredients)),
        draw(_customer_orders(products)),
        draw(_opening_hours()),
        draw(_unique("closures", st.builds(
            lambda day, days, reason: ClosureRow(day, day + timedelta(days), reason),
            _days, st.integers(0, 30), st.just("") | _texts,
        ))),
    )  # fmt: skip


def _with_bakes(bakes: list[time], **facts: Any) -> ProductRow:
    return ProductRow(ready_by=bakes[0] if bakes else None, waves=tuple(bakes[1:]), **facts)


def _product(recipe: str | None, units: st.SearchStrategy[str]) -> st.SearchStrategy[ProductRow]:
    return st.builds(
        _with_bakes, bakes=st.lists(_minutes, max_size=3, unique=True).map(sorted),
        name=_names, category=st.just("") | _names, unit=units,
        price_minor=st.none() | _minor, salvage_minor=_minor, shelf_life_days=st.integers(1, 30),
        recipe=st.just(recipe),
        par_levels=st.none() | st.tuples(*[_numbers(low=0)] * 7),
        daily_max=st.none() | _numbers(low=10**6),
        issuing=st.sampled_from(["oldest_first", "freshest_first"]), disposal_minor=_minor,
        goodwill_minor=_minor, holding_minor=_minor, variable_cost_minor=_minor,
        min_display=_numbers(low=0, high=10**5), is_active=st.booleans(),
        assumed=_assumed(ProductRow),
    )  # fmt: skip


@st.composite
def _recipes(
    draw: st.DrawFn, ingredients: tuple[IngredientRow, ...], equipment: tuple[EquipmentRow, ...]
) -> tuple[RecipeRow, ...]:
    """Each may have those before it as components."""
    kinds = [None, *sorted({row.kind for row in equipment})]
    steps = st.builds(
        Step, kind=st.sampled_from(["mix", "proof", "bake"]), fixed_minutes=st.integers(0, 600),
        minutes_per_unit=_numbers(4, 0, 10**5), equipment_kind=st.sampled_from(kinds),
        capacity_per_unit=_numbers(5, 0, 10**6), people=st.integers(0, 3),
        max_wait_minutes=st.none() | st.integers(0, 600),
        temperature=st.none() | st.integers(-20, 300),
    )  # fmt: skip
    recipes: list[RecipeRow] = []
    for name in draw(st.lists(_names, max_size=4, unique_by=name_key)):
        items = [(row.name, False) for row in ingredients] + [(row.name, True) for row in recipes]
        components = st.lists(st.sampled_from(items), max_size=4) if items else st.just([])
        recipes.append(draw(st.builds(
            RecipeRow, name=st.just(name), kind=st.sampled_from(["product", "semi_finished"]),
            unit=_units, yield_quantity=_numbers(), waste_share=_numbers(5, 0, 99999),
            components=st.just(tuple(
                ComponentRow(item, draw(_numbers()), is_recipe, draw(_numbers(5, 0, 99999)))
                for item, is_recipe in draw(components)
            )),
            steps=st.lists(steps, max_size=3).map(tuple), batch_min=_numbers(low=0, high=10**6),
            batch_max=st.none() | _numbers(low=10**6), batch_multiple=_numbers(),
            lead_days=st.integers(0, 2), assumed=_assumed(RecipeRow),
        )))  # fmt: skip
    return tuple(recipes)


def _prices(suppliers: Any, ingredients: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    if not (suppliers and ingredients):
        return st.just(())
    return _unique("prices", st.builds(
        PriceRow, supplier=_name_of(suppliers), ingredient=_name_of(ingredients),
        pack_size=_numbers(), min_packs=st.integers(1, 99), pack_price_minor=_minor,
    ))  # fmt: skip


def _lots(ingredients: Any, products: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    items = [(row.name, False) for row in ingredients] + [(row.name, True) for row in products]
    if not items:
        return st.just(())
    received = st.integers(0, 60).map(lambda days: TODAY - timedelta(days))
    return _unique("lots", st.sampled_from(items).flatmap(lambda item: st.builds(
        LotRow, item=st.just(item[0]), is_product=st.just(item[1]), quantity=_numbers(),
        received_on=received, code=st.just("") | _names,
        expires_on=st.none() | st.integers(0, 99).map(lambda days: TODAY + timedelta(days)),
    )))  # fmt: skip


def _open_orders(suppliers: Any, ingredients: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    if not (suppliers and ingredients):
        return st.just(())
    return _unique("open_orders", st.builds(
        OpenOrderRow, supplier=_name_of(suppliers), ingredient=_name_of(ingredients),
        packs=st.integers(1, 99), pack_size=_numbers(), pack_price_minor=_minor, delivery_on=_days,
    ))  # fmt: skip


def _customer_orders(products: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    if not products:
        return st.just(())
    return st.booleans().flatmap(lambda counted: _unique("customer_orders", st.builds(
        CustomerOrderRow, customer=_names, product=_name_of(products), quantity=_numbers(),
        due_date=_days, due_time=st.none() | _times, in_forecast=st.just(counted),
    )))  # fmt: skip


@st.composite
def _opening_hours(draw: st.DrawFn) -> tuple[OpeningRow, ...]:
    """As they are stored: each pair of hours once, by weekday."""
    pairs = st.tuples(_minutes, _minutes).filter(lambda pair: pair[0] < pair[1])
    hours = draw(st.lists(pairs, unique=True, max_size=3))
    on_holidays = draw(st.booleans())
    assumed = tuple(sorted(draw(st.sets(st.sampled_from(["opens", "on_holidays"])))))
    weekdays: dict[tuple[time, time], list[int]] = {}
    for day in range(7) if hours else ():
        weekdays.setdefault(draw(st.sampled_from(hours)), []).append(day)
    return tuple(
        OpeningRow(tuple(days), *pair, on_holidays, assumed) for pair, days in weekdays.items()
    )


def _name_of(rows: Any) -> st.SearchStrategy[str]:
    return st.sampled_from([row.name for row in rows])
