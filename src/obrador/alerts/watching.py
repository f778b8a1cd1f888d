"""Looking at floors while they are at work, and at batches once they are done."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts import repository
from obrador.alerts.domain import Alert
from obrador.alerts.events import AlertCritical
from obrador.alerts.floor import KINDS, Floor, alerts_of
from obrador.alerts.yields import is_trend, shortage_alerts, yield_alerts
from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.catalogue.domain import Equipment
from obrador.inventory import service as inventory
from obrador.kit.clock import zone_of
from obrador.kit.outbox import publish_all
from obrador.production import service as production
from obrador.production.domain import Outage
from obrador.sales import service as sales
from obrador.tenants import service as tenants_service
from obrador.tenants.domain import Morning

_LEAST_DELAY = timedelta(minutes=5)
"""No bakery may wish to hear of a shorter one, see `Policy.delay_minutes`."""
_AHEAD = timedelta(days=2)
_OUTCOMES = 20
"""Batches of a recipe that are looked at: several may be done before the first is judged."""
_LOOK_BACK = timedelta(days=30)
"""Older batches say nothing of how a recipe is made now."""


async def watch_floors(session: AsyncSession, tenants: Sequence[TenantId], now: datetime) -> int:
    """See what is behind its plan and what is broken, raise what is new and resolve what is no
    longer so; returns how many alerts are new or changed. However many bakeries: three statements
    where all goes well, at most thirteen."""
    behind = await production.load_behind(session, tenants, now, _LEAST_DELAY)
    broken = await catalogue.load_out_of_order(session, tenants, now, now + _AHEAD)
    troubled = [tenant for tenant in tenants if behind[tenant] or broken[tenant]]
    floors: list[Floor] = []
    if troubled:
        day = now.date()
        mornings = await mornings_of(session, troubled, now)
        names = await catalogue.load_recipe_names(session, troubled)
        orders = await sales.load_firm_orders(session, troubled, day - _AHEAD, day + _AHEAD)
        outages = {tenant: [_outage(each, now) for each in broken[tenant]] for tenant in troubled}
        hit = await production.load_hit(session, outages, day - _AHEAD, day + _AHEAD)
        floors = [
            Floor(
                mornings[tenant],
                {own_id: name for own_id, (name, _) in names[tenant].items()},
                behind[tenant],
                orders[tenant],
                broken[tenant],
                hit.get(tenant, ()),
            )
            for tenant in troubled
        ]
    found = [(floor.morning, alerts_of(floor)) for floor in floors]
    standing = [(morning.tenant, each.key) for morning, alerts in found for each in alerts]
    await repository.settle(session, tenants, KINDS, standing, now)
    return await _keep(session, found)


async def judge_batch(
    session: AsyncSession,
    tenant: TenantId,
    recipe_id: UUID,
    batch_id: UUID,
    short: Mapping[UUID, float],
    now: datetime,
) -> int:
    """See what a completed batch gave and what stock did not hold, and raise what is worth it;
    returns how many alerts are new or changed. A recipe whose batches are as planned again needs no
    change any more."""
    recipes = (await catalogue.load_recipes(session, [tenant]))[tenant]
    if recipe_id not in recipes:
        return 0
    recipe, morning = recipes[recipe_id], (await mornings_of(session, [tenant], now))[tenant]
    today, tolerance = morning.business_date, morning.bakery.policy.yield_tolerance
    outcomes = await production.load_outcomes(
        session, tenant, recipe_id, today - _LOOK_BACK, today + _AHEAD, _OUTCOMES
    )
    at = next((at for at, each in enumerate(outcomes) if each.batch_id == batch_id), len(outcomes))
    found: list[Alert] = []
    if judged := outcomes[at:]:
        found += yield_alerts(judged, recipe, tolerance, today)
        if not is_trend(judged, tolerance):
            await repository.resolve_trend(session, tenant, recipe_id, now)
    if short:
        items = {each.id: (each.name, each.unit) for each in recipes.values()}
        for each in (await inventory.load_ingredients(session, [tenant]))[tenant]:
            items[each.id] = (each.name, each.unit)
        found += shortage_alerts(short, items, recipe.name, today)
    return await _keep(session, [(morning, found)])


async def _keep(session: AsyncSession, found: Sequence[tuple[Morning, Sequence[Alert]]]) -> int:
    """Keep alerts, and tell of critical ones; returns how many are new or changed."""
    news = await repository.keep(session, found)
    critical = [
        AlertCritical(
            morning.tenant,
            each.kind,
            each.key,
            morning.business_date.isoformat(),
            dict(each.facts),
        )
        for morning, alerts in found
        for each in alerts
        if each.severity == "critical" and (morning.tenant, each.key) in news
    ]
    await publish_all(session, critical)
    return len(news)


async def mornings_of(
    session: AsyncSession, tenants: Sequence[TenantId], now: datetime
) -> dict[TenantId, Morning]:
    """The bakeries' days, as alerts are raised on."""
    bakeries = await tenants_service.load_bakeries(session, tenants)
    local = {tenant: now.astimezone(zone_of(bakeries[tenant].time_zone)) for tenant in tenants}
    return {
        tenant: Morning(tenant, bakeries[tenant], local[tenant].date(), 0, local[tenant])
        for tenant in tenants
    }


def _outage(item: Equipment, now: datetime) -> Outage:
    """What is left of it, as far as plans are looked at."""
    since = item.out_of_order_from or now
    return Outage(item.id, max(since, now), item.out_of_order_to or now + _AHEAD)
