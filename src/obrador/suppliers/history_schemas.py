"""What the API gives of how suppliers deliver and what they charge."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from obrador.kit.schemas import Exact
from obrador.suppliers.domain import Supplier
from obrador.suppliers.performance import LEAST_DELIVERIES, Performance


class LeadTime(BaseModel):
    """Days from order to delivery, delivery weekdays aside."""

    mean: float
    deviation: float


class PerformanceOutput(BaseModel):
    """How a supplier delivers. Null: nothing has been delivered that would say it."""

    supplier_id: UUID
    given: LeadTime = Field(description="As it was entered.")
    planned_with: LeadTime = Field(
        description="What planning reckons with: from five deliveries on, the given one moved by"
        " what was measured."
    )
    is_measured: bool = Field(description="There are enough deliveries to plan by them.")
    deliveries: int = Field(description="Orders that have come, or should have; at most 100.")
    arrived: int
    lead_days: float | None = Field(description="From order to first arrival, on average.")
    delay_days: float | None = Field(
        description="After the day that the given lead time would have allowed, on average."
    )
    delay_deviation: float | None
    reliability: float | None = Field(
        description="Share of deliveries that were complete on the agreed day."
    )
    fill_rate: float | None = Field(
        description="Share of what was ordered that was accepted, by value, of orders that ended."
    )
    refused_share: float | None = Field(description="Of what arrived, by value.")

    @classmethod
    def of(cls, given: Supplier, planned: Supplier, found: Performance) -> Self:
        """The figures, rounded as one reads them."""
        return cls(
            supplier_id=given.id,
            given=_lead_time(given),
            planned_with=_lead_time(planned),
            is_measured=found.arrived >= LEAST_DELIVERIES,
            deliveries=found.deliveries,
            arrived=found.arrived,
            lead_days=_rounded(found.lead_days_mean),
            delay_days=_rounded(found.delay_mean),
            delay_deviation=_rounded(found.delay_sd),
            reliability=_rounded(found.reliability),
            fill_rate=_rounded(found.fill_rate),
            refused_share=_rounded(found.refused_share),
        )


class PriceNoteOutput(BaseModel):
    """A price that was asked from a moment on."""

    ingredient_id: UUID
    pack_size: Exact
    unit: str = Field(description="Of the pack size.")
    min_packs: int
    pack_price: Exact
    currency: str
    source: str = Field(description="`price_list` or `invoice`.")
    noted_at: datetime


def _lead_time(supplier: Supplier) -> LeadTime:
    return LeadTime(mean=supplier.lead_time_days, deviation=round(supplier.lead_time_sd_days, 2))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
