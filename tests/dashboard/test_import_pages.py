"""Importing sales on a page: sent, looked at, corrected, imported; and whole bakeries."""

import csv
import re
from datetime import date, timedelta
from io import BytesIO, StringIO

import openpyxl
import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.db import Database
from obrador.sales.service import remove_old_uploads
from tests.dashboard.messy import messy_file
from tests.fixtures.people import NOW

PLAIN = b"date,item,qty\n2026-03-01,Bread,12\n2026-03-01,Scone,3\n2026-03-02,Bread,14\n"
MESSY = messy_file(date(2026, 3, 2))


@pytest.fixture
def page(tenant: TenantId) -> str:
    """Where sales are imported."""
    return f"/bakeries/{tenant}/setup/import"


async def _send(client: AsyncClient, page: str, content: bytes, name: str = "ventas.csv") -> str:
    """Send a file; the page that shows it."""
    answer = await client.post(page, files={"file": (name, content)})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def _read(client: AsyncClient, url: str, status: int = 200) -> str:
    answer = await client.get(url, params={"lang": "en"})
    assert answer.status_code == status, url
    return answer.text


async def _sold(session: AsyncSession, tenant: TenantId) -> list[tuple[str, str, float]]:
    rows = await session.execute(
        text(
            "select p.name, s.business_date::text, s.quantity::float8 from daily_sales s"
            " join products p on p.id = s.product_id where s.tenant_id = :tenant order by 2, 1"
        ),
        {"tenant": tenant},
    )
    return [tuple(row) for row in rows]


def _chosen(page: str, field: str) -> str:
    """The column that a field has on the page."""
    options = re.search(rf'name="column\.{field}".*?</select>', page, re.S)
    assert options
    found = re.search(r"<option selected>([^<]*)", options[0])
    return found[1] if found else ""


def _words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


async def test_a_file_is_looked_at_before_anything_is_kept(
    session: AsyncSession, baker: AsyncClient, tenant: TenantId, page: str
) -> None:
    shown = await _read(baker, await _send(baker, page, PLAIN))

    assert [_chosen(shown, each) for each in ("date", "product", "quantity", "price")] == [
        "date",
        "item",
        "qty",
        "",
    ]
    assert "Import 3 rows" in shown
    assert "1 March 2026 to 2 March 2026" in shown
    assert await _sold(session, tenant) == []


async def test_it_is_imported_once_however_often_it_is_sent(
    session: AsyncSession, baker: AsyncClient, tenant: TenantId, page: str
) -> None:
    where = await _send(baker, page, PLAIN)
    for _ in range(2):
        answer = await baker.post(where, data={"do": "import"})
        assert answer.status_code == 303
    again = await _send(baker, page, PLAIN)

    assert await _sold(session, tenant) == [
        ("Bread", "2026-03-01", 12.0),
        ("Scone", "2026-03-01", 3.0),
        ("Bread", "2026-03-02", 14.0),
    ]
    assert "3 rows read." in await _read(baker, where)
    assert "2 new products." in await _read(baker, where)
    assert "importing it changes nothing" in await _read(baker, again)


async def test_a_messy_file_is_understood_and_its_mistakes_are_told(
    baker: AsyncClient, page: str
) -> None:
    where = await _send(baker, page, MESSY)
    shown = _words(await _read(baker, where))

    assert "Ensaïmada" in shown
    for words in (
        "&#39;31/02/2026&#39; is no date like those of the other rows",
        "the quantity &#39;muchos&#39; is no number",
        "no product",
        "the quantity &#39;-3&#39; is negative",
        "&#39;05/02/2027&#39; is in the future",
    ):
        assert words in shown, words
    in_spanish = await baker.get(where, params={"lang": "es"})
    assert "la cantidad &#39;muchos&#39; no es un número" in in_spanish.text


async def test_the_mistakes_are_a_table_without_formulas(baker: AsyncClient, page: str) -> None:
    content = PLAIN + b"2026-03-02,Bread,=1+1\n2026-03-02,Scone,-4\n"
    where = await _send(baker, page, content)
    answer = await baker.get(f"{where}/faults.csv", params={"lang": "en"})

    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert [row[:3] for row in rows] == [
        ["Row", "Column", "Value"],
        ["5", "qty", "'=1+1"],
        ["6", "qty", "'-4"],
    ]


async def test_columns_that_were_guessed_wrong_are_said(
    session: AsyncSession, baker: AsyncClient, tenant: TenantId, page: str
) -> None:
    content = b"when,what,how many\n2026-03-01,Bread,12\n"
    where = await _send(baker, page, content)
    shown = await _read(baker, where, 422)
    assert "choose at least the date and the product" in shown
    assert "Import" not in re.findall(r'value="import"', shown)

    said = {"column.date": "when", "column.product": "what", "column.quantity": "how many"}
    await baker.post(where, data=said | {"do": "check"})
    assert "Import 1 row" in await _read(baker, where)
    await baker.post(where, data=said | {"do": "import"})

    assert await _sold(session, tenant) == [("Bread", "2026-03-01", 12.0)]
    remembered = await _read(baker, await _send(baker, page, content))
    assert _chosen(remembered, "quantity") == "how many"


async def test_dates_and_decimals_can_be_said_and_are_remembered(
    session: AsyncSession, baker: AsyncClient, tenant: TenantId, page: str
) -> None:
    content = b"date;item;qty\n01/02/2026;Bread;1.250\n02/02/2026;Bread;1.500\n"
    where = await _send(baker, page, content)
    assert "Day and month could be the other way round" in await _read(baker, where)
    await baker.post(where, data={"do": "import", "order": "month_first", "decimal": "."})

    assert await _sold(session, tenant) == [
        ("Bread", "2026-01-02", 1.25),
        ("Bread", "2026-02-02", 1.5),
    ]
    again = await _read(baker, await _send(baker, page, content))
    assert "importing it changes nothing" in again


async def test_delimiter_and_encoding_can_be_said(baker: AsyncClient, page: str) -> None:
    where = await _send(baker, page, "date|item|qty;\n2026-03-01|Pañ|1;\n".encode("cp1252"))
    await baker.post(where, data={"do": "check", "delimiter": "semicolon", "encoding": "cp850"})
    shown = await _read(baker, where, 422)
    assert "<option>date|item|qty</option>" in shown

    await baker.post(where, data={"do": "check", "delimiter": "bar", "encoding": "cp1252"})
    shown = await _read(baker, where)
    assert _chosen(shown, "date") == "date"
    assert "Pañ" in shown


async def test_a_sheet_can_be_chosen(baker: AsyncClient, page: str) -> None:
    book, file = openpyxl.Workbook(), BytesIO()
    book.active.append(["Notes of the year"])  # type: ignore[union-attr]
    sheet = book.create_sheet("Sales")
    for row in (["date", "item", "qty"], [date(2026, 3, 1), "Bread", 4]):
        sheet.append(row)
    book.save(file)
    where = await _send(baker, page, file.getvalue(), "book.xlsx")
    await _read(baker, where, 422)

    await baker.post(where, data={"do": "check", "sheet": "Sales"})

    assert "Import 1 row" in await _read(baker, where)


async def test_what_is_no_product_is_left_out_and_numbers_get_names(
    session: AsyncSession, baker: AsyncClient, tenant: TenantId, page: str
) -> None:
    content = b"date,item,qty\n2026-03-01,NONE,1\n2026-03-01,17,5\n2026-03-01,Scone,3\n"
    where = await _send(baker, page, content)
    shown = await _read(baker, where)
    assert re.search(r'name="ignore\.d1"[^>]* checked', shown)

    said = {"product.d1": "NONE", "ignore.d1": "1", "product.1": "17", "name.1": "Bread"}
    await baker.post(where, data=said | {"product.2": "Scone", "name.2": "Scone", "do": "import"})

    assert [name for name, *_ in await _sold(session, tenant)] == ["Bread", "Scone"]


async def test_a_file_that_is_none_says_so_in_place(baker: AsyncClient, page: str) -> None:
    none = await baker.post(page, params={"lang": "en"}, files={"file": ("", b"")})
    empty = await baker.post(page, params={"lang": "en"}, files={"file": ("a.csv", b"")})
    where = await _send(baker, page, b"%PDF-1.7 nothing", "sales.pdf")

    assert (none.status_code, empty.status_code) == (422, 422)
    assert "Choose a file first." in none.text
    assert "This file cannot be read as a table." in empty.text
    assert "is a PDF" in await _read(baker, where, 422)


async def test_names_of_files_are_only_shown(baker: AsyncClient, page: str) -> None:
    name = "../../etc/<b>pass\x00wd</b>.csv"
    shown = await _read(baker, await _send(baker, page, PLAIN, name))

    assert "../" not in shown
    assert "b&gt;.csv" in shown


async def test_an_upload_waits_for_an_hour(
    session: AsyncSession, baker: AsyncClient, tenant: TenantId, page: str
) -> None:
    where = await _send(baker, page, PLAIN)
    assert where in await _read(baker, page)
    await session.execute(
        text("update uploads set created_at = :then"), {"then": NOW - timedelta(hours=1)}
    )

    assert where not in await _read(baker, page)
    for answer in (await baker.get(where), await baker.post(where, data={"do": "import"})):
        assert answer.headers["location"].endswith("/setup/import?gone=yes")
    assert "is not here any more" in (await baker.get(f"{page}?gone=yes&lang=en")).text
    assert await _sold(session, tenant) == []


async def test_uploads_do_not_pile_up(session: AsyncSession, baker: AsyncClient, page: str) -> None:
    sent = [await _send(baker, page, PLAIN) for _ in range(5)]

    kept = await session.scalar(text("select count(*) from uploads"))
    assert kept == 3
    assert (await baker.get(sent[-1])).status_code == 200


async def test_a_large_file_comes_back_piece_by_piece(
    session: AsyncSession, baker: AsyncClient, page: str
) -> None:
    lines = (f"2026-03-01,Product {number},{number % 9}\n" for number in range(120_000))
    content = b"date,item,qty\n" + "".join(lines).encode()
    where = await _send(baker, page, content)

    parts, size = (
        await session.execute(text("select count(*), sum(length(content)) from upload_parts"))
    ).one()
    assert (parts, size) == (len(content) // (1 << 20) + 1, len(content))
    assert "such as" in await _read(baker, where, 422)


async def test_old_uploads_are_cleared_away(own_database: Database) -> None:
    async with own_database.transaction() as session:
        from tests.factories import make_tenant

        tenant = await make_tenant(session)
        await session.execute(
            text(
                "insert into uploads (tenant_id, id, name, size, created_at)"
                " values (:tenant, gen_random_uuid(), 'a', 1, :then),"
                " (:tenant, gen_random_uuid(), 'b', 1, :now)"
            ),
            {"tenant": tenant, "then": NOW - timedelta(hours=2), "now": NOW},
        )

    assert await remove_old_uploads(own_database, NOW) == 1


async def test_only_its_managers_import(
    anonymous: AsyncClient,
    outsider: AsyncClient,
    viewer: AsyncClient,
    baker: AsyncClient,
    page: str,
) -> None:
    where = await _send(baker, page, PLAIN)

    async def answers(client: AsyncClient) -> list[int]:
        got: list[Response] = [
            await client.get(page),
            await client.get(where),
            await client.post(page, files={"file": ("a.csv", PLAIN)}),
            await client.post(where, data={"do": "import"}),
        ]
        return [each.status_code for each in got]

    assert await answers(anonymous) == [401, 401, 403, 403]  # those are not our forms
    assert await answers(outsider) == [404] * 4
    assert await answers(viewer) == [200, 403, 403, 403]


async def test_a_workbook_goes_out_and_comes_back(
    owner: AsyncClient, viewer: AsyncClient, tenant: TenantId
) -> None:
    where = f"/bakeries/{tenant}/setup/workbook"
    template = (await owner.get(f"{where}/template.xlsx", params={"lang": "en"})).content
    taken = await owner.post(where, params={"lang": "en"}, files={"file": ("b.xlsx", template)})
    out = (await owner.get(f"{where}/bakery.xlsx")).content
    again = await owner.post(where, params={"lang": "en"}, files={"file": ("b.xlsx", out)})

    assert "The workbook is taken over" in taken.text
    assert again.status_code == 200
    cells = re.findall(r'<td class="n">(\d+)</td>', again.text)
    assert {cells[place] for place in range(len(cells)) if place % 4 != 2} == {"0"}
    refused = await viewer.post(where, files={"file": ("b.xlsx", template)})
    assert refused.status_code == 403


async def test_a_workbook_with_mistakes_is_not_stored(owner: AsyncClient, tenant: TenantId) -> None:
    where = f"/bakeries/{tenant}/setup/workbook"
    book = openpyxl.load_workbook(
        BytesIO((await owner.get(f"{where}/template.xlsx", params={"lang": "en"})).content)
    )
    sheet = book["Products"]
    sheet.cell(3, 4).value = "a lot"
    file = BytesIO()
    book.save(file)

    answer = await owner.post(
        where, params={"lang": "en"}, files={"file": ("b.xlsx", file.getvalue())}
    )

    assert answer.status_code == 422
    assert "Products!D3: " in answer.text
    products = await owner.get(f"/api/v1/tenants/{tenant}/products")
    assert products.json()["items"] == []
