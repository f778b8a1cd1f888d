"""How far a day's plan is, and what one tap approves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from obrador.dashboard.visiting import Visit
from obrador.orchestration import reports
from obrador.orchestration.briefing import Briefing, PurchaseBlock
from obrador.orchestration.definitions import MORNING
from obrador.orchestration.models import Run
from obrador.orchestration.progress import UNFINISHED, progress
from obrador.plan_changes import PLAN_STATES
from obrador.procurement.limits import may_approve
from obrador.production.life import SCHEDULE_STATES

WORKED_BY = ("approved", "in_progress", "completed")


@dataclass(frozen=True, slots=True)
class Making:
    """A plan that is being made, or could not be made."""

    state: Literal["running", "failed"]
    share: float
    """Of its steps, those done."""
    error: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What one tap approves: the schedule, the orders that are due, or both."""

    schedule_id: UUID | None
    schedule_version: int
    plan_id: UUID | None
    plan_version: int
    words: str
    beyond: str
    """What somebody else has to approve; empty: nothing."""


async def load_making(visit: Visit, day: date) -> Making | None:
    """How far the newest plan of a day is, if it is not ready. At most two queries."""
    run = await reports.run_of(visit.session, visit.tenant, day, MORNING)
    if run is None or run.status not in (*UNFINISHED, "failed"):
        return None
    if run.status == "failed":
        return Making("failed", 0.0, run.error or "")
    return Making("running", await _share(visit, run), "")


async def _share(visit: Visit, run: Run) -> float:
    if run.execution_id is None:
        return run.steps_completed / max(run.steps_total, 1)
    far = await progress(visit.session, run.execution_id)
    return far.steps_done / max(far.steps_total, 1)


def offer(visit: Visit, plan: Briefing) -> Offer | None:
    """What the visitor can approve now; None: nothing."""
    if plan.day < visit.today:
        return None
    bakes = visit.may_bake and SCHEDULE_STATES.may(plan.schedule.status, "approved")
    due = [order for order in plan.orders_due if order.status == "draft"]
    buys = plan.purchases is not None and PLAN_STATES.may(plan.purchases.status, "approved")
    allowed = [order for order in due if _is_allowed(visit, order)] if buys else []
    if not bakes and not allowed:
        return None
    return Offer(
        schedule_id=plan.schedule.id if bakes else None,
        schedule_version=plan.schedule.version,
        plan_id=plan.purchases.id if plan.purchases and allowed else None,
        plan_version=plan.purchases.version if plan.purchases else 0,
        words=_words(visit, bakes, allowed),
        beyond=_beyond(visit, len(due) - len(allowed)) if visit.may_buy and buys else "",
    )


def _is_allowed(visit: Visit, order: PurchaseBlock) -> bool:
    limits = visit.bakery.policy.approval_limits
    return visit.may_buy and may_approve(visit.role, order.total_minor, limits)


def _words(visit: Visit, bakes: bool, orders: Iterable[PurchaseBlock]) -> str:
    say, amounts = visit.say, [order.total_minor for order in orders]
    if not amounts:
        return say.phrase("Approve the bake")
    count, cost = len(amounts), say.money(sum(amounts))
    if bakes:
        return say.counted(
            "Approve the bake and {n} order, {cost}",
            "Approve the bake and {n} orders, {cost}",
            count,
            cost=cost,
        )
    return say.counted("Approve {n} order, {cost}", "Approve {n} orders, {cost}", count, cost=cost)


def _beyond(visit: Visit, count: int) -> str:
    if not count:
        return ""
    return visit.say.counted(
        "{n} order costs more than you may approve: it will wait for the owner.",
        "{n} orders cost more than you may approve: they will wait for the owner.",
        count,
    )
