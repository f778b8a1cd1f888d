"""Telling what happens while the day goes on: events become notifications, each once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId, operator
from obrador.inventory import service as inventory
from obrador.kit.clock import Clock, system_clock, zone_of
from obrador.kit.consumers import Consumer
from obrador.kit.envelope import PublishedEvent
from obrador.kit.ids import derived_id
from obrador.notifications import repository
from obrador.notifications.domain import Kind, Notification
from obrador.suppliers import service as suppliers
from obrador.tenants import service as tenants_service
from obrador.tenants.domain import Morning

_OF_ORDERS: frozenset[Kind] = frozenset({"order_not_sent", "order_overdue"})
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
    told: dict[UUID, list[Told]] = defaultdict(list)
    for event in events:
        what = told_of(event)
        if what is not None and event.tenant_id is not None:
            told[event.tenant_id].append(what)
    tenants = operator.working_for(told)
    if not tenants:
        return 0
    names = await _names(session, told, tenants)
    wishes = await repository.read_wishes(session, tenants)
    found: list[tuple[Morning, list[Notification]]] = []
    for morning in await _mornings(session, tenants, clock):
        notifications = [
            Notification(kind, role, named(kind, facts, names), subject)
            for kind, facts, subject in told[morning.tenant]
            for role in wishes[morning.tenant].roles_for(kind)
        ]
        found.append((morning, notifications))
    await repository.add(session, found)
    return len(found)


def told_of(event: PublishedEvent) -> Told | None:
    """What an event is told as; None: nobody is told."""
    return _TOLD[event.routing_key](event.facts)


def named(kind: Kind, facts: Facts, names: Mapping[str, str]) -> dict[str, Any]:
    """The facts with the names of ingredients and suppliers, as they are now."""
    if kind in _OF_ORDERS:
        return {**facts, "supplier": names.get(facts["supplier_id"], "?")}
    if kind != "stock_critical":
        return dict(facts)
    runs_out = sorted(facts["runs_out"].items(), key=lambda each: each[1])
    return {
        "items": [{"id": own, "name": names.get(own, "?"), "day": day} for own, day in runs_out]
    }


async def _names(
    session: AsyncSession, told: Mapping[UUID, Sequence[Told]], tenants: Sequence[TenantId]
) -> dict[str, str]:
    """Of ingredients and suppliers by id, where what is told names some."""
    names: dict[str, str] = {}
    if short := _that_hear(told, tenants, {"stock_critical"}):
        for ingredients in (await inventory.load_ingredients(session, short)).values():
            names |= {str(each.id): each.name for each in ingredients}
    if waiting := _that_hear(told, tenants, _OF_ORDERS):
        for known in (await suppliers.load_suppliers(session, waiting)).values():
            names |= {str(each.id): each.name for each in known}
    return names


def _that_hear(
    told: Mapping[UUID, Sequence[Told]], tenants: Sequence[TenantId], kinds: Collection[Kind]
) -> list[TenantId]:
    return [each for each in tenants if any(what[0] in kinds for what in told[each])]


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
    kept = {
        "number": facts["number"],
        "supplier_id": facts["supplier_id"],
        "day": facts["delivery_on"],
        "reason": facts.get("reason", ""),
    }
    return kind, kept, facts["order_id"]


def _stock(facts: Facts) -> Told:
    """Told again in a day if it is not the same that runs out."""
    short = derived_id("runs-out", *sorted(facts["runs_out"]))
    return "stock_critical", {"runs_out": facts["runs_out"]}, str(short)


def _alert(facts: Facts) -> Told:
    return "floor_alert", {"alert": facts["kind"], "facts": facts["facts"]}, facts["key"]


def _webhook(facts: Facts) -> Told:
    return "webhook_disabled", {"url": facts["url"]}, facts["subscription_id"]


def _revision(facts: Facts) -> str:
    return f"{facts['business_date']}:{facts['revision']}"


_TOLD: Mapping[str, Callable[[Facts], Told | None]] = {
    "alerts.alert.critical": _alert,
    "inventory.stock.critical": _stock,
    "procurement.order.not_sent": partial(_order, "order_not_sent"),
    "procurement.order.overdue": partial(_order, "order_overdue"),
    "procurement.plan.created": partial(_created, "plan_regenerated"),
    "procurement.plan.rejected": partial(_rejected, "plan_rejected"),
    "production.schedule.created": partial(_created, "schedule_regenerated"),
    "production.schedule.rejected": partial(_rejected, "schedule_rejected"),
    "webhooks.subscription.disabled": _webhook,
}
"""By routing key."""
