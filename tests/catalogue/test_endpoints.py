"""Products, recipes, equipment and shifts over HTTP."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.models import Ingredient
from obrador.kit.ids import new_id
from tests.factories.things import BREAD, DOUGH, OVEN, added


@pytest.fixture
async def flour(session: AsyncSession, tenant: TenantId) -> str:
    row = Ingredient(tenant_id=tenant, id=new_id(), name="Flour", name_key="flour", unit="g")
    session.add(row)
    await session.flush()
    return str(row.id)


def of_recipe(recipe: Any, quantity: float = 1) -> dict[str, Any]:
    return {"recipe_id": recipe["id"], "quantity": quantity}


async def test_a_product_is_kept_with_its_price_in_the_bakerys_currency(
    baker: AsyncClient, url: str
) -> None:
    loaf = await added(
        baker,
        f"{url}/products",
        {"name": "Loaf", "price": "3.20", "ready_by": "07:30", "par_levels": [4] * 7},
    )

    assert loaf["price"] == "3.2"
    assert loaf["currency"] == "EUR"
    assert loaf["ready_by"] == "07:30"
    assert loaf["par_levels"] == ["4"] * 7
    assert (await baker.get(f"{url}/products/{loaf['id']}")).json() == loaf


async def test_a_product_says_what_its_bake_costs_and_when_it_is_baked(
    baker: AsyncClient, url: str
) -> None:
    plain = await added(baker, f"{url}/products", {"name": "Roll"})
    facts = {
        "issuing": "freshest_first",
        "disposal": "0.05",
        "goodwill": "0.4",
        "holding": "0.01",
        "variable_cost": "0.12",
        "min_display": "6",
        "waves": ["10:30", "16:00"],
    }

    loaf = await added(baker, f"{url}/products", {"name": "Loaf", "ready_by": "07:00"} | facts)

    assert {name: loaf[name] for name in facts} == facts
    assert (plain["issuing"], plain["waves"], plain["goodwill"]) == ("oldest_first", [], "0")
    assert (await baker.get(f"{url}/products/{loaf['id']}")).json() == loaf


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"waves": ["16:00", "10:30"]}, "waves"),
        ({"waves": ["06:30"], "ready_by": "07:00"}, "waves"),
        ({"waves": ["1:30", "x"]}, "waves"),
        ({"waves": [f"{hour:02}:00" for hour in range(8, 15)]}, "waves"),
        ({"issuing": "any"}, "issuing"),
        ({"holding": "-0.01"}, "holding"),
        ({"disposal": "-1"}, "disposal"),
        ({"goodwill": "1e30"}, "goodwill"),
        ({"variable_cost": "many"}, "variable_cost"),
        ({"min_display": 20, "daily_max": 10}, "min_display"),
        ({"shelf_life_days": 0}, "shelf_life_days"),
        ({"salvage": "-1"}, "salvage"),
    ],
)
async def test_what_makes_no_sense_of_a_product_is_named(
    baker: AsyncClient, url: str, facts: dict[str, object], field: str
) -> None:
    answer = await baker.post(f"{url}/products", json={"name": "Loaf"} | facts)

    assert answer.status_code == 422
    assert all(fault["where"].startswith(field) for fault in answer.json()["errors"])


@pytest.mark.parametrize("share", ["1", "1.5", "-0.2"])
async def test_nobody_wastes_all_or_gains_by_waste(
    baker: AsyncClient, url: str, share: str
) -> None:
    answer = await baker.post(f"{url}/recipes", json=BREAD | {"waste_share": share})

    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["errors"]] == ["waste_share"]


async def test_a_recipe_is_kept_with_its_parts_in_base_units(
    baker: AsyncClient, url: str, flour: str
) -> None:
    await added(baker, f"{url}/equipment", OVEN)
    dough = await added(
        baker,
        f"{url}/recipes",
        DOUGH | {"components": [{"ingredient_id": flour, "quantity": "1.5", "unit": "kg"}]},
    )
    bread = await added(
        baker,
        f"{url}/recipes",
        BREAD
        | {
            "components": [of_recipe(dough, 400)],
            "steps": [{"kind": "bake", "fixed_minutes": 30, "equipment_kind": "Oven"}],
        },
    )

    assert dough["components"] == [
        {
            "ingredient_id": flour,
            "recipe_id": None,
            "quantity": "1500",
            "unit": "g",
            "waste_share": "0",
        }
    ]
    assert bread["components"][0]["recipe_id"] == dough["id"]
    assert bread["steps"][0]["equipment_kind"] == "oven"
    assert (await baker.get(f"{url}/recipes")).json()["items"] == [dough, bread]


async def test_parts_are_replaced_as_a_whole(baker: AsyncClient, url: str, flour: str) -> None:
    one = {"ingredient_id": flour, "quantity": 5}
    dough = await added(baker, f"{url}/recipes", DOUGH | {"components": [one, one, one]})

    changed = await baker.patch(
        f"{url}/recipes/{dough['id']}", json={"components": [one | {"quantity": 7}]}
    )

    assert [each["quantity"] for each in changed.json()["components"]] == ["7"]
    assert (await baker.get(f"{url}/recipes/{dough['id']}")).json() == changed.json()


async def test_a_recipe_that_contains_itself_is_refused_with_the_ring(
    baker: AsyncClient, url: str
) -> None:
    dough = await added(baker, f"{url}/recipes", DOUGH)
    bread = await added(baker, f"{url}/recipes", BREAD | {"components": [of_recipe(dough)]})

    answer = await baker.patch(
        f"{url}/recipes/{dough['id']}", json={"components": [of_recipe(bread)]}
    )

    assert answer.status_code == 422
    ring = answer.json()["detail"]
    assert "Dough → Bread → Dough" in ring or "Bread → Dough → Bread" in ring
    assert (await baker.get(f"{url}/recipes/{dough['id']}")).json() == dough


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"components": [{"quantity": 1}]}, "components.0"),
        ({"components": [{"ingredient_id": str(new_id()), "quantity": 1}]}, "components.0"),
        ({"steps": [{"kind": "bake", "equipment_kind": "oven"}]}, "steps.0.equipment_kind"),
        ({"batch_min": 5, "batch_max": 4}, "batch_max"),
        ({"waste_share": 1}, "waste_share"),
        ({"yield_quantity": 0}, "yield_quantity"),
    ],
)
async def test_a_recipe_that_cannot_be_made_is_refused(
    baker: AsyncClient, url: str, change: dict[str, Any], where: str
) -> None:
    answer = await baker.post(f"{url}/recipes", json=BREAD | change)

    assert answer.status_code == 422
    assert [error["where"] for error in answer.json()["errors"]] == [where]
    assert (await baker.get(f"{url}/recipes")).json()["items"] == []


async def test_a_quantity_of_another_measure_is_refused(
    baker: AsyncClient, url: str, flour: str
) -> None:
    answer = await baker.post(
        f"{url}/recipes",
        json=DOUGH | {"components": [{"ingredient_id": flour, "quantity": 1, "unit": "l"}]},
    )

    assert answer.status_code == 422
    assert "measured in g" in answer.json()["detail"]


async def test_what_is_used_is_not_removed(baker: AsyncClient, url: str) -> None:
    oven = await added(baker, f"{url}/equipment", OVEN)
    dough = await added(baker, f"{url}/recipes", DOUGH)
    bread = await added(
        baker,
        f"{url}/recipes",
        BREAD
        | {
            "components": [of_recipe(dough)],
            "steps": [{"kind": "bake", "equipment_kind": "oven"}],
        },
    )
    await added(baker, f"{url}/products", {"name": "Loaf", "recipe_id": bread["id"]})

    by_component = await baker.delete(f"{url}/recipes/{dough['id']}")
    by_product = await baker.delete(f"{url}/recipes/{bread['id']}")
    by_step = await baker.delete(f"{url}/equipment/{oven['id']}")
    by_kind = await baker.patch(f"{url}/equipment/{oven['id']}", json={"kind": "fryer"})

    assert [each.status_code for each in (by_component, by_product, by_step, by_kind)] == [409] * 4
    assert "recipe components" in by_component.json()["detail"]
    assert "products" in by_product.json()["detail"]
    assert "Bread (oven)" in by_step.json()["detail"]
    assert (await baker.get(f"{url}/equipment/{oven['id']}")).json() == oven


async def test_a_product_of_a_recipe_that_is_not_there_is_refused(
    baker: AsyncClient, url: str
) -> None:
    answer = await baker.post(f"{url}/products", json={"name": "Loaf", "recipe_id": str(new_id())})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"where": "recipe_id", "message": "is not there"}]


async def test_equipment_is_repaired_after_it_breaks(baker: AsyncClient, url: str) -> None:
    answer = await baker.post(
        f"{url}/equipment",
        json=OVEN
        | {
            "out_of_order_from": "2026-03-03T06:00:00Z",
            "out_of_order_to": "2026-03-03T07:00:00+02:00",
        },
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "out_of_order_to"


async def test_shifts_are_kept_and_changed(baker: AsyncClient, url: str) -> None:
    shift = await added(
        baker,
        f"{url}/shifts",
        {"weekdays": [5, 4], "starts": "22:00", "ends": "06:00", "people": 2},
    )

    changed = await baker.patch(f"{url}/shifts/{shift['id']}", json={"people": 3})

    assert shift["weekdays"] == [4, 5]
    assert changed.json() == shift | {"people": 3}
