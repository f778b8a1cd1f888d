"""Importing files of sales, from messy text to daily sums."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue.service import add_named_products, product_ids
from obrador.kit.errors import Invalid, ObradorError
from obrador.kit.ids import new_id
from obrador.kit.outbox import OutboxEvent
from obrador.sales import rows as rows_module
from obrador.sales import staging
from obrador.sales.columns import UnknownColumns
from obrador.sales.importing import ImportOptions, ImportReport, import_sales
from obrador.tenants.service import load_bakeries
from tests.factories import make_tenant

NOW = datetime(2026, 3, 3, 5, 30, tzinfo=UTC)
Import = Callable[..., Any]
TOTALS = "Fecha;Artículo;Uds.\n01/03/2026;Pan;12\n01/03/2026;Croissant;7,5\n02/03/2026;Pan;13\n"
LINES = """date,time,receipt,item,price
2026-03-01,09:00:00,1,Bread,1.20
2026-03-01,09:00:00,1,Bread,1.20
2026-03-01,09:00:00,1,Scone,2.00
2026-03-01,09:05:00,2,Bread,1.20
2026-03-02,09:05:00,3,bread,1.30
"""


@pytest.fixture
def run(session: AsyncSession, tenant: TenantId, tmp_path: Path) -> Import:
    """Import a text for the tenant."""

    async def run(content: str | Path, **options: Any) -> ImportReport:
        path = content if isinstance(content, Path) else tmp_path / "sales.csv"
        if isinstance(content, str):
            path.write_text(content)
        of = options.pop("of", tenant)
        bakery = (await load_bakeries(session, [of]))[of]
        return await import_sales(session, of, bakery, path, ImportOptions(**options), NOW)

    return run


async def days(session: AsyncSession, tenant: TenantId) -> list[tuple[Any, ...]]:
    """Daily sales as name, day, quantity, price."""
    found = await session.execute(
        text(
            "select name_key, business_date, quantity::float8, daily_sales.price_minor"
            " from daily_sales join products on products.id = product_id"
            " where daily_sales.tenant_id = :tenant order by business_date, name_key, location"
        ),
        {"tenant": tenant},
    )
    return [(row[0], row[1].day, row[2], row[3]) for row in found]


async def content(session: AsyncSession) -> list[Any]:
    """Everything that imports write, row versions included: equal only if nothing was touched."""
    tables = ("daily_sales", "sale_lines", "products", "outbox_events")
    return [
        (await session.execute(text(f"select xmin, t::text from {table} t order by 2"))).all()  # noqa: S608
        for table in tables
    ]


async def test_totals_are_kept(run: Import, session: AsyncSession, tenant: TenantId) -> None:
    report = await run(TOTALS)

    assert (report.kind, report.rows, report.new) == ("daily totals", 3, 3)
    assert (report.first_day, report.last_day) == (date(2026, 3, 1), date(2026, 3, 2))
    assert report.products_created == ("Pan", "Croissant")
    assert await days(session, tenant) == [
        ("croissant", 1, 7.5, None),
        ("pan", 1, 12.0, None),
        ("pan", 2, 13.0, None),
    ]


async def test_lines_are_added_up(run: Import, session: AsyncSession, tenant: TenantId) -> None:
    report = await run(LINES)

    assert (report.kind, report.new) == ("transactions", 5)
    assert await days(session, tenant) == [
        ("bread", 1, 3.0, 120),
        ("scone", 1, 1.0, 200),
        ("bread", 2, 1.0, 130),
    ]


@pytest.mark.parametrize("given", [TOTALS, LINES])
async def test_importing_again_changes_nothing(
    run: Import, session: AsyncSession, given: str
) -> None:
    first = await run(given)
    before = await content(session)
    again = await run(given)

    assert (again.new, again.changed, again.unchanged) == (0, 0, first.new)
    assert await content(session) == before


async def test_files_that_overlap_add_nothing_twice(
    run: Import, session: AsyncSession, tenant: TenantId
) -> None:
    header, *lines = LINES.splitlines(keepends=True)
    await run(header + "".join(lines[:4]))
    report = await run(header + "".join(lines[2:]))

    assert (report.new, report.unchanged) == (1, 2)
    assert (await days(session, tenant))[0] == ("bread", 1, 3.0, 120)


async def test_prices_that_come_later_are_taken_over(
    run: Import, session: AsyncSession, tenant: TenantId
) -> None:
    await run(LINES, columns={"price": ""})
    assert (await days(session, tenant))[0] == ("bread", 1, 3.0, None)
    report = await run(LINES, columns={"price": "price"})

    assert (report.new, report.changed) == (0, 5)
    assert (await days(session, tenant))[0] == ("bread", 1, 3.0, 120)


async def test_the_newest_total_wins_and_keeps_what_it_does_not_say(
    run: Import, session: AsyncSession, tenant: TenantId
) -> None:
    await run("date,item,qty,total,sold out\n2026-03-01,Bread,10,12.00,17:45\n")
    report = await run("date,item,qty\n2026-03-01,Bread,11\n")

    assert (report.new, report.changed) == (0, 1)
    assert await days(session, tenant) == [("bread", 1, 11.0, 120)]
    kept = await session.scalar(text("select sold_out_at::text from daily_sales"))
    assert kept == "17:45:00"


async def test_every_bad_row_is_told_and_good_ones_kept(
    run: Import, session: AsyncSession, tenant: TenantId
) -> None:
    report = await run(
        "date;item;qty;price;sold out;store\n"
        "2026-03-01;Bread;1;1.2;;\n"
        ";Bread;1;1.2;;\n"
        "yesterday;Bread;1;1.2;;\n"
        "1066-10-14;Bread;1;1.2;;\n"
        "-066-10-14;Bread;1;1.2;;\n"
        "2026-03-05;Bread;1;1.2;;\n"
        "2026-03-01;;1;1.2;;\n"
        "2026-03-02;Bread;;1.2;;\n"
        "2026-03-02;Bread;many;1.2;;\n"
        "2026-03-02;Bread;-2;1.2;;\n"
        "2026-03-02;Bread;1e9;1.2;;\n"
        "2026-03-02;Bread;99999999;1.2;;\n"
        "2026-03-02;Bread;1;dear;;\n"
        "2026-03-02;Bread;1;-1.2;;\n"
        "2026-03-02;Bread;1;99999999999;;\n"
        "2026-03-02;Bread;1;1.2;perhaps;\n"
        f"2026-03-02;Bread;1;1.2;;{'x' * 61}\n"
        f"2026-03-02;{'x' * 201};1;1.2;;\n"
        "2026-03-01;bread ;3;1.2;;\n"
        "2026-03-02;Bread;1;1.2;;;9\n"
        "\n;;;;;\n"
        "2026-03-02;Bread;2;1.2;yes;\n"
    )

    reasons = [(fault.where, fault.message) for fault in report.faults]
    words = [
        "no date", "'yesterday' is no date", "before 1990", "before 1990", "in the future",
        "no product", "no quantity", "'many' is no number", "negative: returns",
        "'1e9' is no number", "too large", "'dear' is no number", "'-1.2' is negative",
        "too large", "'perhaps'", "location is over 60", "over 200",
        "repeats the total of line 2", "more cells",
    ]  # fmt: skip
    assert [where for where, _ in reasons] == [f"line {line}" for line in range(3, 22)]
    assert [
        word for word, (_, message) in zip(words, reasons, strict=True) if word not in message
    ] == []
    assert (report.rejected, report.new, report.rows) == (19, 2, 21)
    assert [day[1:3] for day in await days(session, tenant)] == [(1, 1.0), (2, 2.0)]


async def test_a_great_many_faults_are_counted_but_not_all_told(
    run: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_module, "FAULTS_TOLD", 3)
    report = await run("date,item,qty\n2026-03-01,Bread,1\n" + "2026-03-01,Bread,x\n" * 10)

    assert (report.rejected, len(report.faults)) == (10, 3)


@pytest.mark.parametrize("given", [TOTALS, LINES])
async def test_a_dry_run_does_everything_and_keeps_nothing(
    run: Import, session: AsyncSession, given: str
) -> None:
    before = await content(session)
    report = await run(given, dry_run=True, ignored=["Croissant"], product_names={"Pan": "Bread"})

    assert report.new > 0
    assert await content(session) == before
    assert await session.scalar(text("select count(*) from import_mappings")) == 0


async def test_an_error_in_the_middle_leaves_nothing(
    run: Import, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise Invalid("The power went.")

    before = await content(session)
    monkeypatch.setattr(staging, "merge_lines", fail)
    with pytest.raises(Invalid):
        await run(LINES)

    assert await content(session) == before


async def test_unknown_products_are_rejected_with_the_nearest_name(
    run: Import, session: AsyncSession, tenant: TenantId
) -> None:
    await add_named_products(session, tenant, {new_id(): "Croissant", new_id(): "Pan"})
    report = await run(
        "Fecha;Producto;Cantidad\n01/03/2026;Croisant;2\n01/03/2026;Zumo;1\n01/03/2026;PAN;3\n",
        create_products=False,
    )

    assert [fault.message for fault in report.faults] == [
        "there is no product 'Croisant'; is it 'croissant'?",
        "there is no product 'Zumo'",
    ]
    assert await days(session, tenant) == [("pan", 1, 3.0, None)]


async def test_what_was_said_of_a_file_is_remembered(
    run: Import, session: AsyncSession, tenant: TenantId
) -> None:
    header = "Datum,Gruppe,Umsatz\n"
    said = {
        "columns": {"product": "Gruppe", "quantity": "Umsatz"},
        "product_names": {"1": "Brot"},
        "ignored": ["NONE"],
    }
    await run(header + "2026-03-01,1,148.83\n2026-03-01,NONE,1\n", **said)
    report = await run(header + "2026-03-02,1,159.79\n2026-03-02,none,1\n")

    assert (report.new, report.ignored, report.products_created) == (1, 1, ())
    assert await days(session, tenant) == [("brot", 1, 148.83, None), ("brot", 2, 159.79, None)]


@pytest.mark.parametrize(
    ("given", "quantity"),
    [
        ("Datum\tArtikel\tMenge\n01.03.2026\tBrötchen\t1.250,5\n", 1250.5),
        ("Date;Libellé;Qté\n01/03/2026;Pain au chocolat;1 250,5\n", 1250.5),
        ('date,product,units\n03/01/2026,Bread,"1,250.5"\n03/13/2025,Bread,1\n', 1250.5),
        ("date|product|units\n46082|Bread|3\n", 3.0),
        ("Fecha,Producto,Unidades\n2026-03-01 00:00:00,Pan,3\n", 3.0),
    ],
)
async def test_totals_of_every_country(
    run: Import, session: AsyncSession, tenant: TenantId, given: str, quantity: float
) -> None:
    report = await run(given)

    assert report.kind == "daily totals"
    assert report.faults == ()
    assert (await days(session, tenant))[-1][1:3] == (1, quantity)


@pytest.mark.parametrize(
    "given",
    [
        "date,item\n2026-03-01T23:30:00+01:00,Bread\n",
        "date,item\n2026-03-01T22:30:00Z,Bread\n",
        "timestamp,item,qty\n01/03/2026 23:30,Bread,1\n",
        "Fecha,Hora,Ticket,Producto\n01/03/2026,23:30,7,Pan\n",
        "Fecha,Ticket,Producto\n01/03/2026,7,Pan\n",
    ],
)
async def test_business_dates_are_local(
    run: Import, session: AsyncSession, tenant: TenantId, given: str
) -> None:
    report = await run(given)

    assert (report.kind, report.new) == ("transactions", 1)
    assert (await days(session, tenant))[0][1:3] == (1, 1.0)


async def test_hours_that_the_clock_skips_or_repeats_are_kept(
    run: Import, session: AsyncSession, tenant: TenantId
) -> None:
    report = await run(
        "date,item\n2025-03-30 02:30:00,Night roll\n2025-10-26 02:30:00,Night roll\n"
    )

    assert (report.new, report.rejected) == (2, 0)
    found = await session.scalars(
        text(
            "select to_char(sold_at at time zone 'UTC', 'HH24:MI') from sale_lines order by sold_at"
        )
    )
    assert found.all() == ["01:30", "00:30"]


async def test_a_workbook_is_imported(
    run: Import, session: AsyncSession, tenant: TenantId, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Fecha", "Producto", "Uds", "PVP"], [date(2026, 3, 1), "Pan", 2.125, 1.2]):
        sheet.append(row)
    book.save(tmp_path / "ventas.xlsx")

    await run(tmp_path / "ventas.xlsx")

    assert await days(session, tenant) == [("pan", 1, 2.125, 120)]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("date,item,qty\n", "no rows"),
        ("date,item,qty\nsoon,Bread,1\n", "no date such as"),
        ("date,time,item\n2026-03-01,noon,Bread\n", "no time such as"),
        ("day,thing\n2026-03-01,Bread\n", "product"),
    ],
)
async def test_a_file_that_is_not_understood_is_refused(
    run: Import, given: str, words: str
) -> None:
    with pytest.raises(ObradorError) as refused:
        await run(given)

    assert words in refused.value.detail


async def test_a_column_of_receipts_is_no_column_of_products(run: Import) -> None:
    given = "date,item,qty\n" + "".join(f"2026-03-01,{number},1\n" for number in range(20_001))

    with pytest.raises(UnknownColumns):
        await run(given)


async def test_sales_of_others_stay_apart(
    run: Import, session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    await run(TOTALS)
    report = await run(TOTALS, of=other_tenant)

    assert report.new == 3
    assert len(await days(session, tenant)) == 3
    mine, theirs = [await product_ids(session, each) for each in (tenant, other_tenant)]
    assert not set(mine.values()) & set(theirs.values())


async def test_yen_have_no_decimals(run: Import, session: AsyncSession) -> None:
    tokyo = await make_tenant(session, "Pan-ya", currency="JPY", time_zone="Asia/Tokyo")
    await run("date,item,qty,total\n2026-03-01,Anpan,4,1000\n", of=tokyo)

    assert await days(session, tokyo) == [("anpan", 1, 4.0, 250)]


async def test_the_event_tells_what_came_in(run: Import, session: AsyncSession) -> None:
    await run(TOTALS)

    event = (await session.scalars(select(OutboxEvent))).one()
    assert (event.routing_key, event.payload) == (
        "sales.imported",
        {"first_day": "2026-03-01", "last_day": "2026-03-02", "new_rows": 3, "changed_rows": 0},
    )


async def test_the_summary_says_it_in_lines(run: Import) -> None:
    report = await run("date,item,qty\n01/02/2026,Bread,1\n01/02/2026,Scone,x\n", ignored=["Tea"])

    assert list(report.summary()) == [
        "2 rows read as daily totals (date = date, product = item, quantity = qty)",
        "days from 2026-02-01 to 2026-02-01",
        "1 new, 0 changed, 0 known already",
        "1 new product: Bread",
        "day and month could be the other way round: check the days above",
        "1 row rejected",
    ]
