"""What a delivery does to stock: each lot of it arrives, all in one posting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.models import StockLot
from obrador.inventory.repository import Ingredients, Lots, posted
from obrador.kit.ids import derived_id


@dataclass(frozen=True, slots=True)
class Arrival:
    """A lot that has come, in the ingredient's base unit."""

    ingredient_id: UUID
    quantity: Decimal
    expires_on: date | None
    """None: by the ingredient's shelf life."""
    code: str


async def post_arrivals(
    session: AsyncSession,
    tenant: TenantId,
    posting_id: UUID,
    arrivals: Sequence[Arrival],
    received_on: date,
    at: datetime,
    reason: str,
) -> None:
    """Keep each as a lot. What the posting has kept before is not kept again. Four statements."""
    if not arrivals or await posted(session, tenant, posting_id):
        return
    items = {each.ingredient_id for each in arrivals}
    lives = {
        row.id: row.shelf_life_days for row in await Ingredients(session, tenant).by_ids(items)
    }
    lots = [
        StockLot(
            tenant_id=tenant,
            id=derived_id(posting_id, number),
            ingredient_id=each.ingredient_id,
            code=each.code,
            received_on=received_on,
            expires_on=each.expires_on or _last_day(received_on, lives[each.ingredient_id]),
            remaining=Decimal(0),
        )
        for number, each in enumerate(arrivals)
    ]
    session.add_all(lots)
    await session.flush()
    movements = [
        {
            "id": derived_id(posting_id, lot.id),
            "lot_id": lot.id,
            "posting_id": posting_id,
            "kind": "receipt",
            "quantity": each.quantity,
            "occurred_at": at,
            "reason": reason,
        }
        for lot, each in zip(lots, arrivals, strict=True)
    ]
    await Lots(session, tenant).move(movements)


def _last_day(received_on: date, shelf_life_days: int | None) -> date | None:
    if shelf_life_days is None:
        return None
    return received_on + timedelta(days=shelf_life_days - 1)
