"""Approving a count: its differences are posted, all together or not at all."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.inventory import repository
from obrador.inventory.counts import STATES, note
from obrador.inventory.differences import Off, differences, item_of
from obrador.inventory.events import StockMoved
from obrador.inventory.models import CountLine, StockLot
from obrador.inventory.repository import Lots
from obrador.inventory.sheets import CountLines, Counts
from obrador.inventory.valuing import load_unit_values
from obrador.kit import money
from obrador.kit.clock import business_date
from obrador.kit.errors import Conflict, Forbidden
from obrador.kit.ids import derived_id
from obrador.kit.outbox import publish
from obrador.kit.queries import any_of
from obrador.plan_changes import Who
from obrador.tenants.domain import Bakery
from obrador.tenants.service import load_bakeries


async def approve(
    session: AsyncSession,
    tenant: TenantId,
    count_id: UUID,
    by: Who,
    *,
    is_owner: bool,
    reason: str = "",
) -> None:
    """Post the differences of a sheet as of the moments they were counted at, so that what happened
    since is not undone. Lots that were not counted stay as they are. Repeating it changes nothing.

    Raises:
        NotFound: there is no such sheet.
        WrongState: it was cancelled.
        Conflict: nothing was counted, or something is to be counted again.
        Forbidden: the differences come to more than only an owner may approve.
    """
    sheet = await Counts(session, tenant).lock(count_id)
    if sheet.status == "approved":
        return
    STATES.check(sheet.status, "approved")
    lines = await CountLines(session, tenant).of(count_id)
    _check_counted(lines)
    # First the locks, then the sums: nothing moves in between.
    lots = await _locked(session, tenant, lines)
    worth = await load_unit_values(session, tenant)
    off = await differences(session, tenant, lines, worth)
    bakery = (await load_bakeries(session, [tenant]))[tenant]
    _check_limit(off, bakery, is_owner=is_owner)
    await _post(session, tenant, count_id, off, lots, worth, bakery)
    sheet.status, sheet.closed_at = "approved", by.at
    value = sum(each.line.value_minor or 0 for each in off)
    note(
        session, tenant, count_id, by, "approved", "approved", reason=reason, facts={"value": value}
    )
    await session.flush()


def limit_minor(bakery: Bakery) -> int:
    """What differences may come to for anybody but an owner to approve them."""
    return money.to_minor(Decimal(str(bakery.policy.count_limit)), bakery.currency)


def moved_minor(off: Sequence[Off]) -> int:
    """What all differences come to, whether more or less; those of unknown price are not in it."""
    return sum(abs(each.value_minor or 0) for each in off)


def _check_counted(lines: Sequence[CountLine]) -> None:
    again = sum(line.is_recount for line in lines)
    if again:
        raise Conflict(
            "Lines that are to be counted again: {again}. Count them first.", again=again
        )
    if all(line.counted is None for line in lines):
        raise Conflict("Nothing has been counted on this sheet. Count, or cancel it.")


def _check_limit(off: Sequence[Off], bakery: Bakery, *, is_owner: bool) -> None:
    moved, limit = moved_minor(off), limit_minor(bakery)
    if moved > limit and not is_owner:
        raise Forbidden(
            "The differences come to {moved} {currency}: above {limit} an owner approves.",
            moved=money.from_minor(moved, bakery.currency),
            currency=bakery.currency,
            limit=money.from_minor(limit, bakery.currency),
        )


async def _locked(
    session: AsyncSession, tenant: TenantId, lines: Sequence[CountLine]
) -> dict[UUID, StockLot]:
    lot_ids = [line.lot_id for line in lines if line.lot_id and line.counted is not None]
    return {
        lot.id: lot for lot in await Lots(session, tenant).lock_all(StockLot.id == any_of(lot_ids))
    }


async def _post(
    session: AsyncSession,
    tenant: TenantId,
    count_id: UUID,
    off: Sequence[Off],
    lots: dict[UUID, StockLot],
    worth: Mapping[UUID, float],
    bakery: Bakery,
) -> None:
    posting_id, movements = derived_id(count_id, "approved"), []
    lives = await _shelf_lives(session, tenant, [each.line for each in off])
    for each in off:
        line = each.line
        at = line.counted_at
        if at is None:
            continue
        day = business_date(at, bakery.time_zone)
        if line.lot_id is None and each.counted > 0:
            lot = await _found(Lots(session, tenant), line, day, lives)
            line.lot_id = lot.id
        elif line.lot_id is not None:
            lot = lots[line.lot_id]
            lot.counted_on = max(day, lot.counted_on or day)
        else:
            line.posted, line.expected, line.value_minor = Decimal(0), each.expected, 0
            continue
        # What was missing may have been used since, on paper: there is no less than nothing.
        line.posted = max(each.difference, -lot.remaining)
        line.expected = each.expected
        cost = worth.get(item_of(line))
        line.value_minor = None if cost is None else round(cost * float(line.posted))
        if line.posted:
            movements.append(_movement(posting_id, lot.id, line.posted, at, f"count {count_id}"))
    await Lots(session, tenant).move(movements)
    if movements:
        items = sorted({str(item_of(each.line)) for each in off if each.line.posted})
        publish(session, StockMoved(tenant, str(posting_id), "count", items))


async def _shelf_lives(
    session: AsyncSession, tenant: TenantId, lines: Sequence[CountLine]
) -> dict[UUID, int | None]:
    """Of what was found, the days it keeps."""
    found = [line for line in lines if line.lot_id is None]
    bought = [line.ingredient_id for line in found if line.ingredient_id]
    made = [line.product_id for line in found if line.product_id]
    lives: dict[UUID, int | None] = {}
    if bought:
        rows = await repository.read_by_ids(session, tenant, bought)
        lives |= {row.id: row.shelf_life_days for row in rows}
    if made:
        lives |= await catalogue.shelf_lives(session, tenant, made)
    return lives


async def _found(
    lots: Lots, line: CountLine, day: date, lives: Mapping[UUID, int | None]
) -> StockLot:
    """A new lot for what was found, which holds nothing yet."""
    life, expires_on = lives.get(item_of(line)), line.expires_on
    if expires_on is None and life is not None:
        expires_on = day + timedelta(days=life - 1)
    facts = {
        "ingredient_id": line.ingredient_id,
        "product_id": line.product_id,
        "recipe_id": line.recipe_id,
        "code": line.code,
        "received_on": min(day, expires_on) if expires_on else day,
        "expires_on": expires_on,
        "counted_on": day,
        "remaining": Decimal(0),
    }
    return await lots.add(lots.made(derived_id(line.id, "found"), facts))


def _movement(
    posting_id: UUID, lot_id: UUID, quantity: Decimal, at: Any, reason: str
) -> dict[str, Any]:
    return {
        "id": derived_id(posting_id, lot_id),
        "lot_id": lot_id,
        "posting_id": posting_id,
        "kind": "count",
        "quantity": quantity,
        "occurred_at": at,
        "reason": reason,
    }
