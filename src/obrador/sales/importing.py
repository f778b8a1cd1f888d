"""Import a file of sales: read in batches, checked, staged, merged. All of it or nothing."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Literal, cast

import polars as pl
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.noted import kept_nothing
from obrador.catalogue import service as catalogue
from obrador.integrations.pos_files import Layout, Table, UnreadableFile, open_table
from obrador.kit import outbox
from obrador.kit.clock import business_date
from obrador.kit.errors import Fault
from obrador.sales import repository, staging
from obrador.sales.columns import Columns, choose_columns
from obrador.sales.events import SalesImported
from obrador.sales.faults import RowFault
from obrador.sales.formats import Formats, Written, find_formats
from obrador.sales.models import ImportMapping
from obrador.sales.product_names import ProductNames
from obrador.sales.rows import FAULTS_TOLD, RowReader
from obrador.tenants.domain import Bakery

Progress = Callable[[int], None]
"""Told how many rows have been read."""
Kind = Literal["transactions", "daily totals"]


@dataclass(frozen=True)
class ImportOptions:
    """What a person says of a file. Columns, product names and ignored names are remembered for
    files with the same header."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Field (see `columns.FIELDS`) to column, or to "" for none, where guessing is wrong."""
    product_names: Mapping[str, str] = field(default_factory=dict)
    """What a name or number in the file stands for: `{"1": "Bread"}`."""
    ignored: Collection[str] = ()
    """Product names that are none; their rows are left out."""
    create_products: bool = True
    """Whether unknown products are added; otherwise their rows are rejected."""
    dry_run: bool = False
    """Do everything, keep nothing."""
    most_bytes: int | None = None
    """Refuse a larger file."""
    layout: Layout = field(default_factory=Layout)
    """How the file holds its table, where finding out is wrong;"""
    written: Written = field(default_factory=Written)
    """and how its dates and numbers are written. The latter is remembered like the columns."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or in a dry run would do."""

    kind: Kind
    columns: Columns
    """Field to column, as they were read."""
    rows: int
    new: int
    changed: int
    unchanged: int
    ignored: int
    rejected: int
    row_faults: tuple[RowFault, ...]
    """Of the first thousand rejected rows."""
    products_created: tuple[str, ...]
    products_known: int
    """How many others the file names."""
    first_day: date | None
    last_day: date | None
    is_day_order_assumed: bool
    """Day/month and month/day both fit all dates that were looked at."""
    dry_run: bool
    written: Written
    """How dates and numbers were read."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Line and reason of the first thousand rejected rows."""
        return tuple(each.fault() for each in self.row_faults)

    def summary(self) -> Iterator[str]:
        """The report in a few lines."""
        columns = ", ".join(f"{name} = {column}" for name, column in self.columns.items())
        yield f"{_many(self.rows, 'row')} read as {self.kind} ({columns})"
        if self.first_day and self.last_day:
            yield f"days from {self.first_day} to {self.last_day}"
        yield f"{self.new:,} new, {self.changed:,} changed, {self.unchanged:,} known already"
        if self.products_created:
            made = self.products_created
            yield f"{_many(len(made), 'new product')}: {_few(made)}"
        if self.ignored:
            yield f"{_many(self.ignored, 'row')} left out as asked"
        if self.is_day_order_assumed:
            yield "day and month could be the other way round: check the days above"
        if self.rejected:
            yield f"{_many(self.rejected, 'row')} rejected"
        if self.dry_run:
            yield "dry run: nothing was kept"


async def import_sales(
    session: AsyncSession,
    tenant: TenantId,
    bakery: Bakery,
    path: Path,
    options: ImportOptions,
    now: datetime,
    progress: Progress = lambda rows: None,
) -> ImportReport:
    """Import a CSV or XLSX file of transactions or daily totals.

    Good rows go in, bad ones are reported. Lines that are there already, and days whose totals
    are the same, stay as they are, so importing a file again changes nothing. A total replaces
    what is known of its day; lines replace a total.

    Raises:
        NotFound: there is no such file.
        TooLarge: it is larger than allowed.
        UnreadableFile: it is no table of sales at all.
        UnknownColumns: columns are missing, or hold something else.
    """
    with open_table(path, most_bytes=options.most_bytes, layout=options.layout) as table:
        async with session.begin_nested() as attempt:
            report = await _import(session, tenant, bakery, table, options, now, progress)
            if options.dry_run:
                await attempt.rollback()
                kept_nothing(session)
    return report


async def _import(
    session: AsyncSession,
    tenant: TenantId,
    bakery: Bakery,
    table: Table,
    options: ImportOptions,
    now: datetime,
    progress: Progress,
) -> ImportReport:
    mapping = await mapping_of(session, tenant, table.header, options)
    columns = choose_columns(table.header, mapping.columns)
    first = await asyncio.to_thread(next, table.batches, None)
    if first is None:
        raise UnreadableFile("The file has a header but no rows.")
    formats = await asyncio.to_thread(find_formats, first, columns, bakery, written_of(mapping))
    products = ProductNames(
        await catalogue.product_ids(session, tenant),
        aliases=mapping.product_names,
        ignored=mapping.ignored,
        may_create=options.create_products,
    )
    last_day = business_date(now, bakery.time_zone) + timedelta(days=1)
    reader = RowReader(formats, bakery, products, last_day)
    async with staging.staged_table(session, tenant):
        async for rows in _ahead(map(reader.read, chain([first], table.batches))):
            await staging.copy(session, rows)
            progress(reader.tally.rows)
        await catalogue.add_named_products(session, tenant, products.created)
        report = await _merge(session, tenant, formats, reader, products, options)
    if report.new or report.changed:
        _publish(session, tenant, report)
    return report


async def mapping_of(
    session: AsyncSession, tenant: TenantId, header: tuple[str, ...], options: ImportOptions
) -> ImportMapping:
    """What was said of such files before, and now; kept for the next time."""
    digest = hashlib.sha256("\n".join(header).encode()).hexdigest()
    known = await repository.find_mapping(session, tenant, digest)
    said = ImportMapping(
        tenant_id=tenant,
        header=digest,
        columns={**(known.columns if known else {}), **options.columns},
        product_names={**(known.product_names if known else {}), **options.product_names},
        ignored=sorted({*(known.ignored if known else []), *options.ignored}),
        written={**(known.written if known else {}), **_said(options.written)},
    )
    if options.columns or options.product_names or options.ignored or _said(options.written):
        said = await session.merge(said)
    return said


def written_of(mapping: ImportMapping) -> Written:
    """How values are written, as far as somebody has said so."""
    return Written(**cast("dict[str, Any]", mapping.written))


def _said(written: Written) -> dict[str, str]:
    return {name: value for name, value in asdict(written).items() if value is not None}


async def _ahead(batches: Iterator[pl.DataFrame]) -> AsyncIterator[pl.DataFrame]:
    """The batches; while one is used, a thread makes the next."""
    coming = asyncio.create_task(asyncio.to_thread(next, batches, None))
    try:
        while (batch := await coming) is not None:
            coming = asyncio.create_task(asyncio.to_thread(next, batches, None))
            yield batch
    finally:
        # A thread cannot be stopped: let it end before the file is closed under it.
        await asyncio.wait([coming])


async def _merge(
    session: AsyncSession,
    tenant: TenantId,
    formats: Formats,
    reader: RowReader,
    products: ProductNames,
    options: ImportOptions,
) -> ImportReport:
    tally = reader.tally
    if formats.is_transactions:
        merged = await staging.merge_lines(session, tenant)
    else:
        count, repeated = await staging.take_repeated(session, FAULTS_TOLD)
        tally.reject(count, (RowFault(at, "repeated", "", str(of)) for at, of in repeated))
        sold_out = "sold_out" in formats.columns
        merged = await staging.merge_totals(session, tenant, sold_out=sold_out)
    good = tally.rows - tally.ignored - tally.rejected
    return ImportReport(
        kind="transactions" if formats.is_transactions else "daily totals",
        columns=formats.columns,
        rows=tally.rows,
        new=merged.new,
        changed=merged.changed,
        unchanged=good - merged.new - merged.changed,
        ignored=tally.ignored,
        rejected=tally.rejected,
        row_faults=tuple(sorted(tally.faults, key=lambda each: each.line)),
        products_created=tuple(products.created.values()),
        products_known=products.known,
        first_day=tally.first_day,
        last_day=tally.last_day,
        is_day_order_assumed=formats.moment.is_ambiguous,
        dry_run=options.dry_run,
        written=formats.written,
    )


def _publish(session: AsyncSession, tenant: TenantId, report: ImportReport) -> None:
    outbox.publish(
        session,
        SalesImported(
            tenant_id=tenant,
            first_day=str(report.first_day),
            last_day=str(report.last_day),
            new_rows=report.new,
            changed_rows=report.changed,
        ),
    )


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
