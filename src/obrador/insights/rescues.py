"""Use case of stock that expires: what will be left of it, and what to do."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import service as forecasting
from obrador.insights.larder import Larder
from obrador.insights.rescue_schemas import RescueList, RescueOutput, SuggestionOutput
from obrador.insights.rescuing import Kitchen, Rescue, Suggestion, rescue
from obrador.inventory import service as inventory
from obrador.kit import money
from obrador.kit.clock import zone_of
from obrador.kit.i18n import Speech
from obrador.procurement.domain import StoredPlan
from obrador.tenants.service import load_bakeries, speech_of

Names = Mapping[UUID, tuple[str, str]]
_MOST = 500


async def suggest(
    session: AsyncSession,
    tenant: TenantId,
    larder: Larder,
    days: int,
    now: datetime,
    language: str | None,
) -> RescueList:
    """What expires within so many days, or has, with what to do about it. A constant number of
    queries."""
    bakery = (await load_bakeries(session, [tenant]))[tenant]
    local = now.astimezone(zone_of(bakery.time_zone))
    today, plan = local.date(), larder.plan
    moved = await inventory.moved_by_kind(
        session, tenant, local.replace(hour=0, minute=0, second=0, microsecond=0)
    )
    kitchen = Kitchen(
        today=today,
        recipes=larder.recipes,
        products=larder.products,
        needed={} if plan is None else _needed(plan, today, moved),
        forecast=await forecasting.newest_forecast(session, tenant, today),
        worth=larder.worth,
    )
    lots = await inventory.load_expiring(session, tenant, today + timedelta(days=days), _MOST)
    found = rescue(lots, kitchen)
    say = await speech_of(session, tenant, language)
    total = sum(each.value_minor or 0 for each in found)
    return RescueList(
        today=today,
        planned_on=plan.business_date if plan else None,
        currency=bakery.currency,
        value=money.from_minor(total, bakery.currency),
        items=[_shown(each, larder.names, say, bakery.currency) for each in found],
    )


def _needed(
    plan: StoredPlan, today: date, moved: Mapping[tuple[UUID, str], float]
) -> dict[UUID, list[float]]:
    since = max((today - plan.business_date).days, 0)
    return {
        own: inventory.still_needed(each.requirement, since, -moved.get((own, "consumption"), 0.0))
        for each in plan.projections
        for own in [each.ingredient_id]
    }


def _shown(found: Rescue, names: Names, say: Speech, currency: str) -> RescueOutput:
    lot, minor = found.lot, found.value_minor
    name, unit = names[lot.item_id]
    return RescueOutput.model_validate(
        {
            "lot_id": lot.id,
            "item_id": lot.item_id,
            "item": name,
            "code": lot.code,
            "expires_on": lot.expires_on,
            "days_left": found.days_left,
            "quantity": round(lot.quantity, 3),
            "unit": unit,
            "used": round(found.used, 3),
            "left": round(found.left, 3),
            "value": None if minor is None else money.from_minor(minor, currency),
            "suggestions": [_suggestion(each, unit, names, say) for each in found.suggestions],
        }
    )


def _suggestion(found: Suggestion, unit: str, names: Names, say: Speech) -> SuggestionOutput:
    product = None if found.product_id is None else names[found.product_id][0]
    amount = say.quantity(found.quantity, unit)
    return SuggestionOutput(
        way=found.way,
        message=_words(say, found, amount, product),
        quantity=round(found.quantity, 3),
        product_id=found.product_id,
        product=product,
        units=found.units,
        room=found.room,
    )


def _words(say: Speech, found: Suggestion, amount: str, product: str | None) -> str:
    if found.way == "bake":
        units = say.number(found.units or 0)
        return say.phrase(
            "Bake {units} more of {product}: that takes {amount}.",
            units=units,
            product=product,
            amount=amount,
        )
    if found.way == "transfer":
        return say.phrase("Give {amount} to another shop or a customer.", amount=amount)
    return say.phrase("Throw {amount} away, with its reason.", amount=amount)
