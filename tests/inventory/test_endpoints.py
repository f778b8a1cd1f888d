"""Ingredients and stock over HTTP."""

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.models import Ingredient
from obrador.kit.db import Database
from obrador.kit.ids import new_id
from tests.factories.things import FLOUR, added
from tests.statements import counted


async def receive(buyer: AsyncClient, url: str, item: str, quantity: str, **more: str) -> None:
    movement = {"kind": "receipt", "ingredient_id": item, "quantity": quantity, **more}
    await added(buyer, f"{url}/stock/movements", movement)


async def test_levels_follow_movements(buyer: AsyncClient, baker: AsyncClient, url: str) -> None:
    flour = (await added(buyer, f"{url}/ingredients", FLOUR))["id"]
    sugar = (await added(buyer, f"{url}/ingredients", {"name": "Azúcar", "unit": "g"}))["id"]
    await receive(buyer, url, flour, "25", unit="kg")
    used = {"kind": "consumption", "ingredient_id": flour, "quantity": "1200.5"}
    await added(baker, f"{url}/stock/movements", used)

    missing = str(new_id())
    answer = await buyer.post(
        f"{url}/inventory/operations/stock-levels/batch", json={"ids": [missing, flour, sugar]}
    )

    assert answer.json() == {
        "levels": {
            flour: {"quantity": "23799.5", "unit": "g"},
            sugar: {"quantity": "0", "unit": "g"},
        },
        "missing": [missing],
    }


async def test_the_same_idempotency_key_moves_once(buyer: AsyncClient, url: str) -> None:
    flour = (await added(buyer, f"{url}/ingredients", FLOUR))["id"]
    receipt = {"kind": "receipt", "ingredient_id": flour, "quantity": 5}

    answers = [
        await buyer.post(
            f"{url}/stock/movements", json=receipt, headers={"Idempotency-Key": "truck-7"}
        )
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert len((await buyer.get(f"{url}/stock/lots")).json()["items"]) == 1


async def test_taking_too_much_is_a_conflict_with_the_figures(buyer: AsyncClient, url: str) -> None:
    flour = (await added(buyer, f"{url}/ingredients", FLOUR))["id"]
    await receive(buyer, url, flour, "5")

    answer = await buyer.post(
        f"{url}/stock/movements",
        json={"kind": "consumption", "ingredient_id": flour, "quantity": 6},
    )

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:obrador:problem:not-enough-stock"
    assert "6" in answer.json()["detail"]
    assert "5.000 are there" in answer.json()["detail"]


async def test_lots_are_listed_by_item_and_with_those_used_up(
    buyer: AsyncClient, baker: AsyncClient, url: str
) -> None:
    flour = (await added(buyer, f"{url}/ingredients", FLOUR))["id"]
    loaf = (await added(baker, f"{url}/products", {"name": "Loaf", "shelf_life_days": 2}))["id"]
    await receive(buyer, url, flour, "5", expires_on="2026-04-01")
    await added(
        baker, f"{url}/stock/movements", {"kind": "receipt", "product_id": loaf, "quantity": 8}
    )
    await added(
        baker, f"{url}/stock/movements", {"kind": "waste", "ingredient_id": flour, "quantity": 5}
    )

    in_stock = (await buyer.get(f"{url}/stock/lots")).json()["items"]
    everything = (await buyer.get(f"{url}/stock/lots?in_stock=false")).json()["items"]
    of_flour = (await buyer.get(f"{url}/stock/lots?in_stock=false&item_id={flour}")).json()["items"]

    assert [(lot["product_id"], lot["remaining"], lot["unit"]) for lot in in_stock] == [
        (loaf, "8", "piece")
    ]
    assert in_stock[0]["expires_on"] == "2026-03-04"
    assert {lot["id"] for lot in everything} == {in_stock[0]["id"], of_flour[0]["id"]}
    assert of_flour[0]["remaining"] == "0"


async def test_what_expires_soon_comes_first_expired_first(buyer: AsyncClient, url: str) -> None:
    flour = (await added(buyer, f"{url}/ingredients", FLOUR))["id"]
    for expires_on in ("2026-03-12", "2026-03-05", "2026-03-02"):
        await receive(buyer, url, flour, "1", received_on="2026-03-01", expires_on=expires_on)

    found = (await buyer.get(f"{url}/stock/expiring?days=7")).json()

    assert found["today"] == "2026-03-03"
    assert [(lot["expires_on"], lot["days_left"]) for lot in found["items"]] == [
        ("2026-03-02", -1),
        ("2026-03-05", 2),
    ]


async def test_the_unit_stays_once_there_has_been_stock(buyer: AsyncClient, url: str) -> None:
    flour = (await added(buyer, f"{url}/ingredients", FLOUR))["id"]
    before = await buyer.patch(f"{url}/ingredients/{flour}", json={"unit": "ml"})
    await receive(buyer, url, flour, "1")
    after = await buyer.patch(f"{url}/ingredients/{flour}", json={"unit": "g"})

    assert before.status_code == 200
    assert after.status_code == 409
    assert (await buyer.delete(f"{url}/ingredients/{flour}")).status_code == 409


async def test_a_thousand_ids_are_one_query(
    viewer: AsyncClient, session: AsyncSession, database: Database, tenant: TenantId, url: str
) -> None:
    ids = [new_id() for _ in range(1000)]
    session.add_all(
        Ingredient(tenant_id=tenant, id=each, name=f"I{n}", name_key=f"i{n}", unit="g")
        for n, each in enumerate(ids[:-1])
    )
    await session.flush()
    session.expunge_all()
    body = {"ids": [str(each) for each in ids]}
    for operation, what in (("ingredients", "items"), ("stock-levels", "levels")):
        with counted(database) as statements:
            answer = await viewer.post(f"{url}/inventory/operations/{operation}/batch", json=body)

        assert len(answer.json()[what]) == 999
        assert answer.json()["missing"] == [str(ids[-1])]
        assert sum("ingredients" in each for each in statements) == 1
        assert len(statements) == 4, "who asks, for whom, their role, and what they ask for"
