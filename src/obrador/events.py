"""The registry: every event that Obrador tells, and everybody in it who hears of them.

An event is registered by being defined in the `events.py` of its context; a new `events.py` is
named in `_MODULES`. A consumer is registered by being named in `CONSUMERS`.
"""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any

import obrador
from obrador.alerts import events as alerts
from obrador.forecasting import events as forecasting
from obrador.inventory import events as inventory
from obrador.kit.asyncapi import asyncapi
from obrador.kit.consumers import Consumer
from obrador.kit.envelope import exchange_of
from obrador.kit.outbox import Event, PlatformEvent
from obrador.notifications import service as notifications
from obrador.orchestration import events as orchestration
from obrador.orchestration import reactions
from obrador.procurement import events as procurement
from obrador.production import events as production
from obrador.sales import events as sales
from obrador.webhooks import events as webhook_events
from obrador.webhooks import service as webhooks

_MODULES: tuple[ModuleType, ...] = (
    alerts,
    forecasting,
    inventory,
    webhook_events,
    orchestration,
    procurement,
    production,
    sales,
)


def _defined() -> dict[str, type[Event]]:
    kinds = {
        thing
        for module in _MODULES
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Event) and hasattr(thing, "routing_key")
    }
    found = {kind.routing_key: kind for kind in kinds}
    if len(found) < len(kinds):
        raise TypeError("Two events have the same routing key.")
    return dict(sorted(found.items()))


EVENTS: Mapping[str, type[Event]] = MappingProxyType(_defined())
"""By routing key. The first line of its docstring describes an event."""

OF_BAKERIES: frozenset[str] = frozenset(
    key for key, kind in EVENTS.items() if not issubclass(kind, PlatformEvent)
)
"""Routing keys of what happens in a bakery, and so may be told to its webhooks."""

CONSUMERS: tuple[Consumer, ...] = (
    *reactions.consumers(),
    notifications.consumer(),
    webhooks.consumer({exchange_of(key) for key in OF_BAKERIES}),
)
"""Whom events are delivered to, by RabbitMQ or in process alike."""


def catalogue() -> dict[str, Any]:
    """All events as an AsyncAPI 3 document."""
    return asyncapi("Obrador", obrador.__version__, list(EVENTS.values()))
