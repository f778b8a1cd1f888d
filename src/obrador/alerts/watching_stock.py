"""Keeping alerts of stock as stock is: raised once for a cause, gone when there is stock again."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts import repository
from obrador.alerts.domain import Alert, MorningFacts
from obrador.alerts.stock import Ahead, Today, planned, present, stock_alerts
from obrador.authz import TenantId
from obrador.inventory import service as inventory
from obrador.inventory.events import LotsExpiring, StockLow
from obrador.kit.clock import zone_of
from obrador.kit.outbox import Event, publish_all
from obrador.procurement import service as procurement
from obrador.procurement.domain import StoredPlan
from obrador.procurement.events import StockCritical
from obrador.suppliers import service as suppliers
from obrador.tenants import service as tenants
from obrador.tenants.domain import Morning

Found = Sequence[tuple[Morning, Sequence[Alert]]]


async def from_plans(session: AsyncSession, facts: Sequence[MorningFacts]) -> dict[TenantId, int]:
    """Raise and resolve what mornings' plans foresee of stock; how many each bakery has, new or
    not. At most four statements."""
    found = [
        (each.morning, tuple(stock_alerts(each.morning.business_date, _planned(each))))
        for each in facts
    ]
    await _keep(session, found, is_planned=True)
    return {morning.tenant: len(alerts) for morning, alerts in found}


async def watch_stock(session: AsyncSession, tenant: TenantId, now: datetime) -> None:
    """See what stock, as it is now, leads to with the newest plan; raise what is new and resolve
    what is no longer so. A constant number of queries; nothing, where nothing has been planned."""
    plan = await procurement.find_newest_plan(session, tenant)
    if plan is None:
        return
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    local = now.astimezone(zone_of(bakery.time_zone))
    morning = Morning(tenant, bakery, local.date(), plan.revision, local)
    today = await _today(session, morning, plan)
    alerts = tuple(stock_alerts(morning.business_date, present(today)))
    await _keep(session, [(morning, alerts)], is_planned=False)


async def _today(session: AsyncSession, morning: Morning, plan: StoredPlan) -> Today:
    tenant, day = morning.tenant, morning.business_date
    midnight = morning.now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Today(
        ingredients=(await inventory.load_ingredients(session, [tenant]))[tenant],
        lots=(await inventory.load_lots(session, [tenant]))[tenant],
        projections=plan.projections,
        planned_on=plan.business_date,
        day=day,
        moved=await inventory.moved_by_kind(session, tenant, midnight),
        first_delivery=procurement.first_deliveries(
            (await suppliers.load_suppliers(session, [tenant]))[tenant],
            (await suppliers.load_prices(session, [tenant]))[tenant],
            morning.bakery,
            day,
            morning.now,
            morning.bakery.policy.horizon_days,
        ),
    )


def _planned(facts: MorningFacts) -> list[Ahead]:
    morning, known = facts.morning, {each.id: each for each in facts.ingredients}
    first = procurement.first_deliveries(
        facts.suppliers,
        facts.prices,
        morning.bakery,
        morning.business_date,
        morning.now,
        morning.bakery.policy.horizon_days,
    )
    return [
        planned(each, known[each.ingredient_id], first.get(each.ingredient_id))
        for each in facts.purchases.projections
    ]


async def _keep(session: AsyncSession, found: Found, *, is_planned: bool) -> None:
    if not found:
        return
    bakeries, now = [morning.tenant for morning, _ in found], found[0][0].now
    standing = [(morning.tenant, alert.key) for morning, alerts in found for alert in alerts]
    await repository.retire_stock(session, bakeries, standing, now)
    await repository.settle(session, bakeries, ("lot_expiring",), standing, now)
    raised = await repository.keep_raised(session, found)
    events = (
        event
        for morning, alerts in found
        for event in _events(morning, _new(morning, alerts, raised), is_planned=is_planned)
    )
    await publish_all(session, events)


def _new(morning: Morning, alerts: Sequence[Alert], raised: set[tuple[UUID, str]]) -> list[Alert]:
    return [alert for alert in alerts if (morning.tenant, alert.key) in raised]


def _events(morning: Morning, alerts: Sequence[Alert], *, is_planned: bool) -> Iterator[Event]:
    """What others hear of new alerts. Of what a plan finds critical, purchasing tells itself."""
    tenant, day = morning.tenant, morning.business_date.isoformat()
    critical = _days(alerts, "stock_critical")
    low = _days(alerts, "stock_low") | critical
    if low:
        yield StockLow(tenant, day, low, is_planned)
    if critical and not is_planned:
        yield StockCritical(tenant, day, critical)
    if expiring := _days(alerts, "lot_expiring"):
        yield LotsExpiring(tenant, day, expiring)


def _days(alerts: Sequence[Alert], kind: str) -> dict[str, str]:
    """The first day of each ingredient."""
    found: dict[str, str] = {}
    for alert in alerts:
        if alert.kind == kind:
            own = alert.facts["id"]
            found[own] = min(alert.facts["day"], found.get(own, date.max.isoformat()))
    return found
