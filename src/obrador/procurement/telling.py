"""Events of what becomes of plans and orders by itself."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from uuid import UUID

from obrador.kit.outbox import Event
from obrador.procurement.domain import PurchasePlan
from obrador.procurement.events import (
    OrderStatusChanged,
    PlanCreated,
    PlanStatusChanged,
    StockCritical,
)
from obrador.procurement.moving import MovedOrder
from obrador.revisions import SYSTEM, Moved
from obrador.tenants.domain import Morning


def told_new(plan_id: UUID, morning: Morning, plan: PurchasePlan) -> Iterator[Event]:
    """Of a plan that was made."""
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


def told_plans(moved: Iterable[Moved]) -> Iterator[Event]:
    """Of plans that have passed into another state."""
    for each in moved:
        yield PlanStatusChanged(
            tenant_id=each.tenant,
            plan_id=str(each.plan_id),
            business_date=each.business_date.isoformat(),
            revision=each.revision,
            from_status=each.from_status,
            to_status=each.to_status,
            changed_by=SYSTEM,
            reason=each.reason,
        )


def told_orders(moved: Iterable[MovedOrder]) -> Iterator[Event]:
    """Of orders that have."""
    for each in moved:
        yield OrderStatusChanged(
            tenant_id=each.tenant,
            order_id=str(each.order_id),
            plan_id=str(each.plan_id),
            supplier_id=str(each.supplier_id),
            delivery_on=each.delivery_on.isoformat(),
            goods_minor=each.goods_minor,
            fee_minor=each.fee_minor,
            from_status=each.from_status,
            to_status=each.to_status,
            changed_by=SYSTEM,
            reason=each.reason,
        )
