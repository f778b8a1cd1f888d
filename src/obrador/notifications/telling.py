"""Telling what happens while the day goes on: events become notifications, each once."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId, operator
from obrador.inventory import service as inventory
from obrador.kit.clock import Clock, system_clock, zone_of
from obrador.kit.consumers import Consumer
from obrador.kit.envelope import PublishedEvent
from obrador.notifications import repository
from obrador.notifications.domain import Kind, Notification
from obrador.tenants import service as tenants_service
from obrador.tenants.domain import Morning

Facts = Mapping[str, Any]
Told = tuple[Kind, dict[str, Any], str]
"""Kind, facts and subject."""


def consumer(clock: Clock = system_clock) -> Consumer:
    """Who makes notifications of events."""

    async def all_of(session: AsyncSession, events: Sequence[PublishedEvent]) -> None:
        await tell_events(session, events, clock)

    async def one(session: AsyncSession, event: PublishedEvent) -> None:
        await all_of(session, [event])

    return Consumer("notifications.tell", tuple(_TOLD), one, handle_many=all_of)


async def tell_events(session: AsyncSession, events: Sequence[PublishedEvent], clock: Clock) -> int:
    """Tell those events that people should know of; returns how many bakeries hear of something. A
    constant number of statements."""
    told = {event.id: what for event in events if (what := told_of(event)) is not None}
    worth = [event for event in events if event.id in told]
    tenants = operator.working_for({event.tenant_id for event in worth if event.tenant_id})
    if not tenants:
        return 0
    short = {event.tenant_id for event in worth if told[event.id][0] == "stock_critical"}
    names = await _ingredient_names(session, [each for each in tenants if each in short])
    wishes = await repository.read_wishes(session, tenants)
    found: list[tuple[Morning, list[Notification]]] = []
    for morning in await _mornings(session, tenants, clock):
        own = [told[event.id] for event in worth if event.tenant_id == morning.tenant]
        notifications = [
            Notification(kind, role, named(kind, facts, names), subject)
            for kind, facts, subject in own
            for role in wishes[morning.tenant].roles_for(kind)
        ]
        found.append((morning, notifications))
    await repository.add(session, found)
    return len(found)


def told_of(event: PublishedEvent) -> Told | None:
    """What an event is told as; None: nobody is told."""
    return _TOLD[event.routing_key](event.facts)


def named(kind: Kind, facts: Facts, names: Mapping[str, str]) -> dict[str, Any]:
    """The facts with the names of what runs out, as they are now."""
    if kind != "stock_critical":
        return dict(facts)
    runs_out = sorted(facts["runs_out"].items(), key=lambda each: each[1])
    return {
        "items": [{"id": own, "name": names.get(own, "?"), "day": day} for own, day in runs_out]
    }


async def _ingredient_names(session: AsyncSession, tenants: Sequence[TenantId]) -> dict[str, str]:
    if not tenants:
        return {}
    known = await inventory.load_ingredients(session, tenants)
    return {str(each.id): each.name for own in known.values() for each in own}


async def _mornings(
    session: AsyncSession, tenants: Sequence[TenantId], clock: Clock
) -> list[Morning]:
    """The bakeries' days, as notifications are told on."""
    bakeries = await tenants_service.load_bakeries(session, tenants)
    now = clock()
    local = {tenant: now.astimezone(zone_of(bakeries[tenant].time_zone)) for tenant in tenants}
    return [
        Morning(tenant, bakeries[tenant], local[tenant].date(), 0, local[tenant])
        for tenant in tenants
    ]


def _rejected(kind: Kind, facts: Facts) -> Told:
    said = {
        "day": facts["business_date"],
        "by": facts.get("rejected_by", ""),
        "reason": facts.get("reason", ""),
        "regenerates": facts.get("regenerates", False),
    }
    return kind, said, _revision(facts)


def _created(kind: Kind, facts: Facts) -> Told | None:
    """The first plan of a day is in its summary."""
    if not facts["revision"]:
        return None
    return kind, {"day": facts["business_date"]}, _revision(facts)


def _order(kind: Kind, facts: Facts) -> Told:
    words = {name: str(facts.get(name, "")) for name in ("number", "supplier", "error")}
    return kind, words | {"day": facts.get("delivery_on")}, str(facts["order_id"])


def _stock(facts: Facts) -> Told:
    return "stock_critical", {"runs_out": facts["runs_out"]}, ""


def _alert(facts: Facts) -> Told:
    return "floor_alert", {"alert": facts["kind"], "facts": facts["facts"]}, facts["key"]


def _webhook(facts: Facts) -> Told:
    return "webhook_disabled", {"url": facts["url"]}, facts["subscription_id"]


def _revision(facts: Facts) -> str:
    return f"{facts['business_date']}:{facts['revision']}"


_TOLD: Mapping[str, Callable[[Facts], Told | None]] = {
    "alerts.alert.critical": _alert,
    "inventory.stock.critical": _stock,
    "procurement.order.overdue": partial(_order, "order_overdue"),
    "procurement.order.send_failed": partial(_order, "order_unsent"),
    "procurement.plan.created": partial(_created, "plan_regenerated"),
    "procurement.plan.rejected": partial(_rejected, "plan_rejected"),
    "production.schedule.created": partial(_created, "schedule_regenerated"),
    "production.schedule.rejected": partial(_rejected, "schedule_rejected"),
    "webhooks.subscription.disabled": _webhook,
}
"""By routing key."""
