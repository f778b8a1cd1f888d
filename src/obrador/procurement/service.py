"""Use cases of purchasing, and how planning reads and writes it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador import revisions
from obrador.authz import TenantId
from obrador.kit.errors import NotFound
from obrador.kit.outbox import Event, publish_all
from obrador.procurement import periods, repository
from obrador.procurement.domain import OpenOrder, Placed, PurchasePlan, StoredPlan
from obrador.procurement.events import PlanCreated, StockCritical
from obrador.procurement.models import ProcurementPlan
from obrador.procurement.reach import first_deliveries as first_deliveries  # noqa: PLC0414  for others
from obrador.revisions import PlanKey, Stale
from obrador.tenants.domain import Morning


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
    identified = _identified(plans)
    await repository.supersede(session, [morning for morning, _ in plans])
    await repository.add_plans(session, identified)
    await revisions.link(session, ProcurementPlan, [morning for morning, _ in plans])
    await publish_all(session, (event for one in identified for event in _events(*one)))


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
    """Take back drafts with their orders that nobody has begun to work by; returns whose there
    were."""
    return await repository.withdraw(session, keys)


async def archive_stale(session: AsyncSession, keys: Sequence[PlanKey]) -> dict[TenantId, Stale]:
    """Archive plans that are still drafts after their day, and cancel their orders that are
    drafts; how many plans each bakery's morning has archived, and whether today's waits to be
    looked at. Three statements."""
    await repository.cancel_stale(session, keys)
    await revisions.archive_stale(session, ProcurementPlan, keys)
    return await revisions.count_stale(session, ProcurementPlan, keys)


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
    key = await repository.newest_key(session, tenant)
    if key is None:
        raise NotFound("Nothing has been planned yet.")
    return await repository.read_plan(session, tenant, *key)


def _events(plan_id: UUID, morning: Morning, plan: PurchasePlan) -> Iterator[Event]:
    day = morning.business_date
    yield PlanCreated(
        tenant_id=morning.tenant,
        plan_id=str(plan_id),
        business_date=day.isoformat(),
        revision=morning.revision,
        orders=len(plan.orders),
        cost_minor=plan.cost_minor,
    )
    runs_out = {
        str(projection.ingredient_id): (day + timedelta(days=projection.stock_out_day)).isoformat()
        for projection in plan.projections
        if projection.is_critical and projection.stock_out_day is not None
    }
    if runs_out:
        yield StockCritical(morning.tenant, day.isoformat(), runs_out)
