"""What was assumed: listed by kind, corrected and confirmed in place."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.onboarding.assume import assume_missing
from obrador.sales.schemas import SaleInput, SalesInput
from obrador.sales.service import add_sales
from tests.factories.things import added
from tests.fixtures.people import NOW

DAY = date(2026, 3, 3)


@pytest.fixture
async def page(session: AsyncSession, owner: AsyncClient, tenant: TenantId, url: str) -> str:
    """Where it is told of a bakery that has only sold bread and croissants."""
    for name in ("Pan", "Croissant"):
        product = await added(owner, f"{url}/products", {"name": name})
        days = [DAY - timedelta(days=number) for number in range(1, 15)]
        sales = [SaleInput(product_id=product["id"], date=day, quantity=40) for day in days]
        await add_sales(session, tenant, SalesInput(sales=sales), NOW)
    await assume_missing(session, tenant, DAY, NOW)
    return f"/bakeries/{tenant}/setup/assumed"


async def _read(client: AsyncClient, page: str, status: int = 200) -> str:
    answer = await client.get(page, params={"lang": "en"})
    assert answer.status_code == status
    return answer.text


async def _things(client: AsyncClient, url: str, kind: str) -> dict[str, Any]:
    items = (await client.get(f"{url}/{kind}")).json()["items"]
    return {each["name"]: each for each in items}


async def test_everything_assumed_is_listed_with_its_value(
    viewer: AsyncClient, page: str, url: str
) -> None:
    shown = await _read(viewer, page)

    croissant = (await _things(viewer, url, "products"))["Croissant"]
    assert f'name="price.{croissant["id"]}" value="{Decimal(croissant["price"]):.2f}"' in shown
    for kind in ("products", "recipes", "equipment", "ingredients", "suppliers"):
        for name, thing in (await _things(viewer, url, kind)).items():
            assert (f"/setup/{kind}/{thing['id']}" in shown) is bool(thing["assumed"]), name
    assert "<button" not in shown.split('id="products"')[1]


async def test_what_is_corrected_counts_as_confirmed_and_the_rest_stays(
    baker: AsyncClient, page: str, url: str
) -> None:
    before = await _things(baker, url, "products")
    own, other = before["Croissant"]["id"], before["Pan"]["id"]
    fields = {
        f"price.{own}": "1,75",
        f"shelf_life_days.{own}": str(before["Croissant"]["shelf_life_days"]),
        f"price.{other}": f"{Decimal(before['Pan']['price']):.2f}",
    }
    answer = await baker.post(f"{page}/products", data=fields | {"do": "save"})
    after = await _things(baker, url, "products")

    assert answer.status_code == 303
    assert after["Croissant"]["price"] == "1.75"
    assert "price" not in after["Croissant"]["assumed"]
    assert "recipe" in after["Croissant"]["assumed"]
    assert after["Pan"] == before["Pan"]


async def test_all_of_a_kind_is_confirmed_at_once(buyer: AsyncClient, page: str, url: str) -> None:
    before = await _things(buyer, url, "suppliers")
    some = next(iter(before.values()))
    fields = {f"lead_time_days.{some['id']}": "3", f"delivery_weekdays.{some['id']}.2": "1"}
    answer = await buyer.post(f"{page}/suppliers", data=fields | {"do": "confirm"})
    after = await _things(buyer, url, "suppliers")

    assert answer.headers["location"].endswith("?done=suppliers#suppliers")
    assert all(each["assumed"] == [] for each in after.values())
    assert after[some["name"]]["lead_time_days"] == 3
    assert after[some["name"]]["delivery_weekdays"] == [2]
    assert 'id="suppliers"' not in await _read(buyer, page)
    assert any(each["assumed"] for each in (await _things(buyer, url, "ingredients")).values())


async def test_what_is_wrong_is_told_and_nothing_is_kept(
    baker: AsyncClient, page: str, url: str
) -> None:
    before = await _things(baker, url, "products")
    own, other = before["Croissant"]["id"], before["Pan"]["id"]
    fields = {f"price.{own}": "dear", f"price.{other}": "3", "do": "confirm"}
    answer = await baker.post(f"{page}/products", params={"lang": "en"}, data=fields)

    assert answer.status_code == 422
    assert "price" in re.sub(r"<[^>]*>", "", answer.text.split('role="alert"')[1])[:200]
    assert 'value="dear"' in answer.text
    assert await _things(baker, url, "products") == before


async def test_only_who_keeps_things_corrects_them(
    anonymous: AsyncClient,
    outsider: AsyncClient,
    viewer: AsyncClient,
    buyer: AsyncClient,
    page: str,
) -> None:
    assert (await anonymous.get(page)).status_code == 401
    assert (await outsider.get(page)).status_code == 404
    assert (await viewer.post(f"{page}/products", data={"do": "confirm"})).status_code == 403
    assert (await buyer.post(f"{page}/products", data={"do": "confirm"})).status_code == 403
    assert (await buyer.post(f"{page}/people", data={"do": "confirm"})).status_code == 404
