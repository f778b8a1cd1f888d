"""What goes wrong while a day is being made: delays, broken equipment. Pure.

Facts hold nothing that changes by the minute, so that looking again changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import UUID

from obrador.alerts.domain import Alert, Kind
from obrador.catalogue.domain import Equipment
from obrador.production.domain import FloorBatch, HitBatch
from obrador.sales.domain import FirmOrder
from obrador.tenants.domain import Morning

KINDS: tuple[Kind, ...] = ("batch_delayed", "equipment_out")
"""Alerts that are gone as soon as what they tell is no longer so."""


@dataclass(frozen=True)
class Floor:
    """What is known of a bakery's floor at `morning.now`."""

    morning: Morning
    names: Mapping[UUID, str]
    """Of recipes."""
    behind: Sequence[FloorBatch] = ()
    orders: Sequence[FirmOrder] = ()
    broken: Sequence[Equipment] = ()
    hit: Sequence[HitBatch] = ()


def alerts_of(floor: Floor) -> tuple[Alert, ...]:
    """All that is to be told of the floor as it stands."""
    return (*_delays(floor), *_outages(floor))


def _delays(floor: Floor) -> Iterator[Alert]:
    zone, now = floor.morning.now.tzinfo, floor.morning.now
    grace = timedelta(minutes=floor.morning.bakery.policy.delay_minutes)
    for batch in floor.behind:
        is_begun = batch.started_at is not None
        should = batch.ends_at if is_begun else batch.starts_at
        if now - should <= grace:
            continue
        ready = now if is_begun else now + (batch.ends_at - batch.starts_at)
        is_ordered = _is_ordered(batch, floor.orders, ready, zone)
        yield Alert(
            "batch_delayed",
            "critical" if ready > batch.ready_by or is_ordered else "warning",
            f"batch_delayed:{batch.id}:{'end' if is_begun else 'start'}",
            {
                "id": str(batch.id),
                "name": floor.names.get(batch.recipe_id, "?"),
                "what": "end" if is_begun else "start",
                "at": _local(should, zone),
                "ready_by": _local(batch.ready_by, zone),
                "is_late": ready > batch.ready_by,
                "is_ordered": is_ordered,
            },
            batch.business_date,
        )


def _is_ordered(
    batch: FloorBatch, orders: Sequence[FirmOrder], ready: datetime, zone: tzinfo | None
) -> bool:
    """Whether a customer's firm order will wait for the batch."""
    return any(
        order.product_id == batch.product_id
        and order.due_date == batch.business_date
        and ready > _due(order, batch, zone)
        for order in orders
    )


def _due(order: FirmOrder, batch: FloorBatch, zone: tzinfo | None) -> datetime:
    if order.due_time is None:
        return batch.ready_by
    return datetime.combine(order.due_date, order.due_time, zone)


def _outages(floor: Floor) -> Iterator[Alert]:
    """Of equipment that is out of order now, or will be when a plan needs it."""
    zone, now = floor.morning.now.tzinfo, floor.morning.now
    for item in floor.broken:
        since, until = item.out_of_order_from, item.out_of_order_to
        hit = [batch for batch in floor.hit if batch.equipment_id == item.id]
        if hit or since is None or since <= now:
            mark = since or until or now
            yield Alert(
                "equipment_out",
                "critical" if hit else "warning",
                f"equipment_out:{item.id}:{mark.astimezone(UTC).isoformat()}",
                {
                    "id": str(item.id),
                    "name": item.name,
                    "since": since and _local(since, zone),
                    "until": until and _local(until, zone),
                    "batches": [
                        {
                            "id": str(batch.id),
                            "name": floor.names.get(batch.recipe_id, "?"),
                            "day": batch.business_date.isoformat(),
                            "at": _local(batch.needed_at, zone),
                        }
                        for batch in hit
                    ],
                    "actions": [
                        f"POST /api/v1/tenants/{floor.morning.tenant}"
                        f"/production/schedules/{schedule}/regenerate"
                        for schedule in dict.fromkeys(batch.schedule_id for batch in hit)
                    ],
                },
            )


def _local(moment: datetime, zone: tzinfo | None) -> str:
    return moment.astimezone(zone).isoformat()
