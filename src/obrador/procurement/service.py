"""Use cases of purchasing, and how planning reads and writes it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador import revisions
from obrador.authz import TenantId
from obrador.kit.errors import NotFound
from obrador.kit.outbox import publish_all
from obrador.procurement import moving, periods, repository, telling
from obrador.procurement.approving import reject, request_regeneration
from obrador.procurement.courier import Courier
from obrador.procurement.domain import OpenOrder, Placed, PurchasePlan, StoredPlan
from obrador.procurement.edit_schemas import RejectInput
from obrador.procurement.models import ProcurementPlan
from obrador.procurement.overdue import note_overdue
from obrador.procurement.plan_schemas import PlanOutput
from obrador.procurement.reach import first_deliveries as first_deliveries  # noqa: PLC0414  for alerts
from obrador.procurement.showing import show_plan
from obrador.revisions import PlanKey, Stale
from obrador.tenants.domain import Morning

__all__ = [
    "Courier",
    "PlanOutput",
    "RejectInput",
    "archive_stale",
    "count_unsent",
    "find_newest_plan",
    "load_open_orders",
    "load_placed",
    "newest_plan",
    "note_overdue",
    "plan_state",
    "read_plan",
    "reject",
    "request_regeneration",
    "save_plans",
    "save_projections",
    "show_plan",
    "withdraw",
]


async def load_open_orders(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, tuple[OpenOrder, ...]]:
    """What is approved or sent and still to come, by day. One query."""
    found: dict[UUID, list[OpenOrder]] = defaultdict(list)
    for tenant_id, order in await repository.read_open_orders(session, tenants):
        found[tenant_id].append(order)
    return {tenant: tuple(found[tenant]) for tenant in tenants}


async def save_plans(session: AsyncSession, plans: Sequence[tuple[Morning, PurchasePlan]]) -> None:
    """Store plans with their orders as drafts; what was planned before for the same dates is
    superseded and its drafts are cancelled."""
    if not plans:
        return
    identified, mornings = _identified(plans), [morning for morning, _ in plans]
    moved = await revisions.supersede(session, ProcurementPlan, mornings)
    cancelled = await moving.cancel_drafts_of(session, moved)
    await repository.add_plans(session, identified)
    await revisions.link(session, ProcurementPlan, mornings)
    await publish_all(
        session,
        (
            *telling.told_plans(moved),
            *telling.told_orders(cancelled),
            *(event for one in identified for event in telling.told_new(*one)),
        ),
    )


async def save_projections(
    session: AsyncSession, plans: Sequence[tuple[Morning, PurchasePlan]]
) -> None:
    """Store the stock that the plans lead to."""
    await repository.add_projections(session, _identified(plans))


def _identified(
    plans: Sequence[tuple[Morning, PurchasePlan]],
) -> list[tuple[UUID, Morning, PurchasePlan]]:
    return [(repository.plan_id(morning), morning, plan) for morning, plan in plans]


async def withdraw(session: AsyncSession, keys: Sequence[PlanKey]) -> set[UUID]:
    """Take back drafts with their orders that nobody has begun to work by, and let those stand
    again, with their drafts, whose places they took; returns whose there were."""
    moved = await revisions.withdraw(session, ProcurementPlan, keys)
    cancelled = await moving.cancel_drafts_of(session, moved)
    back = await revisions.reinstate(session, ProcurementPlan, moved)
    drafts = await moving.bring_back(session, back)
    told = (*telling.told_plans((*moved, *back)), *telling.told_orders((*cancelled, *drafts)))
    await publish_all(session, told)
    return {each.tenant for each in moved}


async def archive_stale(session: AsyncSession, keys: Sequence[PlanKey]) -> dict[TenantId, Stale]:
    """Put away the plans of days that have passed, which today's have taken the place of: drafts of
    orders are called off; plans nobody decided on, or of which nothing was ever ordered, are
    archived, and those of which all has come are completed. How many plans each bakery's morning
    has archived, and whether today's waits to be looked at. Five statements."""
    if not keys:
        return {}
    moved = await revisions.archive_stale(
        session, ProcurementPlan, keys, statuses=("draft", "pending_approval")
    )
    moved += await revisions.archive_stale(
        session,
        ProcurementPlan,
        keys,
        statuses=("approved",),
        reason="approved, but nothing of it was ordered",
        which=moving.was_never_sent(),
    )
    moved += await revisions.complete_past(session, ProcurementPlan, keys, moving.has_ended())
    cancelled = await moving.cancel_stale(session, keys)
    await publish_all(session, (*telling.told_plans(moved), *telling.told_orders(cancelled)))
    return await revisions.count_stale(
        session, ProcurementPlan, keys, waiting_in=("draft", "pending_approval")
    )


async def count_unsent(session: AsyncSession, keys: Sequence[PlanKey]) -> dict[TenantId, int]:
    """How many orders are approved and should be sent by the keys' days, but are not; bakeries
    without any are left out. One query."""
    return await periods.unsent(session, keys) if keys else {}


async def load_placed(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[TenantId, Placed]:
    """What was ordered from the first to the last day. One query."""
    return await periods.placed(session, tenants, first, last)


async def read_plan(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> StoredPlan:
    """A stored plan with its orders and projections.

    Raises:
        NotFound: there is none for this date and revision.
    """
    return await repository.read_plan(session, tenant, business_date, revision)


async def plan_state(
    session: AsyncSession, tenant: TenantId, business_date: date, revision: int
) -> Decimal:
    """A number that is another one after every change of a stored plan. One query."""
    return await repository.state(session, tenant, business_date, revision)


async def newest_plan(session: AsyncSession, tenant: TenantId) -> StoredPlan:
    """The plan of the latest date, as it was planned last.

    Raises:
        NotFound: nothing has been planned.
    """
    plan = await find_newest_plan(session, tenant)
    if plan is None:
        raise NotFound("Nothing has been planned yet.")
    return plan


async def find_newest_plan(session: AsyncSession, tenant: TenantId) -> StoredPlan | None:
    """The same; None: nothing has been planned."""
    key = await repository.newest_key(session, tenant)
    return None if key is None else await repository.read_plan(session, tenant, *key)
