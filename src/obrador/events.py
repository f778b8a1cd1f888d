"""The registry: every event that Obrador tells, and everybody in it who hears of them.

An event is registered by being defined in the `events.py` of its context; a new `events.py` is
named in `_MODULES`. A consumer is registered by being named in `CONSUMERS`.
"""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any

import obrador
from obrador.forecasting import events as forecasting
from obrador.inventory import events as inventory
from obrador.kit.asyncapi import asyncapi
from obrador.kit.consumers import Consumer
from obrador.kit.outbox import Event
from obrador.orchestration import events as orchestration
from obrador.orchestration import reactions
from obrador.procurement import events as procurement
from obrador.production import events as production
from obrador.sales import events as sales

_MODULES: tuple[ModuleType, ...] = (
    forecasting,
    inventory,
    orchestration,
    procurement,
    production,
    sales,
)

CONSUMERS: tuple[Consumer, ...] = (*reactions.consumers(),)
"""Whom events are delivered to, by RabbitMQ or in process alike."""


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


def catalogue() -> dict[str, Any]:
    """All events as an AsyncAPI 3 document."""
    return asyncapi("Obrador", obrador.__version__, list(EVENTS.values()))
