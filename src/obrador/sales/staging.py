"""Sales in bulk: copied into a temporary table, then merged by a few statements for all rows."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import polars as pl
from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.db import driver_connection

_NUMBERED = """
    select *, row_number() over (
        partition by sold_at, product_id, receipt, location, quantity order by price_minor
    ) as occurrence from staged_sales
"""
_SAME_LINE = """
    kept.tenant_id = :tenant and kept.sold_at = given.sold_at
    and kept.product_id = given.product_id and kept.receipt = given.receipt
    and kept.location = given.location and kept.quantity = given.quantity
    and kept.occurrence = given.occurrence
"""
_MOST_A_DAY = "99999999999.999"


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of the staged rows."""

    new: int
    changed: int


@asynccontextmanager
async def staged_table(session: AsyncSession, tenant: TenantId) -> AsyncIterator[None]:
    """An empty staging table. Until the transaction ends, nobody else imports for the tenant."""
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended('sales:' || :tenant, 0))"),
        {"tenant": str(tenant)},
    )
    await session.execute(text("set local work_mem = '64MB'"))
    await session.execute(
        text(
            """
            create temp table staged_sales (
                line int, product_id uuid, sold_at timestamptz, business_date date,
                location text collate "C", receipt text collate "C",
                quantity numeric(14, 3), price_minor int, sold_out_at time
            ) on commit drop
            """
        )
    )
    yield
    await session.execute(text("drop table staged_sales"))


async def copy(session: AsyncSession, rows: pl.DataFrame, target: str | None = None) -> None:
    """Add rows to the staging table, or to a target as COPY takes it; their columns are named as
    its own.

    As CSV, which polars writes and PostgreSQL reads in a few seconds per ten million cells: a
    tenth of the time that merging takes, so the binary format would gain little.
    """
    connection, own = await driver_connection(session), f"staged_sales ({', '.join(rows.columns)})"
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {target or own} from stdin (format csv)") as copy,
    ):
        await copy.write(rows.write_csv(include_header=False))


async def take_repeated(session: AsyncSession, most: int) -> tuple[int, list[tuple[int, int]]]:
    """Take out totals of a product-day that an earlier line gave: how many, and the first `most`
    with the line that they repeat."""
    repeated = """
        select line, first_line from (
            select line, min(line) over (partition by product_id, business_date, location)
                as first_line from staged_sales
        ) as lines where line <> first_line
    """
    found = await session.execute(
        text(f"{repeated} order by line limit :most"),
        {"most": most},
    )
    told = [(row.line, row.first_line) for row in found]
    if not told:
        return 0, []
    delete = f"delete from staged_sales where line in (select line from ({repeated}) as again)"  # noqa: S608  constants
    return await _count(session, delete, {}), told


async def merge_lines(session: AsyncSession, tenant: TenantId) -> Merged:
    """Keep the staged lines that are not there yet, take over prices, and add the days up again."""
    of_tenant = {"tenant": tenant}
    await session.execute(text("analyze staged_sales"))
    changed = await _count(session, _TAKE_OVER_PRICES, of_tenant)
    new = await _count(session, _ADD_NEW_LINES, of_tenant)
    await session.execute(text(_ADD_DAYS_UP), of_tenant)
    return Merged(new, changed)


async def _count(session: AsyncSession, statement: str, values: Mapping[str, Any]) -> int:
    """How many rows the statement writes."""
    result = await session.execute(text(statement), values)
    return cast(CursorResult[Any], result).rowcount


_TAKE_OVER_PRICES = f"""
    update sale_lines as kept set price_minor = given.price_minor
    from ({_NUMBERED}) as given
    where {_SAME_LINE} and given.price_minor <> coalesce(kept.price_minor, -1)
        and exists (
            select from sale_lines where tenant_id = :tenant and sold_at between
                (select min(sold_at) from staged_sales) and (select max(sold_at) from staged_sales)
        )
"""  # noqa: S608  constants
_ADD_NEW_LINES = f"""
    insert into sale_lines (
        tenant_id, sold_at, product_id, receipt, location, quantity, occurrence, business_date,
        price_minor
    )
    select :tenant, sold_at, product_id, receipt, location, quantity, occurrence, business_date,
        price_minor
    from ({_NUMBERED}) as given
    where not exists (select from sale_lines as kept where {_SAME_LINE})
"""  # noqa: S608  constants
_ADD_DAYS_UP = f"""
    insert into daily_sales as day (
        tenant_id, product_id, business_date, location, quantity, price_minor, is_total
    )
    select :tenant, product_id, business_date, location,
        least(sum(quantity), {_MOST_A_DAY}),
        sum(quantity * price_minor) / nullif(sum(quantity) filter (where price_minor >= 0), 0),
        false
    from sale_lines
    where tenant_id = :tenant
        and sold_at >= (select min(sold_at) from staged_sales) - interval '2 days'
        and sold_at <= (select max(sold_at) from staged_sales) + interval '2 days'
        and (product_id, business_date, location) in (
            select distinct product_id, business_date, location from staged_sales
        )
    group by product_id, business_date, location
    on conflict (tenant_id, product_id, business_date, location) do update set
        quantity = excluded.quantity,
        price_minor = coalesce(excluded.price_minor, day.price_minor),
        is_total = false
    where day.is_total or day.quantity <> excluded.quantity
        or day.price_minor is distinct from coalesce(excluded.price_minor, day.price_minor)
"""  # noqa: S608  constants


async def merge_totals(session: AsyncSession, tenant: TenantId, *, sold_out: bool) -> Merged:
    """Keep the staged totals; they replace what is known of their days. Without `sold_out`, what
    is known of days that sold out stays."""
    await session.execute(text("analyze staged_sales"))
    merged = await session.execute(
        text(
            """
            with written as (
                insert into daily_sales as day (
                    tenant_id, product_id, business_date, location, quantity, price_minor,
                    sold_out_at, is_total
                )
                select :tenant, product_id, business_date, location, quantity, price_minor,
                    sold_out_at, true
                from staged_sales order by product_id, business_date, location
                on conflict (tenant_id, product_id, business_date, location) do update set
                    quantity = excluded.quantity,
                    price_minor = coalesce(excluded.price_minor, day.price_minor),
                    sold_out_at =
                        case when :sold_out then excluded.sold_out_at else day.sold_out_at end,
                    is_total = true
                where not day.is_total or day.quantity <> excluded.quantity
                    or day.price_minor is distinct from
                        coalesce(excluded.price_minor, day.price_minor)
                    or :sold_out and day.sold_out_at is distinct from excluded.sold_out_at
                returning xmax = 0 as is_new  -- a row that was there has been locked by us
            )
            select count(*) filter (where is_new) as new,
                count(*) filter (where not is_new) as changed
            from written
            """
        ),
        {"tenant": tenant, "sold_out": sold_out},
    )
    row = merged.one()
    return Merged(row.new, row.changed)
