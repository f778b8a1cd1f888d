"""Suppliers over HTTP."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.models import Ingredient
from obrador.kit.ids import new_id
from obrador.suppliers.models import Supplier

MILL = {
    "name": "Harinas García",
    "email": "pedidos@harinas.example",
    "language": "es",
    "lead_time_days": 2,
    "delivery_weekdays": [3, 0],
    "order_cutoff": "14:30",
    "min_order": "150",
    "delivery_fee": 9.5,
}


async def add(buyer: AsyncClient, url: str, **other: Any) -> Any:
    answer = await buyer.post(f"{url}/suppliers", json=MILL | other)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_supplier_is_kept_and_shown(
    buyer: AsyncClient, viewer: AsyncClient, url: str
) -> None:
    added = await add(buyer, url)

    assert added == MILL | {
        "id": added["id"],
        "delivery_weekdays": [0, 3],
        "lead_time_sd_days": "0",
        "min_order": "150",
        "delivery_fee": "9.5",
        "currency": "EUR",
        "assumed": [],
    }
    assert (await viewer.get(f"{url}/suppliers/{added['id']}")).json() == added
    assert (await viewer.get(f"{url}/suppliers")).json() == {
        "items": [added],
        "next_cursor": None,
    }


async def test_pages_follow_each_other_until_the_last(buyer: AsyncClient, url: str) -> None:
    names = [(await add(buyer, url, name=f"Mill {n}"))["name"] for n in range(5)]

    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await buyer.get(f"{url}/suppliers", params=query)).json()
        seen += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == names


async def test_the_same_idempotency_key_adds_once(buyer: AsyncClient, url: str) -> None:
    headers = {"Idempotency-Key": "monday-1"}

    first = await buyer.post(f"{url}/suppliers", json=MILL, headers=headers)
    second = await buyer.post(f"{url}/suppliers", json=MILL, headers=headers)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert len((await buyer.get(f"{url}/suppliers")).json()["items"]) == 1


async def test_a_name_is_unique_whatever_its_case_and_accents(buyer: AsyncClient, url: str) -> None:
    await add(buyer, url)

    answer = await buyer.post(f"{url}/suppliers", json=MILL | {"name": "harinas  GARCIA"})

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:obrador:problem:conflict"
    assert answer.json()["errors"] == [{"where": "name", "message": "is taken"}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "a\x00b"),
        ("name", "x" * 201),
        ("email", "nobody"),
        ("lead_time_days", -1),
        ("lead_time_days", 10**9),
        ("delivery_weekdays", []),
        ("delivery_weekdays", [7]),
        ("delivery_weekdays", [1, 1]),
        ("order_cutoff", "14:30:10"),
        ("order_cutoff", "14:30Z"),
        ("min_order", "NaN"),
        ("min_order", "1.205"),
        ("min_order", "2147483647"),
        ("delivery_fee", -1),
        ("colour", "red"),
    ],
)
async def test_a_bad_value_is_refused_and_named(
    buyer: AsyncClient, url: str, field: str, value: Any
) -> None:
    answer = await buyer.post(f"{url}/suppliers", json=MILL | {field: value})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"].split(".")[0] == field


async def test_what_somebody_states_is_no_assumption_any_longer(
    buyer: AsyncClient, session: AsyncSession, tenant: TenantId, url: str
) -> None:
    added = await add(buyer, url)
    row = await session.get_one(Supplier, (tenant, added["id"]))
    row.assumed = ["min_order_minor", "lead_time_days", "name"]
    await session.flush()

    stated = await buyer.patch(
        f"{url}/suppliers/{added['id']}", json={"min_order": 200, "lead_time_days": 3}
    )
    confirmed = await buyer.post(f"{url}/suppliers/{added['id']}/confirm")

    assert stated.json() == added | {"min_order": "200", "lead_time_days": 3, "assumed": ["name"]}
    assert confirmed.json()["assumed"] == []


async def test_a_removed_supplier_is_gone(buyer: AsyncClient, url: str) -> None:
    added = await add(buyer, url)

    removed = await buyer.delete(f"{url}/suppliers/{added['id']}")

    assert removed.status_code == 204
    assert (await buyer.get(f"{url}/suppliers/{added['id']}")).status_code == 404
    assert (await buyer.delete(f"{url}/suppliers/{added['id']}")).status_code == 404


async def test_another_bakerys_supplier_is_not_there(
    buyer: AsyncClient, outsider: AsyncClient, url: str, other_tenant: TenantId
) -> None:
    added = await add(buyer, url)
    theirs = f"/api/v1/tenants/{other_tenant}/suppliers"

    assert (await outsider.get(f"{url}/suppliers/{added['id']}")).status_code == 404
    assert (await outsider.get(f"{theirs}/{added['id']}")).status_code == 404
    assert (await outsider.patch(f"{theirs}/{added['id']}", json={})).status_code == 404
    assert (await outsider.delete(f"{theirs}/{added['id']}")).status_code == 404


async def test_a_price_list_is_replaced_as_a_whole(
    buyer: AsyncClient, session: AsyncSession, tenant: TenantId, url: str
) -> None:
    flour = Ingredient(tenant_id=tenant, id=new_id(), name="Harina", name_key="harina", unit="g")
    session.add(flour)
    await session.flush()
    prices = f"{url}/suppliers/{(await add(buyer, url))['id']}/prices"
    line = {"ingredient_id": str(flour.id), "pack_size": "25000", "pack_price": "18.9"}

    one = await buyer.put(prices, json={"prices": [line]})
    broken = await buyer.put(prices, json={"prices": [line, line]})
    unknown = await buyer.put(prices, json={"prices": [line | {"ingredient_id": str(new_id())}]})

    assert one.json()["prices"] == [line | {"min_packs": 1, "unit": "g", "currency": "EUR"}]
    assert broken.status_code == 409
    assert unknown.status_code == 422
    assert unknown.json()["errors"] == [{"where": "ingredient_id", "message": "is not there"}]
    assert (await buyer.get(prices)).json() == one.json()
    assert (await buyer.put(prices, json={"prices": []})).json() == {"prices": []}
