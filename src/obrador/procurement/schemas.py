"""What the API gives of purchase plans."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from pydantic import BaseModel, Field

from obrador.procurement.domain import Projection, StoredPlan


class ProjectedDay(BaseModel):
    """An ingredient's stock on one day, in its base unit."""

    date: date
    requirement: float
    receipts: float = Field(description="Open orders due, and those of the plan.")
    expired: float
    unmet: float
    closing: float


class ProjectedStock(BaseModel):
    """An ingredient's stock over the days ahead."""

    ingredient_id: UUID
    opening: float
    safety_stock: float
    stock_out_on: date | None = Field(description="First day whose requirement is not met.")
    is_critical: bool = Field(description="It runs out before anything can arrive.")
    days: list[ProjectedDay]


class StockProjectionOutput(BaseModel):
    """The newest plan's projection of stock, its orders included."""

    business_date: date
    revision: int
    items: list[ProjectedStock]

    @classmethod
    def of(cls, plan: StoredPlan, days: int) -> "StockProjectionOutput":
        """The first `days` days of a plan's projections."""
        return cls(
            business_date=plan.business_date,
            revision=plan.revision,
            items=[_projected(plan.business_date, one, days) for one in plan.projections],
        )


def _projected(first: date, projection: Projection, days: int) -> ProjectedStock:
    runs_out = projection.stock_out_day
    return ProjectedStock(
        ingredient_id=projection.ingredient_id,
        opening=projection.opening,
        safety_stock=projection.safety.quantity,
        stock_out_on=None if runs_out is None else first + timedelta(days=runs_out),
        is_critical=projection.is_critical,
        days=list(_days(first, projection))[:days],
    )


def _days(first: date, projection: Projection) -> Iterator[ProjectedDay]:
    columns = (
        projection.requirement,
        projection.receipts,
        projection.expired,
        projection.unmet,
        projection.closing,
    )
    for day, (requirement, receipts, expired, unmet, closing) in enumerate(
        zip(*columns, strict=True)
    ):
        yield ProjectedDay(
            date=first + timedelta(days=day),
            requirement=requirement,
            receipts=receipts,
            expired=expired,
            unmet=unmet,
            closing=closing,
        )
