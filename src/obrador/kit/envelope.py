"""An event on its way: a CloudEvents 1.0 document.

It is sent in the structured JSON form. CloudEvents binds its attributes to AMQP 1.0 properties;
for AMQP 0-9-1, which RabbitMQ's clients speak, there is no such binding. One document is also
what a webhook sends, what a dead-letter queue shows and what survives any bridge in between.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

CONTENT_TYPE = "application/cloudevents+json"


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An event as consumers get it."""

    id: UUID
    """The same on every delivery: consumers recognise duplicates by it."""
    routing_key: str
    schema_version: int
    tenant_id: UUID | None
    """Whose; none for events of the platform. `authz.operator` makes a `TenantId` of it."""
    facts: dict[str, Any]
    occurred_at: datetime


class _CloudEvent(msgspec.Struct, omit_defaults=True):
    """The attributes by their names in the specification; it allows only a-z and 0-9."""

    specversion: Literal["1.0"]
    id: UUID
    source: str
    type: str
    time: datetime
    datacontenttype: Literal["application/json"]
    schemaversion: int
    data: dict[str, Any]
    tenantid: UUID | None = None


def source_of(routing_key: str) -> str:
    """The CloudEvents source: the context that tells it, which is also its exchange."""
    return f"urn:obrador:{exchange_of(routing_key)}"


def exchange_of(routing_key: str) -> str:
    """The topic exchange of a routing key: its first word."""
    return routing_key.partition(".")[0]


def to_cloud_event(event: PublishedEvent) -> bytes:
    """The event as a CloudEvents JSON document."""
    return msgspec.json.encode(
        _CloudEvent(
            specversion="1.0",
            id=event.id,
            source=source_of(event.routing_key),
            type=event.routing_key,
            time=event.occurred_at.astimezone(UTC),
            datacontenttype="application/json",
            schemaversion=event.schema_version,
            data=event.facts,
            tenantid=event.tenant_id,
        )
    )


def from_cloud_event(body: bytes) -> PublishedEvent:
    """The event of such a document.

    Raises:
        ValueError: it is none of ours.
    """
    told = msgspec.json.decode(body, type=_CloudEvent)
    return PublishedEvent(
        told.id, told.type, told.schemaversion, told.tenantid, told.data, told.time
    )
