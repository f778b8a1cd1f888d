"""Work on the floor: batches are started, completed, cancelled, and stock moves with them.

Whoever changes a batch first locks its schedule, so that nobody plans it anew meanwhile.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.catalogue.domain import Recipe
from obrador.inventory import service as inventory
from obrador.inventory.domain import Shortage
from obrador.kit.clock import business_date
from obrador.kit.errors import Conflict, Fault, Invalid
from obrador.kit.outbox import publish
from obrador.kit.states import WrongState
from obrador.plan_changes import Who, note_change
from obrador.production.approving import pass_to
from obrador.production.events import BatchCancelled, BatchCompleted, BatchStarted
from obrador.production.life import BATCH_STATES, ENDED
from obrador.production.lists import Batches, Schedules
from obrador.production.models import Batch, Schedule
from obrador.production.weighing import components_of
from obrador.tenants.service import time_zone_of


class AlreadyCompleted(Conflict):
    """The batch was completed with other figures."""

    type, title = "already-completed", "The batch is done"


@dataclass(frozen=True, slots=True)
class Yield:
    """What a batch really gave."""

    made: Decimal | None
    """Good units; None: as planned."""
    wasted: Decimal
    note: str
    ended_at: datetime | None


class _Facts(TypedDict):
    """What every event of a batch says."""

    tenant_id: UUID
    batch_id: str
    schedule_id: str
    business_date: str
    recipe_id: str
    product_id: str | None


async def start(
    session: AsyncSession, tenant: TenantId, batch_id: UUID, by: Who, started_at: datetime | None
) -> None:
    """Begin a batch of an approved schedule. Repeating it changes nothing.

    Raises:
        NotFound: it is not there.
        WrongState: it, or its schedule, is not at that point.
        Invalid: it lies in the future.
    """
    schedule, batch = await _locked(session, tenant, batch_id)
    if batch.status == "in_progress":
        return
    BATCH_STATES.check(batch.status, "in_progress")
    if schedule.status not in {"approved", "in_progress"}:
        raise WrongState(
            "The schedule is {status}: batches are started once it is approved.",
            status=schedule.status,
        )
    batch.started_at = _past(started_at, by.at, "started_at")
    _pass(session, tenant, schedule, batch, "in_progress", by)
    publish(
        session,
        BatchStarted(
            **_facts_of(tenant, schedule, batch),
            quantity=float(batch.quantity),
            planned_start=batch.starts_at.isoformat(),
            started_at=batch.started_at.isoformat(),
            started_by=by.name,
        ),
    )
    if schedule.status == "approved":
        pass_to(session, tenant, schedule, "in_progress", by)


async def complete(
    session: AsyncSession, tenant: TenantId, batch_id: UUID, by: Who, given: Yield, posting_id: UUID
) -> None:
    """End a batch with what it gave: what it is made of leaves stock, first expired first, and what
    it gave arrives as a lot. What stock did not hold is kept with the batch and told. Repeating it,
    with the same key or the same figures, changes nothing.

    Raises:
        NotFound: it is not there.
        WrongState: it was not started, or is cancelled.
        AlreadyCompleted: with other figures.
        Invalid: it ends before it began, or in the future.
    """
    schedule, batch = await _locked(session, tenant, batch_id)
    made = batch.quantity if given.made is None else given.made
    if batch.status == "completed":
        _check_same(batch, made, given.wasted, posting_id)
        return
    BATCH_STATES.check(batch.status, "completed")
    batch.ended_at = _past(given.ended_at, by.at, "ended_at")
    if batch.started_at and batch.ended_at < batch.started_at:
        raise Invalid(
            "The batch ends before it was started.",
            [Fault("ended_at", "is before {started_at}", started_at=batch.started_at.isoformat())],
        )
    batch.made, batch.wasted, batch.note = made, given.wasted, given.note
    recipe = await _recipe(session, tenant, batch.recipe_id)
    shortages = await _post(session, tenant, schedule, batch, recipe, posting_id)
    facts = {"made": float(made), "wasted": float(given.wasted)}
    _pass(session, tenant, schedule, batch, "completed", by, given.note, facts)
    publish(
        session,
        BatchCompleted(
            **_facts_of(tenant, schedule, batch),
            planned=float(batch.quantity),
            made=float(made),
            wasted=float(given.wasted),
            unit=recipe.unit if recipe else "piece",
            ready_by=batch.ready_by.isoformat(),
            completed_at=batch.ended_at.isoformat(),
            completed_by=by.name,
            shortages={each.item_id: each.quantity for each in shortages},
        ),
    )
    await _close_if_done(session, tenant, schedule, by)


async def cancel(
    session: AsyncSession, tenant: TenantId, batch_id: UUID, by: Who, reason: str, posting_id: UUID
) -> None:
    """Give a batch up. What went into one that was begun is waste. Repeating it changes nothing.

    Raises:
        NotFound: it is not there.
        WrongState: it is completed.
    """
    schedule, batch = await _locked(session, tenant, batch_id)
    if batch.status == "cancelled":
        return
    was_started = batch.status == "in_progress"
    BATCH_STATES.check(batch.status, "cancelled")
    batch.ended_at, batch.note = by.at, reason
    if was_started:
        recipe = await _recipe(session, tenant, batch.recipe_id)
        await _post(session, tenant, schedule, batch, recipe, posting_id, is_lost=True)
    _pass(session, tenant, schedule, batch, "cancelled", by, reason)
    publish(
        session,
        BatchCancelled(
            **_facts_of(tenant, schedule, batch),
            quantity=float(batch.quantity),
            was_started=was_started,
            cancelled_by=by.name,
            reason=reason,
        ),
    )
    await _close_if_done(session, tenant, schedule, by)


async def _locked(
    session: AsyncSession, tenant: TenantId, batch_id: UUID
) -> tuple[Schedule, Batch]:
    """A batch and its schedule, locked in that order; a later revision may have taken the batch
    over before its schedule was locked."""
    batches, schedules = Batches(session, tenant), Schedules(session, tenant)
    batch = await batches.get(batch_id)
    while True:
        schedule = await schedules.lock(batch.schedule_id)
        batch = await batches.lock(batch_id)
        if batch.schedule_id == schedule.id:
            return schedule, batch


def _pass(
    session: AsyncSession,
    tenant: TenantId,
    schedule: Schedule,
    batch: Batch,
    status: str,
    by: Who,
    reason: str = "",
    facts: dict[str, float] | None = None,
) -> None:
    note_change(
        session,
        tenant,
        schedule.id,
        by,
        version=schedule.version,
        before=batch.status,
        after=status,
        reason=reason,
        part_id=batch.id,
        facts=facts,
    )
    batch.status = status


async def _close_if_done(
    session: AsyncSession, tenant: TenantId, schedule: Schedule, by: Who
) -> None:
    """A schedule is completed with the last of its batches, or archived if none was made."""
    await session.flush()
    batches = await Batches(session, tenant).of_schedule(schedule.id)
    if not all(batch.status in ENDED for batch in batches):
        return
    if schedule.status == "in_progress":
        pass_to(session, tenant, schedule, "completed", by)
    elif schedule.status == "approved":
        pass_to(session, tenant, schedule, "archived", by, "every batch was cancelled")


def _check_same(batch: Batch, made: Decimal, wasted: Decimal, posting_id: UUID) -> None:
    if posting_id == batch.posting_id or (batch.made, batch.wasted) == (made, wasted):
        return
    raise AlreadyCompleted(
        "It was completed with {made:f} made and {wasted:f} wasted. If that was wrong,"
        " count the stock.",
        made=batch.made,
        wasted=batch.wasted,
    )


async def _recipe(session: AsyncSession, tenant: TenantId, recipe_id: UUID) -> Recipe | None:
    return (await catalogue.load_recipes(session, [tenant]))[tenant].get(recipe_id)


async def _post(
    session: AsyncSession,
    tenant: TenantId,
    schedule: Schedule,
    batch: Batch,
    recipe: Recipe | None,
    posting_id: UUID,
    *,
    is_lost: bool = False,
) -> tuple[Shortage, ...]:
    """Move stock for a batch that ends, and keep with it what was short."""
    at = batch.ended_at or schedule.made_at
    today = business_date(at, await time_zone_of(session, tenant))
    shortages = await inventory.post_batch(
        session,
        tenant,
        posting_id,
        batch.id,
        components_of(recipe, float(batch.planned_yield)) if recipe else {},
        None if is_lost else await _output(session, tenant, schedule, batch, recipe, today),
        at=at,
        today=today,
        is_lost=is_lost,
    )
    batch.posting_id = posting_id
    batch.shortages = [{"item_id": each.item_id, "quantity": each.quantity} for each in shortages]
    return shortages


async def _output(
    session: AsyncSession,
    tenant: TenantId,
    schedule: Schedule,
    batch: Batch,
    recipe: Recipe | None,
    today: date,
) -> inventory.Output | None:
    """The lot that a batch gives; None of what is no longer in the catalogue. It keeps from the day
    it is made for: a product for its shelf life, that day included, and dough until the day of its
    use."""
    if batch.product_id is None:
        keeps = recipe.lead_days if recipe else None
    else:
        lives = await catalogue.shelf_lives(session, tenant, [batch.product_id])
        keeps = lives[batch.product_id] - 1 if lives else None
    if keeps is None:
        return None
    made_for = max(schedule.business_date, today)
    return inventory.Output(
        product_id=batch.product_id,
        recipe_id=batch.recipe_id if batch.product_id is None else None,
        quantity=batch.made or Decimal(0),
        received_on=today,
        expires_on=made_for + timedelta(days=keeps),
    )


def _past(given: datetime | None, now: datetime, where: str) -> datetime:
    if given is not None and given > now:
        raise Invalid("That lies in the future.", [Fault(where, "is to come")])
    return given or now


def _facts_of(tenant: TenantId, schedule: Schedule, batch: Batch) -> _Facts:
    return {
        "tenant_id": tenant,
        "batch_id": str(batch.id),
        "schedule_id": str(schedule.id),
        "business_date": schedule.business_date.isoformat(),
        "recipe_id": str(batch.recipe_id),
        "product_id": None if batch.product_id is None else str(batch.product_id),
    }
