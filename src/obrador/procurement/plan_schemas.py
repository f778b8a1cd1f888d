"""What the API gives of purchase plans. Amounts are in the bakery's currency."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from obrador.kit.money import from_minor
from obrador.plan_changes import Change
from obrador.procurement.comparing import Comparison, LineChange, OrderChange
from obrador.procurement.domain import StoredPlan
from obrador.procurement.models import ProcurementPlan
from obrador.procurement.order_schemas import ChangeOutput, ReasonedOrder, Terms

PlanStatus = Literal[
    "draft",
    "pending_approval",
    "approved",
    "in_progress",
    "completed",
    "rejected",
    "superseded",
    "archived",
]


class OrderCounts(BaseModel):
    """How far a plan is."""

    draft: int = 0
    approved: int = 0
    sent: int = 0
    partially_received: int = 0
    received: int = 0
    cancelled: int = 0


class PlanSummary(BaseModel):
    """A plan in a list."""

    id: UUID
    business_date: date = Field(description="First day of what it buys for.")
    revision: int = Field(description="How often the date has been planned again.")
    status: PlanStatus
    version: int = Field(description="Also its `ETag`: send it as `If-Match` to change it.")
    made_at: datetime
    replaces_id: UUID | None = Field(description="The revision that it was made in place of.")
    cost: Decimal = Field(description="Goods and delivery fees of its orders.")
    currency: str
    order_counts: OrderCounts


class ComparisonOutput(BaseModel):
    """What a plan orders otherwise than the one that it replaces."""

    kept: list[UUID] = Field(description="Orders of the plan before that are approved or sent.")
    added: list[OrderChange]
    removed: list[OrderChange]
    lines: list[LineChange]
    cost_before: Decimal = Field(description="Of what was not ordered yet.")
    cost_after: Decimal

    @classmethod
    def of(cls, found: Comparison, terms: Terms) -> Self:
        """A comparison with its amounts."""
        return cls(
            kept=list(found.kept),
            added=list(found.added),
            removed=list(found.removed),
            lines=list(found.lines),
            cost_before=terms.money(found.cost_before_minor),
            cost_after=terms.money(found.cost_after_minor),
        )


class PlanOutput(PlanSummary):
    """What to buy, from whom, by when and why, and what became of it."""

    orders: list[ReasonedOrder] = Field(description="By the day to place them.")
    unsupplied: list[UUID] = Field(description="Ingredients needed that no supplier offers.")
    changes: ComparisonOutput | None = Field(
        description="Against the plan that it replaces; null: it replaces none."
    )
    history: list[ChangeOutput]

    @classmethod
    def of(
        cls,
        plan: StoredPlan,
        history: Iterable[Change],
        comparison: Comparison | None,
        terms: Terms,
    ) -> Self:
        """A stored plan with what became of it."""
        counts = Counter(order.status for order in plan.orders)
        return cls(
            **_summary_values(plan, counts, terms.currency),
            orders=[ReasonedOrder.of_plan(plan, order, terms) for order in plan.orders],
            unsupplied=list(plan.unsupplied),
            changes=None if comparison is None else ComparisonOutput.of(comparison, terms),
            history=[ChangeOutput.of(change) for change in history],
        )


def summary_of(row: ProcurementPlan, counts: Mapping[str, int], currency: str) -> PlanSummary:
    """A row with its orders counted."""
    return PlanSummary(**_summary_values(row, counts, currency))


def _summary_values(
    plan: ProcurementPlan | StoredPlan, counts: Mapping[str, int], currency: str
) -> dict[str, Any]:
    same = ("id", "business_date", "revision", "status", "version", "made_at", "replaces_id")
    return {name: getattr(plan, name) for name in same} | {
        "cost": from_minor(plan.cost_minor, currency),
        "currency": currency,
        "order_counts": OrderCounts(**counts),
    }
