"""Planning purchases from a file: the file's own rules hold, and bad files say what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from obrador.kit.errors import Invalid
from obrador.simulation.replenish_file import BUILD_ALONE, effort_of, read_instance, solve

DAYS = 14
INGREDIENT: dict[str, Any] = {
    "id": "flour",
    "demand": [10.0] * DAYS,
    "lots": [{"qty": 25, "last_day": 999}],
    "open_orders": [{"day": 2, "qty": 10}],
    "shelf_life": 30,
    "hold": 0.01,
    "spoil": 0.5,
    "safety": 5,
    "safety_pen": 1,
    "unmet_pen": 20,
}
SUPPLIERS: list[dict[str, Any]] = [
    {"id": "mill", "lead": 1, "weekdays": [0, 2, 4], "min_order": 100, "fee": 5},
    {"id": "shop", "lead": 0, "weekdays": [0, 1, 2, 3, 4, 5], "min_order": 0, "fee": 0},
]
OFFERS: list[dict[str, Any]] = [
    {"ingredient": 0, "supplier": 0, "pack": 10, "moq": 2, "tiers": [{"min_packs": 2, "price": 1}]},
    {"ingredient": 1, "supplier": 1, "pack": 1, "moq": 1, "tiers": [{"min_packs": 1, "price": 4}]},
    {"ingredient": 1, "supplier": 0, "pack": 5, "moq": 1, "tiers": [{"min_packs": 1, "price": 3}]},
]
WEEKS: dict[str, Any] = {
    "name": "small",
    "days": DAYS,
    "start_weekday": 2,
    "ingredients": [INGREDIENT, {**INGREDIENT, "id": "cream", "shelf_life": 4, "lots": []}],
    "suppliers": SUPPLIERS,
    "offers": OFFERS,
}


def written(folder: Path, weeks: dict[str, Any]) -> Path:
    file = folder / "small.json"
    file.write_text(json.dumps(weeks))
    return file


def test_the_orders_keep_the_files_rules(tmp_path: Path) -> None:
    orders = solve(read_instance(written(tmp_path, WEEKS)), effort_of(50)).solution["orders"]

    assert orders
    values: dict[tuple[int, int], float] = {}
    for order in orders:
        offer = OFFERS[order["offer"]]
        supplier = SUPPLIERS[offer["supplier"]]
        assert order["packs"] >= offer["moq"]
        assert order["day"] >= supplier["lead"]
        assert (WEEKS["start_weekday"] + order["day"]) % 7 in supplier["weekdays"]
        key = (offer["supplier"], order["day"])
        price = offer["tiers"][0]["price"]
        values[key] = values.get(key, 0) + order["packs"] * offer["pack"] * price
    assert all(value >= SUPPLIERS[supplier]["min_order"] for (supplier, _), value in values.items())


def test_more_rounds_never_cost_more(tmp_path: Path) -> None:
    weeks = read_instance(written(tmp_path, WEEKS))

    built, improved = (solve(weeks, effort).plan.cost for effort in (BUILD_ALONE, effort_of(100)))

    assert improved <= built


def test_the_same_counts_give_the_same_orders(tmp_path: Path) -> None:
    weeks = read_instance(written(tmp_path, WEEKS))

    once, again = (solve(weeks, effort_of(20)).solution for _ in range(2))

    assert once == again


def test_a_minimum_that_nothing_can_reach_is_said(tmp_path: Path) -> None:
    free = {**OFFERS[0], "tiers": [{"min_packs": 2, "price": 0}]}
    weeks = read_instance(written(tmp_path, {**WEEKS, "offers": [free]}))

    with pytest.raises(Invalid, match="below the minimum"):
        solve(weeks, effort_of(5))


def test_a_file_that_lacks_something_says_what(tmp_path: Path) -> None:
    file = written(tmp_path, {key: WEEKS[key] for key in WEEKS if key != "offers"})

    with pytest.raises(Invalid, match="it has no 'offers'"):
        read_instance(file)
