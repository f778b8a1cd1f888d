"""Use cases of counting sheets: make one, count on it, have it counted again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.inventory import history, service, sheets, stock
from obrador.inventory.count_schemas import CountEntry, CountInput, EntryOutput, FoundInput
from obrador.inventory.differences import item_of
from obrador.inventory.due import Countable, due
from obrador.inventory.models import CountLine, StockCount, StockLot
from obrador.inventory.sheets import CountLines, Counts
from obrador.inventory.valuing import load_unit_values
from obrador.kit.clock import business_date
from obrador.kit.errors import Conflict, Fault, Invalid
from obrador.kit.ids import derived_id
from obrador.kit.names import name_key
from obrador.kit.schemas import in_base_unit
from obrador.kit.states import machine
from obrador.plan_changes import Who, note_change
from obrador.tenants.service import time_zone_of

STATES = machine("count", counting="approved cancelled", approved="", cancelled="")
_USE_DAYS = 90
"""So far back use says what an item is worth counting for."""


async def make(
    session: AsyncSession, tenant: TenantId, count_id: UUID, given: CountInput, by: Who
) -> None:
    """A new sheet with a line for each lot in stock, and for each ingredient of which there is
    none; what an earlier request with the same id made stays. A constant number of queries.

    Raises:
        Invalid: nothing is of the category.
        Conflict: there is nothing to count, or nothing is due.
    """
    counts = Counts(session, tenant)
    if await counts.find(count_id):
        return
    ingredients = [each.id for each in (await service.load_ingredients(session, [tenant]))[tenant]]
    wanted = await _wanted(session, tenant, given, by.at)
    lots = await sheets.lots_in_stock(session, tenant, wanted)
    held = {lot.item_id for lot in lots}
    missing = [
        each for each in ingredients if each not in held and (wanted is None or each in wanted)
    ]
    if not lots and not missing:
        raise Conflict("There is nothing to count. Add ingredients, or choose another scope.")
    columns = {"scope": given.scope, "category": given.category, "is_blind": given.is_blind}
    sheet = counts.made(count_id, columns | {"made_at": by.at})
    if await counts.add(sheet) is not sheet:
        return  # the same request, sent twice at once
    lines = CountLines(session, tenant)
    session.add_all(
        [
            *(lines.made(derived_id(count_id, lot.id), _of_lot(count_id, lot)) for lot in lots),
            *(
                lines.made(
                    derived_id(count_id, each), {"count_id": count_id, "ingredient_id": each}
                )
                for each in missing
            ),
        ]
    )
    note(session, tenant, count_id, by, "counting", "made")
    await session.flush()


async def enter(
    session: AsyncSession,
    tenant: TenantId,
    count_id: UUID,
    line_id: UUID,
    given: CountEntry,
    by: Who,
) -> EntryOutput:
    """Save what was counted of a line. Others may count on the sheet at the same time; of two
    counts of a line the later one holds. Repeating one changes nothing.

    Raises:
        NotFound: there is no such sheet or line.
        WrongState: the sheet is closed.
        Invalid: the unit does not fit, or the moment makes no sense.
    """
    sheet = await _counting(session, tenant, count_id)
    line = await CountLines(session, tenant).lock(line_id)
    if line.count_id != count_id:
        raise Invalid("This line is of another sheet.", [Fault("line_id", "is of another sheet")])
    units = await stock.units_of_items(
        session, tenant, [(line.ingredient_id, line.product_id, line.recipe_id)]
    )
    unit = units[item_of(line)]
    quantity = in_base_unit(given.counted, given.unit, unit, "counted")
    at = _moment(given, sheet, by.at)
    is_newer = line.counted_at is None or at > line.counted_at
    if is_newer or (at == line.counted_at and (quantity != line.counted or line.is_recount)):
        await _save(session, tenant, line, quantity, at, by)
    return EntryOutput.model_validate(
        {
            "line_id": line.id,
            "counted": line.counted,
            "unit": unit,
            "counted_at": line.counted_at,
            "counted_by": line.counted_by,
        }
    )


async def found(
    session: AsyncSession,
    tenant: TenantId,
    count_id: UUID,
    line_id: UUID,
    given: FoundInput,
    by: Who,
) -> EntryOutput:
    """Save what lay there although the sheet does not expect it: a line of its own.

    Raises: as `enter`; Invalid also if there is no such item.
    """
    await _counting(session, tenant, count_id)
    lines = CountLines(session, tenant)
    if await lines.find(line_id) is None:
        facts = {"count_id": count_id, "code": given.code, "expires_on": given.expires_on}
        column = await _column_of(session, tenant, given.item_id)
        await lines.add(lines.made(line_id, facts | {column: given.item_id}))
    return await enter(session, tenant, count_id, line_id, given, by)


async def recount(
    session: AsyncSession, tenant: TenantId, count_id: UUID, line_ids: Sequence[UUID], by: Who
) -> None:
    """Have lines counted again before the sheet can be approved.

    Raises:
        NotFound, WrongState: as `enter`.
        Invalid: a line is not of the sheet, or has not been counted.
    """
    await _counting(session, tenant, count_id)
    lines = {each.id: each for each in await CountLines(session, tenant).of(count_id)}
    for line_id in line_ids:
        if line_id not in lines or lines[line_id].counted is None:
            raise Invalid(
                "Line {line_id} has not been counted on this sheet.",
                [Fault("line_ids", "names a line that has not been counted")],
                line_id=line_id,
            )
    for line_id in dict.fromkeys(line_ids):
        if not lines[line_id].is_recount:
            lines[line_id].is_recount = True
            note(session, tenant, count_id, by, "counting", "recount", line_id)
    await session.flush()


async def cancel(
    session: AsyncSession, tenant: TenantId, count_id: UUID, by: Who, reason: str
) -> None:
    """Give a sheet up; stock stays as it is. Repeating it changes nothing.

    Raises:
        NotFound: it is not there.
        WrongState: it is approved.
    """
    sheet = await Counts(session, tenant).lock(count_id)
    if sheet.status != "cancelled":
        STATES.check(sheet.status, "cancelled")
        sheet.status, sheet.closed_at = "cancelled", by.at
        note(session, tenant, count_id, by, "cancelled", "cancelled", reason=reason)
        await session.flush()


def note(
    session: AsyncSession,
    tenant: TenantId,
    count_id: UUID,
    by: Who,
    status: str,
    what: str,
    line_id: UUID | None = None,
    *,
    reason: str = "",
    facts: dict[str, Any] | None = None,
) -> None:
    """Keep what was done with a sheet, by whom and when; that is never altered."""
    note_change(
        session,
        tenant,
        count_id,
        by,
        version=1,
        before="counting",
        after=status,
        reason=reason,
        part_id=line_id,
        facts={"what": what} | (facts or {}),
    )


async def _wanted(
    session: AsyncSession, tenant: TenantId, given: CountInput, now: datetime
) -> set[UUID] | None:
    """The items to count; None: all."""
    if given.scope == "category":
        key = name_key(given.category)
        ingredients = (await service.load_ingredients(session, [tenant]))[tenant]
        products = (await catalogue.load_products(session, [tenant]))[tenant]
        categories = [(each.id, each.category) for each in ingredients]
        categories += [(each.id, each.category) for each in products]
        of_category = {own for own, category in categories if name_key(category) == key}
        if not of_category:
            raise Invalid(
                "Nothing is of the category {category}.",
                [Fault("category", "is not known")],
                category=given.category,
            )
        return of_category
    if given.scope == "due":
        zone, worth = await time_zone_of(session, tenant), await load_unit_values(session, tenant)
        rows = await sheets.countable(session, tenant, now - timedelta(days=_USE_DAYS), zone)
        items = [
            Countable(row.item_id, row.used * worth.get(row.item_id, 0.0), row.counted_on)
            for row in rows
        ]
        return set(due(items, business_date(now, zone))[: given.most_items])
    return None


async def _column_of(session: AsyncSession, tenant: TenantId, item_id: UUID) -> str:
    """The column that names an item. At most three queries.

    Raises:
        Invalid: there is no such item.
    """
    if await service.units_of(session, tenant, [item_id]):
        return "ingredient_id"
    if await catalogue.product_units(session, tenant, [item_id]):
        return "product_id"
    if await catalogue.recipe_units(session, tenant, [item_id]):
        return "recipe_id"
    raise Invalid(
        "There is no ingredient, product or recipe {item_id} here.",
        [Fault("item_id", "is not there")],
        item_id=item_id,
    )


async def _counting(session: AsyncSession, tenant: TenantId, count_id: UUID) -> StockCount:
    """The sheet, which nobody closes meanwhile."""
    sheet = await Counts(session, tenant).hold(count_id)
    STATES.check(sheet.status, "approved")
    return sheet


def _moment(given: CountEntry, sheet: StockCount, now: datetime) -> datetime:
    at = given.counted_at or now
    if not sheet.made_at <= at <= now:
        raise Invalid(
            "It is counted after the sheet was made, and not in the future.",
            [
                Fault(
                    "counted_at",
                    "must lie between {made_at:%Y-%m-%dT%H:%M:%SZ} and now",
                    made_at=sheet.made_at,
                )
            ],
        )
    return at


async def _save(
    session: AsyncSession,
    tenant: TenantId,
    line: CountLine,
    quantity: Decimal,
    at: datetime,
    by: Who,
) -> None:
    if line.lot_id is not None:
        held = await history.held_at(session, tenant, [(line.id, line.lot_id, at)])
        line.expected = held[line.id]
    line.counted, line.counted_at, line.counted_by = quantity, at, by.name
    line.is_recount = False
    facts = {"counted": f"{quantity:f}", "expected": f"{line.expected:f}"}
    note(session, tenant, line.count_id, by, "counting", "counted", line.id, facts=facts)
    await session.flush()


def _of_lot(count_id: UUID, lot: StockLot) -> dict[str, Any]:
    names = ("ingredient_id", "product_id", "recipe_id", "code", "expires_on")
    facts = {name: getattr(lot, name) for name in names}
    return facts | {"count_id": count_id, "lot_id": lot.id, "expected": lot.remaining}
