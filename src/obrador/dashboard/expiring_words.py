"""What expires soon, and what can be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from obrador.dashboard.stock_words import SOON
from obrador.dashboard.visiting import Visit
from obrador.inventory import stock
from obrador.inventory.schemas import ExpiringLot
from obrador.kit.i18n import Speech
from obrador.procurement.domain import Projection, StoredPlan

_TELLABLE = 0.5
"""In base units: less is nothing that anybody could do anything about."""


@dataclass(frozen=True, slots=True)
class ExpiringLine:
    """A lot that expires soon, or has expired."""

    item_id: UUID
    name: str
    code: str
    unit: str
    quantity: float
    expires_on: date
    when: str
    is_expired: bool
    advice: str


async def expiring_of(
    visit: Visit, names: Mapping[UUID, tuple[str, str]], plan: StoredPlan | None
) -> list[ExpiringLine]:
    """Lots that expire within days, the first to expire first. Six queries at most."""
    found = await stock.expiring(visit.session, visit.tenant, SOON - 1, visit.now)
    ahead = {each.ingredient_id: each for each in plan.projections} if plan else {}
    first = plan.business_date if plan else found.today
    return [_line(visit.say, lot, names, ahead, first) for lot in found.items]


def _line(
    say: Speech,
    lot: ExpiringLot,
    names: Mapping[UUID, tuple[str, str]],
    ahead: Mapping[UUID, Projection],
    first: date,
) -> ExpiringLine:
    item_id = lot.ingredient_id or lot.product_id or lot.recipe_id or lot.id
    expires_on = lot.expires_on or first
    return ExpiringLine(
        item_id=item_id,
        name=names[item_id][0],
        code=lot.code,
        unit=lot.unit,
        quantity=float(lot.remaining),
        expires_on=expires_on,
        when=_when(say, lot.days_left),
        is_expired=lot.days_left < 0,
        advice=_advice(say, lot, ahead.get(item_id), (expires_on - first).days),
    )


def _when(say: Speech, days_left: int) -> str:
    if days_left < 0:
        return say.counted("expired yesterday", "expired {n} days ago", -days_left)
    if days_left == 0:
        return say.phrase("expires today")
    return say.counted("expires tomorrow", "expires in {n} days", days_left)


def _advice(say: Speech, lot: ExpiringLot, ahead: Projection | None, last_day: int) -> str:
    """What the plan makes of it: used in time, or too much."""
    if lot.days_left < 0:
        return say.phrase("Throw it away and enter it as waste.")
    if ahead is None or last_day < 0:
        return say.phrase("Use or sell it first.")
    lost = min(sum(ahead.expired[: last_day + 1]), float(lot.remaining))
    if lost < _TELLABLE:
        return say.phrase("The plan uses it in time.")
    return say.phrase(
        "{quantity} of it are not needed in time: bake more with it, hand it on, or throw it away.",
        quantity=say.quantity(lost, lot.unit),
    )
