"""Use cases of sales and firm orders, and how planning reads them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import by_tenant
from obrador.catalogue import service as catalogue
from obrador.kit import outbox
from obrador.kit.clock import business_date
from obrador.kit.db import copy_target
from obrador.kit.errors import Fault, Invalid
from obrador.kit.money import from_minor
from obrador.kit.schemas import to_minor
from obrador.resources import Resource
from obrador.sales import repository, staging
from obrador.sales.columns import FIELDS
from obrador.sales.days import read_days, read_locations
from obrador.sales.domain import FirmOrder, SalesHistory
from obrador.sales.events import SalesImported
from obrador.sales.faults import RowFault, advice, problem_words
from obrador.sales.formats import Written
from obrador.sales.history import load_history
from obrador.sales.importing import ImportOptions, ImportReport, import_sales
from obrador.sales.intraday import IntradayQuestion, load_intraday
from obrador.sales.models import CustomerOrder, CustomerOrderLine, DailySale, Upload
from obrador.sales.peeking import Peek, peek
from obrador.sales.prices import load_prices
from obrador.sales.product_names import is_doubtful
from obrador.sales.repository import Orders, SalesPlace, last_sale_date, trading_times
from obrador.sales.schemas import (
    DailySaleOutput,
    DailySalesPage,
    OrderOutput,
    SaleInput,
    SalesInput,
    SalesOutput,
    to_cursor,
)
from obrador.sales.uploads import (
    Outcome,
    find_upload,
    keep_upload,
    note_options,
    note_outcome,
    opened,
    options_of,
    outcome_of,
    remove_old_uploads,
    remove_upload,
    waiting_upload,
)
from obrador.sales.watching import watch, watched
from obrador.tenants.domain import Bakery
from obrador.tenants.service import currency_of, load_bakeries

__all__ = [
    "FIELDS",
    "ImportOptions",
    "ImportReport",
    "IntradayQuestion",
    "Outcome",
    "Peek",
    "RowFault",
    "Upload",
    "Written",
    "add_history",
    "add_sales",
    "advice",
    "find_upload",
    "import_sales",
    "is_doubtful",
    "keep_upload",
    "last_sale_date",
    "list_sales",
    "load_firm_orders",
    "load_history",
    "load_intraday",
    "load_prices",
    "note_options",
    "note_outcome",
    "opened",
    "options_of",
    "orders",
    "outcome_of",
    "peek",
    "problem_words",
    "read_days",
    "read_locations",
    "remove_old_uploads",
    "remove_upload",
    "trading_times",
    "waiting_upload",
    "watch",
    "watched",
]


class OrderResource(Resource[CustomerOrder, OrderOutput]):
    """Firm orders with their lines."""

    async def columns(
        self, session: AsyncSession, tenant: TenantId, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The given fields; lines of products that are there.

        Raises:
            Invalid: a product is not; names the line.
        """
        values = dict(given)
        if "lines" in given:
            known = set((await catalogue.product_ids(session, tenant)).values())
            faults = [
                Fault(f"lines.{place}.product_id", "there is no such product")
                for place, line in enumerate(given["lines"])
                if line["product_id"] not in known
            ]
            if faults:
                raise Invalid("An order is of products that are there. Add them first.", faults)
            lines = sorted(given["lines"], key=lambda line: line["product_id"])
            values["lines"] = [CustomerOrderLine(**line) for line in lines]
        return values


orders = OrderResource(Orders, OrderOutput)


async def add_history(session: AsyncSession, histories: Mapping[TenantId, SalesHistory]) -> None:
    """Keep the sales of bakeries that have none yet, as daily totals."""
    rows = pl.concat([_totals(tenant, history) for tenant, history in histories.items()])
    async with copy_target(session, DailySale.__tablename__, rows.columns) as target:
        await staging.copy(session, rows, target)


def _totals(tenant: TenantId, history: SalesHistory) -> pl.DataFrame:
    product, day = np.nonzero(~np.isnan(history.sold))
    seconds = np.nan_to_num(history.sold_out_minute[product, day] * 60, nan=-1)
    sold_out = pl.Series(seconds.astype(np.int64) * 1_000_000_000)
    return pl.DataFrame(
        {
            "tenant_id": str(tenant),
            "product_id": np.array([str(each) for each in history.product_ids])[product],
            "business_date": np.datetime64(history.first) + day,
            "quantity": history.sold[product, day].round(3),
            "sold_out_at": sold_out.set(sold_out < 0, None).cast(pl.Time),
            "is_total": True,
        }
    )


async def load_firm_orders(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[TenantId, tuple[FirmOrder, ...]]:
    """What is firmly ordered for the days from `first` to `last`, by when it is due. One query."""
    rows = await repository.read_firm_orders(session, tenants, first, last)
    return by_tenant(tenants, rows, _firm_order)


def _firm_order(row: Row[Any]) -> FirmOrder:
    return FirmOrder(
        product_id=row.product_id,
        due_date=row.due_date,
        due_time=row.due_time,
        quantity=float(row.quantity),
        in_forecast=row.in_forecast,
    )


async def add_sales(
    session: AsyncSession, tenant: TenantId, given: SalesInput, now: datetime
) -> SalesOutput:
    """Keep lines or totals, as `import_sales` does; sent again, they change nothing.

    Raises:
        Invalid: some of them cannot be; names each. Then none is kept.
    """
    bakery = (await load_bakeries(session, [tenant]))[tenant]
    known = set((await catalogue.product_ids(session, tenant)).values())
    days = [_day(sale, bakery) for sale in given.sales]
    last_day = business_date(now, bakery.time_zone) + timedelta(days=1)
    faults = list(_faults(given.sales, days, known, last_day))
    if faults:
        raise Invalid("Some sales cannot be kept, so none was.", faults)
    rows = _staged(given.sales, days, bakery.currency)
    async with staging.staged_table(session, tenant):
        await staging.copy(session, rows)
        if given.sales[0].sold_at:
            merged = await staging.merge_lines(session, tenant)
        else:
            merged = await staging.merge_totals(session, tenant, sold_out=True)
    if merged.new or merged.changed:
        first, last = str(min(days)), str(max(days))
        outbox.publish(session, SalesImported(tenant, first, last, merged.new, merged.changed))
    unchanged = len(days) - merged.new - merged.changed
    return SalesOutput(new=merged.new, changed=merged.changed, unchanged=unchanged)


def _day(sale: SaleInput, bakery: Bakery) -> date:
    when = sale.when()
    return business_date(when, bakery.time_zone) if isinstance(when, datetime) else when


def _faults(
    sales: Sequence[SaleInput], days: Sequence[date], known: set[UUID], last_day: date
) -> Iterator[Fault]:
    first_total: dict[tuple[UUID, date, str], int] = {}
    for place, (sale, day) in enumerate(zip(sales, days, strict=True)):
        where = f"sales.{place}"
        if sale.product_id not in known:
            yield Fault(f"{where}.product_id", "there is no such product")
        if day > last_day:
            yield Fault(f"{where}.{'date' if sale.date else 'sold_at'}", "is in the future")
        if bool(sale.date) != bool(sales[0].date):
            yield Fault(where, "send lines and totals apart")
        if sale.date:
            first = first_total.setdefault((sale.product_id, day, sale.location), place)
            if first != place:
                yield Fault(
                    where,
                    "repeats the total of sales.{first}",
                    first=first,
                )


def _staged(sales: Sequence[SaleInput], days: Sequence[date], currency: str) -> pl.DataFrame:
    prices = [
        None if sale.price is None else to_minor(sale.price, currency, f"sales.{place}.price")
        for place, sale in enumerate(sales)
    ]
    return pl.DataFrame(
        {
            "line": range(len(sales)),
            "product_id": [str(sale.product_id) for sale in sales],
            "sold_at": [sale.sold_at and sale.sold_at.isoformat() for sale in sales],
            "business_date": days,
            "location": [sale.location for sale in sales],
            "receipt": [sale.receipt for sale in sales],
            "quantity": [str(sale.quantity) for sale in sales],
            "price_minor": prices,
            "sold_out_at": [sale.sold_out_at for sale in sales],
        }
    )


async def list_sales(
    session: AsyncSession,
    tenant: TenantId,
    first: date | None,
    last: date | None,
    product_id: UUID | None,
    after: SalesPlace | None,
    limit: int,
) -> DailySalesPage:
    """A page of daily sales, by date, product and location, after a place."""
    currency = await currency_of(session, tenant)
    rows = await repository.daily_sales(session, tenant, first, last, product_id, after, limit + 1)
    shown = rows[:limit]
    cursor = None
    if len(rows) > limit:
        end = shown[-1]
        cursor = to_cursor(SalesPlace(end.business_date, end.product_id, end.location))
    return DailySalesPage(items=[_shown(row, currency) for row in shown], next_cursor=cursor)


def _shown(row: DailySale, currency: str) -> DailySaleOutput:
    return DailySaleOutput(
        date=row.business_date,
        product_id=row.product_id,
        location=row.location,
        quantity=row.quantity,
        price=None if row.price_minor is None else from_minor(row.price_minor, currency),
        currency=currency,
        sold_out_at=row.sold_out_at,
        source="total" if row.is_total else "lines",
    )
