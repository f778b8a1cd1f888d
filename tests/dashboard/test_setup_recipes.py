"""The recipe page: baker's percentages, scaling, steps, and what a piece costs."""

import re
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from obrador.authz import TenantId
from obrador.dashboard.setup_lines import lines_of, portion_text, typed_portion
from tests.factories.things import FLOUR, OVEN, added

NEW = str(UUID(int=7))
MILLER = {"name": "Molino", "lead_time_days": 2, "delivery_weekdays": [1]}
BASICS = {"new_id": NEW, "name": "Masa", "kind": "semi_finished", "unit": "g"}


@pytest.fixture
def recipes(tenant: TenantId) -> str:
    """Where the recipe pages are."""
    return f"/bakeries/{tenant}/setup/recipes"


@pytest.fixture
async def goods(owner: AsyncClient, url: str) -> dict[str, str]:
    """Flour at 0.75 € a kg, salt without a price, eggs by the piece, and an oven; by name."""
    found = {}
    for thing in (FLOUR, {"name": "Sal", "unit": "g"}, {"name": "Huevos", "unit": "piece"}):
        found[str(thing["name"])] = (await added(owner, f"{url}/ingredients", thing))["id"]
    await added(owner, f"{url}/equipment", OVEN)
    miller = await added(owner, f"{url}/suppliers", MILLER)
    price = {"ingredient_id": found["Harina"], "pack_size": "25000", "pack_price": "18.75"}
    answer = await owner.put(f"{url}/suppliers/{miller['id']}/prices", json={"prices": [price]})
    assert answer.status_code == 200
    return found


async def _send(client: AsyncClient, where: str, **fields: str) -> Response:
    return await client.post(where, data=fields, params={"lang": "en"})


async def _kept(client: AsyncClient, url: str) -> Any:
    return (await client.get(f"{url}/recipes/{NEW}")).json()


async def _inputs(client: AsyncClient, where: str) -> dict[str, str]:
    """What the form would send if nothing is changed."""
    page = (await client.get(where, params={"lang": "en"})).text
    own = page[page.index('<form method="post" action="' + where + '"') :]
    given = dict(re.findall(r'name="([\w.]+)" value="([^"]*)"', own))
    for name, options in re.findall(
        r'<select id="[^"]*" name="([\w.]+)"[^>]*>(.*?)</select>', own, re.S
    ):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
        given[name] = (chosen[1] or chosen[2]) if chosen else ""
    return given


def _line(place: int, **parts: str) -> dict[str, str]:
    return {f"component.{place}.{name}": value for name, value in parts.items()}


async def test_per_cent_and_quantities_follow_each_other(
    owner: AsyncClient, url: str, recipes: str, goods: dict[str, str]
) -> None:
    fields = BASICS | {"yield_quantity": "16,2 kg", "flour": "10 kg"}
    lines = _line(0, item="harina", percent="100") | _line(2, item="Sal", percent="2,2")

    saved = await _send(owner, recipes, **fields, **lines)

    assert saved.status_code == 303, saved.text
    kept = await _kept(owner, url)
    assert [each["quantity"] for each in kept["components"]] == ["10000", "220"]
    assert kept["yield_quantity"] == "16200"
    given = await _inputs(owner, f"{recipes}/{NEW}")
    assert given["component.0.quantity"] == "10 kg"
    assert given["component.1.percent"] == "2,2"
    assert given["flour"] == "10 kg"

    more_salt = {"component.1.quantity": "250 g"}
    await _send(owner, f"{recipes}/{NEW}", **given | more_salt)
    given = await _inputs(owner, f"{recipes}/{NEW}")
    assert given["component.1.percent"] == "2,5"

    await _send(owner, f"{recipes}/{NEW}", **given | {"component.1.percent": "1,8"})
    kept = await _kept(owner, url)
    assert [each["quantity"] for each in kept["components"]] == ["10000", "180"]


async def test_saving_without_a_change_changes_nothing(
    owner: AsyncClient, url: str, recipes: str, goods: dict[str, str]
) -> None:
    steps = [
        {"kind": "mix", "fixed_minutes": 12, "people": 1},
        {"kind": "bake", "fixed_minutes": 40, "minutes_per_unit": "0.25", "temperature": 230,
         "equipment_kind": "oven", "capacity_per_unit": "0.04166", "max_wait_minutes": 0},
    ]  # fmt: skip
    parts = [
        {"ingredient_id": goods["Harina"], "quantity": "333.333", "waste_share": "0.015"},
        {"ingredient_id": goods["Huevos"], "quantity": "4.52"},
    ]
    recipe = {"name": "Pan", "unit": "piece", "yield_quantity": "7", "batch_min": "5"}
    made = await added(
        owner, f"{url}/recipes", recipe | {"components": parts, "steps": steps, "lead_days": 1}
    )

    where = f"{recipes}/{made['id']}"
    saved = await _send(owner, where, **await _inputs(owner, where))

    assert saved.status_code == 303, saved.text
    again = (await owner.get(f"{url}/recipes/{made['id']}")).json()
    takes = Decimal(again["steps"][1].pop("capacity_per_unit"))
    assert Decimal(made["steps"][1].pop("capacity_per_unit")) <= takes <= Decimal(1) / 24
    assert again == made


async def test_other_flour_scales_everything(
    owner: AsyncClient, url: str, recipes: str, goods: dict[str, str]
) -> None:
    parts = [
        {"ingredient_id": goods["Harina"], "quantity": "10000"},
        {"ingredient_id": goods["Huevos"], "quantity": "4"},
    ]
    recipe = {"name": "Pan", "unit": "piece", "yield_quantity": "30", "components": parts}
    made = await added(owner, f"{url}/recipes", recipe)
    where = f"{recipes}/{made['id']}"

    await _send(owner, where, **await _inputs(owner, where) | {"flour": "15 kg"})

    kept = (await owner.get(f"{url}/recipes/{made['id']}")).json()
    assert [each["quantity"] for each in kept["components"]] == ["15000", "6"]
    assert kept["yield_quantity"] == "45"


@pytest.mark.parametrize(
    ("lines", "where", "words"),
    [
        (_line(0, item="Arena", quantity="1 kg"), "component-0-item", "none of this name"),
        (_line(0, item="Sal", quantity="20"), "component-0-quantity", "write it as in 500 g"),
        (_line(0, item="Sal", quantity="much"), "component-0-quantity", "is no number"),
        (_line(3, item="Sal", quantity=""), "component-0-quantity", "is missing"),
        (_line(0, item="Sal", percent="2"), "flour", "percentages are of it"),
        (_line(0, item="Huevos", percent="2"), "component-0-percent", "counted in pieces"),
        ({"step.0.kind": "bake", "step.0.people": "-1"}, "step-0-people", "0 or more"),
        (
            {"step.0.kind": "bake", "step.0.equipment_kind": "kiln"},
            "step-0-equipment_kind", "no equipment is of this kind",
        ),
        ({"waste_share": "100"}, "waste_share", "must be less than 100"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_in_its_line(
    owner: AsyncClient, recipes: str, goods: dict[str, str],
    lines: dict[str, str], where: str, words: str,
) -> None:  # fmt: skip
    refused = await _send(owner, recipes, **BASICS | {"yield_quantity": "1 kg"} | lines)

    assert refused.status_code == 422
    fault = re.search(rf'id="{where}-fault">([^<]*)<', refused.text)
    assert fault is not None, refused.text
    assert words in fault[1]


async def test_more_lines_keep_what_was_typed(owner: AsyncClient, recipes: str) -> None:
    lines = {f"component.{place}.item": f"Thing {place}" for place in range(4)}

    page = (await _send(owner, recipes, **BASICS, **lines, do="more")).text

    assert 'name="component.3.item" value="Thing 3"' in page
    assert 'name="component.7.item" value=""' in page
    assert f'name="new_id" value="{NEW}"' in page


async def test_a_recipe_cannot_contain_itself(
    owner: AsyncClient, recipes: str, goods: dict[str, str]
) -> None:
    await _send(owner, recipes, **BASICS, yield_quantity="1 kg")
    given = await _inputs(owner, f"{recipes}/{NEW}")

    refused = await _send(
        owner, f"{recipes}/{NEW}", **given | _line(0, item="Masa", quantity="1 kg")
    )

    assert refused.status_code == 422
    assert "A recipe contains itself: Masa → Masa" in refused.text


async def test_what_a_piece_costs_is_shown_with_its_parts_and_what_has_no_price(
    owner: AsyncClient, url: str, recipes: str, goods: dict[str, str]
) -> None:
    dough = await added(owner, f"{url}/recipes", {
        "name": "Masa", "kind": "semi_finished", "unit": "g", "yield_quantity": "1600",
        "components": [{"ingredient_id": goods["Harina"], "quantity": "1000"}],
    })  # fmt: skip
    bread = await added(owner, f"{url}/recipes", {
        "name": "Barra", "unit": "piece", "yield_quantity": "4",
        "components": [{"recipe_id": dough["id"], "quantity": "1600"}],
    })  # fmt: skip
    sold = {"name": "Barra", "price": "1.25", "recipe_id": bread["id"]}
    product = await added(owner, f"{url}/products", sold)

    page = (await owner.get(f"{recipes}/{bread['id']}", params={"lang": "en"})).text
    own = (await owner.get(f"{recipes[:-7]}products/{product['id']}", params={"lang": "en"})).text
    water = (await owner.get(f"{recipes}/{dough['id']}", params={"lang": "en"})).text

    assert re.search(r"<b>0,188\s€</b> ingredients for a piece", page)  # 1 kg at 0.75 in 4
    assert "(15\xa0% of its price)" in page
    assert re.search(r"<b>0,188\s€</b>", own)
    assert "Tap water fills up the yield: 600 g, 60\xa0% of the flour." in water

    salted = [{"ingredient_id": goods["Sal"], "quantity": "20"}]
    await owner.patch(f"{url}/recipes/{dough['id']}", json={"components": salted})
    page = (await owner.get(f"{recipes}/{bread['id']}", params={"lang": "en"})).text
    assert re.search(r"Without a price.*/setup/ingredients/[0-9a-f-]+\">Sal</a>", page)
    assert "<b>–</b>" in page


async def test_viewers_read_recipes_too(
    viewer: AsyncClient, owner: AsyncClient, recipes: str, goods: dict[str, str]
) -> None:
    await _send(
        owner, recipes, **BASICS, yield_quantity="1 kg", **_line(0, item="Sal", quantity="1 kg")
    )

    page = (await viewer.get(f"{recipes}/{NEW}")).text

    assert page.count('name="component.') == 4  # no line to spare
    assert (await _send(viewer, f"{recipes}/{NEW}", name="x")).status_code == 403


@pytest.mark.parametrize(
    ("share", "text"),
    [("0.04166", "1/24"), ("0.04166666", "1/24"), ("0.5", "1/2"), ("0.095", "0.095"), ("2", "2")],
)
def test_portions_read_as_bakers_say_them(share: str, text: str) -> None:
    assert portion_text(Decimal(share)) == text
    typed = typed_portion(text, Decimal(1))
    assert isinstance(typed, Decimal)
    assert typed == pytest.approx(Decimal(share), rel=Decimal("0.001"))


def test_a_full_tray_is_never_over_full() -> None:
    for parts in range(2, 500):
        typed = typed_portion(f"1/{parts}", Decimal(1))
        assert isinstance(typed, Decimal)
        assert typed * parts <= 1
    assert typed_portion("1/0", Decimal(1)) == "1/0"
    assert typed_portion("half", Decimal(1)) == "half"


def test_lines_keep_their_order_without_those_that_are_empty() -> None:
    given = {
        "c.10.item": "b",
        "c.2.item": "a",
        "c.3.item": "",
        "c.3.quantity": "1",
        "d.0.item": "x",
    }

    assert [line["item"] for line in lines_of(given, "c", "item")] == ["a", "b"]
