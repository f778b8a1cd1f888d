"""Names that want to be more than names: on pages, in pictures, PDFs, mail and tables."""

import csv
import html
import re
from io import StringIO

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.models import Equipment, Product, Recipe
from obrador.inventory.models import Ingredient, StockLot
from obrador.kit.db import Base
from obrador.kit.ids import new_id
from obrador.suppliers.models import Supplier
from obrador.tenants.models import Tenant
from tests.authz.matrix import every_way
from tests.fixtures.people import NOW
from tests.procurement.orders import ordered, stocked

TRICK = """=1+1{{7*7}}{% raw %}${7*7}</b><script>alert(1)</script>" onmouseover="alert(2)' x=&"""
RECIPE = {"kind": "product", "unit": "piece", "yield_quantity": 1}
THINGS: dict[type[Base], dict[str, object]] = {
    Recipe: RECIPE,
    Product: {},
    Equipment: {"kind": "oven", "capacity": 8},
}


@pytest.fixture
async def ids(session: AsyncSession, tenant: TenantId) -> list[str]:
    """A bakery that is called so, as is everything it has; the ids of that."""
    things = await stocked(session, tenant)
    order = await ordered(session, things)
    made = [str(each) for each in (things.mill, things.flour, things.eggs, order)]
    for model, values in THINGS.items():
        own_id = new_id()
        named = {"tenant_id": tenant, "id": own_id, "name": TRICK, "name_key": f"trick {own_id}"}
        more = {"recipe_id": made[-1]} if model is Product else {}
        session.add(model(**named, **values, **more))
        await session.flush()
        made.append(str(own_id))
    lot = {"tenant_id": tenant, "id": new_id(), "received_on": NOW.date(), "remaining": 9}
    session.add(StockLot(ingredient_id=things.flour, **lot))
    await session.flush()
    await session.execute(update(Tenant).where(Tenant.id == tenant).values(name=TRICK))
    for model in (Supplier, Ingredient):
        await session.execute(update(model).where(model.tenant_id == tenant).values(name=TRICK))
    return made


async def test_no_page_takes_a_name_for_more(
    app: FastAPI, owner: AsyncClient, tenant: TenantId, ids: list[str]
) -> None:
    app.state.stopping.set()
    shown = 0
    for way in every_way(app):
        if way.method != "GET" or not way.is_page or not way.is_a_bakerys:
            continue
        for own_id in ids if way.path.count("{") > 1 else [""]:
            path = re.sub(r"{\w+(:\w+)?}", own_id, way.path.replace("{tenant_id}", str(tenant)))
            answer = await owner.get(path, headers={"Accept": "text/html"})
            assert answer.status_code < 500, path
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            assert "<script>alert" not in answer.text, path
            assert '" onmouseover="' not in answer.text, path
            assert "1{{49}}" not in answer.text, path
            shown += html.escape(TRICK).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in (
                answer.text
            )

    assert shown > 10


async def test_papers_say_it_as_it_is(
    owner: AsyncClient, url: str, tenant: TenantId, ids: list[str]
) -> None:
    path = f"{url}/procurement/orders/{ids[3]}"
    paper = await owner.get(f"{path}/order.pdf")
    sheet = await owner.get(f"{path}/order.csv")
    picture = await owner.get(f"{url}/forecasts/{ids[5]}/chart.svg")

    assert paper.status_code == 200
    assert b"/JavaScript" not in paper.content
    lines = list(csv.DictReader(StringIO(sheet.text)))
    assert {line["article"] for line in lines} == {line["supplier"] for line in lines}
    assert {line["article"] for line in lines} == {f"'{TRICK}"}
    assert "<script>" not in picture.text


async def test_a_sheet_to_print_holds_no_formula(
    owner: AsyncClient, url: str, ids: list[str]
) -> None:
    count = await owner.post(f"{url}/inventory/counts", json={})
    assert count.status_code == 201, count.text
    sheet = await owner.get(f"{url}/inventory/counts/{count.json()['id']}/sheet.csv")

    cells = [cell for row in csv.reader(StringIO(sheet.text)) for cell in row]
    assert f"'{TRICK}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
