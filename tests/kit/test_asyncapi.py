"""The catalogue of events."""

import importlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from httpx import AsyncClient

import obrador
from obrador.events import EVENTS, catalogue
from obrador.kit.asyncapi import summary
from obrador.kit.envelope import PublishedEvent, to_cloud_event
from obrador.kit.ids import new_id
from obrador.kit.outbox import PlatformEvent

REFERENCE = {"type": "object", "required": ["$ref"], "additionalProperties": False}
REFERENCE |= {"properties": {"$ref": {"type": "string", "pattern": "^#/"}}}
REQUIRED = {
    # What AsyncAPI 3.0.0 demands of the objects that the document uses.
    "type": "object",
    "required": ["asyncapi", "info"],
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "info": {
            "type": "object",
            "required": ["title", "version"],
            "properties": {"title": {"type": "string"}, "version": {"type": "string"}},
        },
        "defaultContentType": {"type": "string"},
        "channels": {
            "patternProperties": {
                r"^[A-Za-z0-9_\-.]+$": {
                    "type": "object",
                    "required": ["address", "messages"],
                    "properties": {
                        "address": {"type": "string"},
                        "messages": {"type": "object", "additionalProperties": REFERENCE},
                        "bindings": {
                            "type": "object",
                            "properties": {
                                "amqp": {
                                    "type": "object",
                                    "required": ["is", "exchange"],
                                    "properties": {"is": {"enum": ["queue", "routingKey"]}},
                                }
                            },
                        },
                    },
                }
            },
            "additionalProperties": False,
        },
        "operations": {
            "additionalProperties": {
                "type": "object",
                "required": ["action", "channel"],
                "properties": {
                    "action": {"enum": ["send", "receive"]},
                    "channel": REFERENCE,
                    "messages": {"type": "array", "items": REFERENCE},
                },
            }
        },
        "components": {
            "type": "object",
            "properties": {
                "messages": {
                    "additionalProperties": {
                        "type": "object",
                        "required": ["contentType", "payload"],
                        "properties": {
                            "payload": {"type": "object", "required": ["schemaFormat", "schema"]}
                        },
                    }
                }
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}


def _referred(document: Any, reference: str) -> Any:
    for part in reference.removeprefix("#/").split("/"):
        document = document[part]
    return document


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for each in part.values() for found in _references(each)]
    return [found for each in part for found in _references(each)] if isinstance(part, list) else []


def test_the_document_has_what_asyncapi_requires() -> None:
    jsonschema_rs.validate(REQUIRED, catalogue())


def test_every_reference_leads_somewhere() -> None:
    document = catalogue()

    assert all(_referred(document, reference) for reference in _references(document))


def test_every_event_is_in_the_document_and_said_what_it_is() -> None:
    document = catalogue()

    for part in (document["channels"], document["operations"], document["components"]["messages"]):
        assert part.keys() == EVENTS.keys()
    assert all(summary(event).endswith(".") for event in EVENTS.values())


_SAMPLES: dict[str, Callable[[], Any]] = {
    "boolean": bool,
    "string": str,
    "integer": int,
    "number": float,
    "object": dict,
    "array": list,
}


@pytest.mark.parametrize("key", list(EVENTS))
def test_what_is_sent_is_what_the_document_says(key: str) -> None:
    event = EVENTS[key]
    schema = catalogue()["components"]["messages"][key]["payload"]["schema"]
    facts = {
        name: _SAMPLES[fact.get("anyOf", [fact])[0]["type"]]()
        for name, fact in schema["properties"]["data"]["properties"].items()
    }
    tenant = None if issubclass(event, PlatformEvent) else new_id()
    sent = PublishedEvent(
        new_id(), key, event.schema_version, tenant, facts, datetime(2026, 3, 1, tzinfo=UTC)
    )
    body = msgspec.json.decode(to_cloud_event(sent))

    jsonschema_rs.validate(schema, body, validate_formats=True)
    assert schema["properties"].keys() >= body.keys()


def test_no_context_tells_what_is_not_registered() -> None:
    root = Path(obrador.__file__).parent
    told = {
        thing.routing_key
        for path in root.glob("*/events.py")
        for thing in vars(importlib.import_module(f"obrador.{path.parent.name}.events")).values()
        if isinstance(thing, type) and hasattr(thing, "routing_key")
    }

    assert told == set(EVENTS)


async def test_the_server_gives_the_document(anonymous: AsyncClient) -> None:
    assert (await anonymous.get("/asyncapi.json")).json() == catalogue()
