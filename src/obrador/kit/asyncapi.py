"""The catalogue of events as an AsyncAPI 3 document, made from their classes."""

import inspect
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from obrador.kit.envelope import CONTENT_TYPE, exchange_of, source_of
from obrador.kit.outbox import Event, PlatformEvent

_DIALECT = "application/schema+json;version=draft-07"


def asyncapi(title: str, version: str, events: Iterable[type[Event]]) -> dict[str, Any]:
    """A channel and an operation for every event; each message is the whole CloudEvents document.

    AsyncAPI has no server in it: which broker there is, is each installation's own affair.
    """
    known = {event.routing_key: event for event in events}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"{title} events",
            "version": version,
            "description": "Delivered at least once: recognise duplicates by the CloudEvents id.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {key: _channel(key) for key in known},
        "operations": {key: _operation(key) for key in known},
        "components": {"messages": {key: _message(known[key]) for key in known}},
    }


def summary(event: type[Event]) -> str:
    """What the event tells, in a sentence."""
    return inspect.cleandoc(event.__doc__ or "").partition("\n\n")[0].replace("\n", " ")


def _channel(key: str) -> dict[str, Any]:
    exchange = {"name": exchange_of(key), "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": key,
        "messages": {"event": {"$ref": f"#/components/messages/{key}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _operation(key: str) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{key}"},
        "messages": [{"$ref": f"#/channels/{key}/messages/event"}],
        "bindings": {"amqp": {"deliveryMode": 2, "mandatory": False, "bindingVersion": "0.3.0"}},
    }


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.routing_key,
        "title": event.__name__,
        "summary": summary(event),
        "contentType": CONTENT_TYPE,
        "payload": {"schemaFormat": _DIALECT, "schema": _envelope(event)},
    }


def _envelope(event: type[Event]) -> dict[str, Any]:
    """The JSON schema of the CloudEvents document."""
    properties: dict[str, Any] = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "The same on every delivery."},
        "source": {"const": source_of(event.routing_key)},
        "type": {"const": event.routing_key},
        "time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "datacontenttype": {"const": "application/json"},
        "schemaversion": {"const": event.schema_version},
        "data": _facts(event),
    }
    if not issubclass(event, PlatformEvent):
        properties["tenantid"] = {"type": "string", "format": "uuid", "description": "Whose."}
    return {"type": "object", "required": list(properties), "properties": properties}


def _facts(event: type[Event]) -> dict[str, Any]:
    schema = TypeAdapter(event).json_schema(mode="serialization")
    for described in schema["properties"].values():
        described.pop("title", None)
    schema["properties"].pop("tenant_id")  # the envelope has it
    schema["required"] = list(schema["properties"])
    return schema
