"""Sales and firm orders over HTTP."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from httpx import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.service import add_named_products
from obrador.kit.ids import derived_id, new_id
from obrador.sales.models import SaleLine

BREAD, ROLL = derived_id("bread"), derived_id("roll")
FILE = "Fecha;Artículo;Uds.;P.V.P.\n02/03/2026;Pan;12;1,20\n02/03/2026;Bollo;7;0,80\n"


@pytest.fixture(autouse=True)
async def products(session: AsyncSession, tenant: TenantId) -> None:
    await add_named_products(session, tenant, {BREAD: "Pan", ROLL: "Bollo"})


def line(**other: Any) -> dict[str, Any]:
    return {
        "product_id": str(BREAD),
        "sold_at": "2026-03-02T09:00:00Z",
        "quantity": "2",
        "price": "1.20",
        "receipt": "1",
    } | other


def total(**other: Any) -> dict[str, Any]:
    return {"product_id": str(BREAD), "date": "2026-03-02", "quantity": "40"} | other


async def post(client: AsyncClient, url: str, *sales: dict[str, Any]) -> Any:
    answer = await client.post(f"{url}/sales", json={"sales": list(sales)})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_lines_add_up_to_days(baker: AsyncClient, viewer: AsyncClient, url: str) -> None:
    kept = await post(baker, url, line(), line(receipt="2", price="1.00"))

    assert kept == {"new": 2, "changed": 0, "unchanged": 0}
    assert (await viewer.get(f"{url}/sales")).json() == {
        "items": [
            {
                "date": "2026-03-02",
                "product_id": str(BREAD),
                "location": "",
                "quantity": "4",
                "price": "1.1",
                "currency": "EUR",
                "sold_out_at": None,
                "source": "lines",
            }
        ],
        "next_cursor": None,
    }


async def test_sales_sent_again_change_nothing(baker: AsyncClient, url: str) -> None:
    await post(baker, url, line(), line())

    assert await post(baker, url, line(), line()) == {"new": 0, "changed": 0, "unchanged": 2}
    assert await post(baker, url, line(), line(), line()) == {
        "new": 1,
        "changed": 0,
        "unchanged": 2,
    }


async def test_a_total_replaces_the_lines_of_its_day(baker: AsyncClient, url: str) -> None:
    await post(baker, url, line())
    await post(baker, url, total(sold_out_at="17:30"))

    (day,) = (await baker.get(f"{url}/sales")).json()["items"]
    assert (day["quantity"], day["price"], day["sold_out_at"], day["source"]) == (
        "40",
        "1.2",
        "17:30:00",
        "total",
    )


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"quantity": -1}, "sales.1.quantity"),
        ({"quantity": "many"}, "sales.1.quantity"),
        ({"product_id": str(new_id())}, "sales.1.product_id"),
        ({"date": "2026-03-09"}, "sales.1.date"),
        ({"date": "1066-10-14"}, "sales.1.date"),
        ({"price": "1.999"}, "sales.1.price"),
        ({"sold_at": "2026-03-02T09:00:00Z"}, "sales.1"),
        ({"date": None}, "sales.1"),
        ({"date": None, "sold_at": "2026-03-02T09:00:00Z"}, "sales.1"),
        ({"location": "x" * 61}, "sales.1.location"),
        ({"location": ""}, "sales.1"),
    ],
)
async def test_what_cannot_be_is_refused_by_name_and_nothing_kept(
    baker: AsyncClient, url: str, wrong: dict[str, Any], where: str
) -> None:
    given = {"sales": [total(), total(**{"location": "b"} | wrong)]}
    answer = await baker.post(f"{url}/sales", json=given)

    assert answer.status_code == 422
    assert where in [fault["where"] for fault in answer.json()["errors"]]
    assert (await baker.get(f"{url}/sales")).json()["items"] == []


async def test_pages_filters_and_order(baker: AsyncClient, url: str) -> None:
    dates = [f"2026-02-{day:02}" for day in range(1, 8)]
    await post(baker, url, *(total(date=day, location=at) for day in dates for at in ("a", "b")))
    await post(baker, url, *(total(date=day, product_id=str(ROLL)) for day in dates))

    query: dict[str, Any] = {
        "first": "2026-02-02", "last": "2026-02-06", "product_id": str(BREAD), "limit": 3,
    }  # fmt: skip
    seen, more = [], True
    while more:
        page = (await baker.get(f"{url}/sales", params=query)).json()
        seen += [(item["date"], item["location"]) for item in page["items"]]
        query["cursor"] = page["next_cursor"]
        more = page["next_cursor"] is not None

    assert seen == [(day, at) for day in dates[1:6] for at in ("a", "b")]


@pytest.mark.parametrize("cursor", ["x", "e30=", "ñ", "AAAA"])
async def test_a_cursor_of_others_is_refused(baker: AsyncClient, url: str, cursor: str) -> None:
    answer = await baker.get(f"{url}/sales", params={"cursor": cursor})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "cursor"


async def upload(client: AsyncClient, url: str, content: str, **form: Any) -> Any:
    return await client.post(
        f"{url}/sales/import", files={"file": ("ventas.csv", content.encode("cp1252"))}, data=form
    )


async def test_a_workbook_is_imported(baker: AsyncClient, url: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Fecha", "Artículo", "Uds."])
    book.worksheets[0].append(["02/03/2026", "Pan", 12])
    book.save(tmp_path / "ventas.xlsx")

    files = {"file": ("ventas.xlsx", (tmp_path / "ventas.xlsx").read_bytes())}
    answer = await baker.post(f"{url}/sales/import", files=files)

    assert answer.json()["new"] == 1


async def test_a_file_is_imported(baker: AsyncClient, url: str) -> None:
    answer = await upload(baker, url, FILE + "03/03/2026;Pan;-2;1,20\n")

    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["kind"], report["new"], report["rejected"]) == ("daily totals", 2, 1)
    assert report["columns"] == {
        "date": "Fecha", "product": "Artículo", "quantity": "Uds.", "price": "P.V.P.",
    }  # fmt: skip
    assert report["faults"][0]["where"] == "line 4"
    assert report["products_created"] == []
    days = (await baker.get(f"{url}/sales")).json()["items"]
    assert sorted((day["quantity"], day["price"]) for day in days) == [("12", "1.2"), ("7", "0.8")]


async def test_a_dry_run_keeps_nothing(baker: AsyncClient, url: str) -> None:
    report = (await upload(baker, url, FILE, dry_run="true")).json()

    assert (report["new"], report["dry_run"]) == (2, True)
    assert (await baker.get(f"{url}/sales")).json()["items"] == []


async def test_form_fields_say_how_to_read_the_file(baker: AsyncClient, url: str) -> None:
    content = "Tag;Gruppe;Umsatz\n02.03.2026;1;148,82\n02.03.2026;9;3\n"
    answer = await upload(
        baker,
        url,
        content,
        columns='{"product": "Gruppe", "quantity": "Umsatz"}',
        product_names='{"1": "Pan"}',
        ignore=["9"],
        create_products="false",
    )

    assert answer.status_code == 200, answer.text
    (day,) = (await baker.get(f"{url}/sales")).json()["items"]
    assert (day["product_id"], day["quantity"]) == (str(BREAD), "148.82")


@pytest.mark.parametrize(
    ("content", "form", "status"),
    [
        ("", {}, 422),
        ("a;b\n1;2\n", {}, 422),
        (FILE, {"columns": "quantity=Uds"}, 422),
        (FILE, {"columns": '{"quantity": "Menge"}'}, 422),
        (FILE, {"columns": '{"colour": "Uds."}'}, 422),
    ],
)
async def test_what_is_no_file_of_sales_is_refused(
    baker: AsyncClient, url: str, content: str, form: dict[str, str], status: int
) -> None:
    assert (await upload(baker, url, content, **form)).status_code == status


async def test_strangers_and_viewers_cannot_add_sales(
    viewer: AsyncClient, outsider: AsyncClient, anonymous: AsyncClient, url: str
) -> None:
    for client, status in ((viewer, 403), (outsider, 404), (anonymous, 401)):
        answer = await client.post(f"{url}/sales", json={"sales": [total()]})
        assert answer.status_code == status
        assert (await upload(client, url, FILE)).status_code == status


ORDER = {
    "customer": "Café Central",
    "due_date": "2026-03-05",
    "due_time": "07:30",
    "lines": [{"product_id": str(BREAD), "quantity": "12"}],
}


async def test_an_order_is_kept_shown_changed_and_removed(
    baker: AsyncClient, viewer: AsyncClient, url: str
) -> None:
    added = (await baker.post(f"{url}/orders", json=ORDER)).json()
    order = f"{url}/orders/{added['id']}"
    assert added == ORDER | {"id": added["id"], "in_forecast": False, "is_cancelled": False}
    assert (await viewer.get(order)).json() == added
    assert (await viewer.get(f"{url}/orders")).json()["items"] == [added]

    lines = [
        {"product_id": str(BREAD), "quantity": "8"},
        {"product_id": str(ROLL), "quantity": "1"},
    ]
    changed = (await baker.patch(order, json={"lines": lines})).json()
    assert changed == added | {"lines": sorted(lines, key=lambda each: str(each["product_id"]))}
    assert (await baker.patch(order, json={"is_cancelled": True})).json()["is_cancelled"]

    assert (await baker.delete(order)).status_code == 204
    assert (await viewer.get(order)).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": []},
        {"lines": ORDER["lines"] * 2},  # type: ignore[operator]
        {"lines": [{"product_id": str(new_id()), "quantity": "1"}]},
        {"lines": [{"product_id": str(BREAD), "quantity": "0"}]},
        {"customer": ""},
        {"due_date": "tomorrow"},
    ],
)
async def test_an_order_that_cannot_be_is_refused(
    baker: AsyncClient, url: str, wrong: dict[str, Any]
) -> None:
    assert (await baker.post(f"{url}/orders", json=ORDER | wrong)).status_code == 422


async def test_lines_are_kept_as_lines(
    baker: AsyncClient, url: str, session: AsyncSession, tenant: TenantId
) -> None:
    await post(baker, url, line(), line())

    query = select(func.count()).where(SaleLine.tenant_id == tenant)
    assert await session.scalar(query) == 2
