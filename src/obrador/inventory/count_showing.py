"""Counting sheets as the API and printers show them."""

import csv
from collections.abc import Mapping
from datetime import date
from io import StringIO
from typing import Any
from uuid import UUID

from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory import sheets
from obrador.inventory.count_approval import limit_minor, moved_minor
from obrador.inventory.count_schemas import (
    CountEvent,
    CountLineOutput,
    CountOutput,
    CountStatus,
    CountSummary,
    Difference,
    Differences,
)
from obrador.inventory.differences import Off, differences, item_of
from obrador.inventory.models import CountLine, StockCount, StockLot
from obrador.inventory.naming import load_items
from obrador.inventory.repository import Lots
from obrador.inventory.sheets import CountLines, Counts
from obrador.inventory.valuing import load_unit_values
from obrador.inventory.wording import sheet_heads
from obrador.kit import money
from obrador.kit.pagination import Page, PageRequest
from obrador.kit.spreadsheets import harmless
from obrador.plan_changes import Change, changes_of
from obrador.tenants.service import load_bakeries, speech_of

Names = Mapping[UUID, tuple[str, str]]


async def page(
    session: AsyncSession, tenant: TenantId, paging: PageRequest, status: CountStatus | None
) -> Page[CountSummary]:
    """A page of sheets, the ones made last first."""
    is_of = true() if status is None else StockCount.status == status
    found = await Counts(session, tenant).newest(paging, is_of)
    done = await sheets.progress(session, tenant, [row.id for row in found.rows])
    items = [
        CountSummary.model_validate(_summary(row, *done.get(row.id, (0, 0)))) for row in found.rows
    ]
    return Page[CountSummary](items=items, next_cursor=found.next_cursor)


async def show(session: AsyncSession, tenant: TenantId, count_id: UUID) -> CountOutput:
    """A sheet to count on. A blind one shows what is expected only once it is closed.

    Raises:
        NotFound: it is not there.
    """
    sheet = await Counts(session, tenant).get(count_id)
    lines, names = await _sorted_lines(session, tenant, count_id)
    counted = sum(line.counted is not None for line in lines)
    shown = [_line(line, names, is_hidden=_is_hidden(sheet)) for line in lines]
    return CountOutput.model_validate(_summary(sheet, len(lines), counted) | {"items": shown})


async def show_differences(session: AsyncSession, tenant: TenantId, count_id: UUID) -> Differences:
    """What a sheet's approval would post, or has posted, and who did what with it.

    Raises:
        NotFound: it is not there.
    """
    sheet = await Counts(session, tenant).get(count_id)
    lines, names = await _sorted_lines(session, tenant, count_id)
    off = await differences(session, tenant, lines, await load_unit_values(session, tenant))
    bakery = (await load_bakeries(session, [tenant]))[tenant]
    currency = bakery.currency
    by_value = sorted(off, key=lambda each: -abs(each.value_minor or 0))
    return Differences.model_validate(
        {
            "id": count_id,
            "status": sheet.status,
            "currency": currency,
            "value": money.from_minor(sum(each.value_minor or 0 for each in off), currency),
            "moved_value": money.from_minor(moved_minor(off), currency),
            "limit": money.from_minor(limit_minor(bakery), currency),
            "not_counted": len(lines) - len(off),
            "items": [_difference(each, names, currency) for each in by_value if each.difference],
            "history": [_event(each) for each in await changes_of(session, tenant, count_id)],
        }
    )


async def sheet_csv(
    session: AsyncSession, tenant: TenantId, count_id: UUID, language: str | None
) -> str:
    """A sheet to print and to write on, for any spreadsheet program.

    Raises:
        NotFound: it is not there.
    """
    sheet = await Counts(session, tenant).get(count_id)
    say = await speech_of(session, tenant, language)
    lines, names = await _sorted_lines(session, tenant, count_id)
    lots = {
        lot.id: lot
        for lot in await Lots(session, tenant).by_ids(
            [line.lot_id for line in lines if line.lot_id]
        )
    }
    written = StringIO()
    table = csv.writer(written)
    table.writerow(sheet_heads(say))
    for line in lines:
        lot = lots.get(line.lot_id) if line.lot_id else None
        table.writerow(_row(line, lot, names, is_hidden=_is_hidden(sheet)))
    return written.getvalue()


async def _sorted_lines(
    session: AsyncSession, tenant: TenantId, count_id: UUID
) -> tuple[list[CountLine], Names]:
    lines = await CountLines(session, tenant).of(count_id)
    names = await load_items(session, tenant)
    lines.sort(
        key=lambda line: (
            names[item_of(line)][0].casefold(),
            line.expires_on or date.max,
            line.id,
        )
    )
    return lines, names


def _is_hidden(sheet: StockCount) -> bool:
    return sheet.is_blind and sheet.status == "counting"


def _summary(row: StockCount, lines: int, counted: int) -> dict[str, Any]:
    names = CountSummary.model_fields.keys() - {"lines", "counted"}
    return {name: getattr(row, name) for name in names} | {"lines": lines, "counted": counted}


def _line(line: CountLine, names: Names, *, is_hidden: bool) -> CountLineOutput:
    item_id = item_of(line)
    own = {
        name: getattr(line, name) for name in CountLineOutput.model_fields if hasattr(line, name)
    }
    name, unit = names[item_id]
    expected = None if is_hidden else line.expected
    return CountLineOutput.model_validate(
        own | {"item_id": item_id, "item": name, "unit": unit, "expected": expected}
    )


def _difference(off: Off, names: Names, currency: str) -> Difference:
    line, item_id = off.line, item_of(off.line)
    name, unit = names[item_id]
    minor = off.value_minor
    return Difference.model_validate(
        {
            "line_id": line.id,
            "item_id": item_id,
            "item": name,
            "code": line.code,
            "unit": unit,
            "expected": off.expected,
            "counted": off.counted,
            "difference": off.difference,
            "value": None if minor is None else money.from_minor(minor, currency),
            "posted": line.posted,
            "is_recount": line.is_recount,
        }
    )


def _event(change: Change) -> CountEvent:
    return CountEvent(
        at=change.at,
        by=change.by,
        status=change.to_status,
        line_id=change.part_id,
        counted=change.facts.get("counted"),
        expected=change.facts.get("expected"),
        what=change.facts["what"],
        reason=change.reason,
    )


def _row(line: CountLine, lot: StockLot | None, names: Names, *, is_hidden: bool) -> list[str]:
    name, unit = names[item_of(line)]
    return [
        harmless(name),
        harmless(line.code),
        lot.received_on.isoformat() if lot else "",
        line.expires_on.isoformat() if line.expires_on else "",
        unit,
        "" if is_hidden else f"{line.expected.normalize():f}",
        "" if line.counted is None else f"{line.counted.normalize():f}",
        "",
    ]
