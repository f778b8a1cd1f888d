"""What a batch does to stock: what goes into it leaves, first expired first; what it gives arrives.

Bread that is baked is baked, whatever stock says on paper: what stock does not hold is no error
here but a shortage, which the caller keeps and tells.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory import repository
from obrador.inventory.domain import OpenLot, Shortage, take_what_is_there
from obrador.inventory.models import StockLot
from obrador.inventory.repository import Lots
from obrador.kit.ids import derived_id
from obrador.kit.queries import any_of

_PLACES = Decimal("0.001")
_SETTLED_DAYS = 7
"""So long after they expired, what nobody has counted or thrown away of lots that were baked is
taken to be sold."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a batch gave: of a product, or of the recipe of a semi-finished good."""

    product_id: UUID | None
    recipe_id: UUID | None
    quantity: Decimal
    received_on: date
    expires_on: date


async def post_batch(
    session: AsyncSession,
    tenant: TenantId,
    posting_id: UUID,
    batch_id: UUID,
    uses: Mapping[UUID, float],
    output: Output | None,
    *,
    at: datetime,
    today: date,
    is_lost: bool = False,
) -> tuple[Shortage, ...]:
    """Move stock for a batch that has ended; returns what it took that stock did not hold.

    Args:
        uses: base units of each ingredient, and of each semi-finished good by its recipe's id.
        output: None: it gave nothing.
        today: the bakery's day; lots that expired before it are left alone.
        is_lost: the batch was given up: what went into it is waste.
    """
    if await repository.posted(session, tenant, posting_id):
        return ()
    lots = Lots(session, tenant)
    wanted = {item: _exact(amount) for item, amount in uses.items()}
    changes, shortages = _taken(wanted, await _usable(lots, list(wanted), today))
    kind = "waste" if is_lost else "consumption"
    movements = [
        _movement(posting_id, lot, kind, -amount, at, f"batch {batch_id}")
        for lot, amount in changes
    ]
    if output is not None and output.quantity > 0:
        lot = await _made(lots, posting_id, batch_id, output)
        movements.append(
            _movement(posting_id, lot, "receipt", output.quantity, at, f"batch {batch_id}")
        )
        if output.product_id is not None:
            movements += await _settled(lots, posting_id, output.product_id, at, today)
    await lots.move(movements)
    return shortages


async def _usable(lots: Lots, items: Sequence[UUID], today: date) -> list[StockLot]:
    return await lots.lock_all(
        or_(StockLot.ingredient_id == any_of(items), StockLot.recipe_id == any_of(items)),
        StockLot.remaining > 0,
        or_(StockLot.expires_on.is_(None), StockLot.expires_on >= today),
    )


def _taken(
    wanted: Mapping[UUID, Decimal], lots: Sequence[StockLot]
) -> tuple[list[tuple[UUID, Decimal]], tuple[Shortage, ...]]:
    """What is taken of which lot, and what is missing."""
    by_item: dict[UUID, list[OpenLot]] = defaultdict(list)
    for lot in lots:
        by_item[lot.ingredient_id or lot.recipe_id or lot.id].append(OpenLot(lot.id, lot.remaining))
    changes: list[tuple[UUID, Decimal]] = []
    shortages = []
    for item, quantity in wanted.items():
        taken, missing = take_what_is_there(by_item[item], quantity)
        changes += taken
        if missing > 0:
            shortages.append(Shortage(str(item), float(missing)))
    return changes, tuple(shortages)


async def _made(lots: Lots, posting_id: UUID, batch_id: UUID, output: Output) -> UUID:
    """The id of a new lot, which holds nothing yet."""
    facts = {
        "product_id": output.product_id,
        "recipe_id": output.recipe_id,
        "batch_id": batch_id,
        "code": "",
        "received_on": output.received_on,
        "expires_on": max(output.expires_on, output.received_on),
        "remaining": Decimal(0),
    }
    return (await lots.add(lots.made(derived_id(posting_id, "made"), facts))).id


async def _settled(
    lots: Lots, posting_id: UUID, product_id: UUID, at: datetime, today: date
) -> list[dict[str, Any]]:
    """Sales do not leave lots one by one; what is long expired does not stay for ever."""
    old = await lots.lock_all(
        StockLot.product_id == product_id,
        StockLot.batch_id.is_not(None),
        StockLot.remaining > 0,
        StockLot.expires_on < today - timedelta(days=_SETTLED_DAYS),
    )
    return [
        _movement(posting_id, lot.id, "adjustment", -lot.remaining, at, "expired and not counted")
        for lot in old
    ]


def _movement(
    posting_id: UUID, lot_id: UUID, kind: str, quantity: Decimal, at: datetime, reason: str
) -> dict[str, Any]:
    return {
        "id": derived_id(posting_id, lot_id),
        "lot_id": lot_id,
        "posting_id": posting_id,
        "kind": kind,
        "quantity": quantity,
        "occurred_at": at,
        "reason": reason,
    }


def _exact(amount: float) -> Decimal:
    return Decimal(str(round(amount, 6))).quantize(_PLACES)
