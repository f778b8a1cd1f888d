"""What the API gives of the accuracy of forecasts, and takes."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from obrador.forecasting import accuracy
from obrador.forecasting.domain import Health, LocationAccuracy, ProductAccuracy
from obrador.forecasting.models import ValidationRun
from obrador.kit.schemas import Day, Fields

SHOWN = 3
"""Of the best and of the worst."""


class AccuracyFigures(BaseModel):
    """How near a day's forecasts came to its sales."""

    products: int = Field(description="Compared.")
    unforeseen: int = Field(description="Products that sold without a forecast.")
    zero_sales: int = Field(description="Products that sold nothing, which MAPE leaves out.")
    coverage: float = Field(description="Share of compared forecasts with a record of sales.")
    mae: float
    mape: float | None = Field(description="Per cent; null where every product sold nothing.")
    wape: float = Field(description="Per cent.")
    rmse: float
    r2: float | None
    accuracy: float = Field(description="Per cent: 100 − WAPE, never below 0.")
    bias: float = Field(description="Units a product; positive: too much was foreseen.")
    bias_percent: float
    interval_coverage: float = Field(
        description="Share of products that sold between their quantiles 0.1 and 0.9."
    )
    pinball: float
    health: Health
    overridden: int = Field(description="Products whose forecast a person had changed.")
    overridden_wape: float | None = Field(description="Per cent, of these alone.")
    statistical_wape: float | None = Field(
        description="Per cent, of these alone, had nobody changed them."
    )


class ProductFigures(BaseModel):
    """A product's forecasts against its sales."""

    product_id: UUID
    days: int
    forecast: float = Field(description="Units, all days together.")
    sold: float
    mae: float
    wape: float | None = Field(description="Per cent; null where none was sold.")
    bias: float = Field(description="Units a day; positive: too much was foreseen.")
    interval_coverage: float
    pinball: float
    sold_out_days: int = Field(description="Days on which sales were a lower bound of demand.")

    @classmethod
    def of(cls, figures: ProductAccuracy) -> "ProductFigures":
        """The figures as the API shows them."""
        return cls(**{name: getattr(figures, name) for name in cls.model_fields})


class LocationFigures(BaseModel):
    """A location's part of the forecasts against its sales: its share of what was sold of each
    product in the four weeks before."""

    location: str
    products: int = Field(description="Compared, each day for itself.")
    forecast: float = Field(description="Units, all of them together.")
    sold: float
    mae: float
    wape: float | None = Field(description="Per cent; null where nothing was sold.")
    bias: float = Field(description="Units a product and day; positive: too much was foreseen.")

    @classmethod
    def of(cls, figures: LocationAccuracy) -> "LocationFigures":
        """The figures as the API shows them."""
        return cls(**{name: getattr(figures, name) for name in cls.model_fields})


class ValidationSummary(AccuracyFigures):
    """A day's forecast against its sales."""

    id: UUID
    business_date: date
    revision: int = Field(description="Of the forecast.")

    @classmethod
    def columns(cls, row: ValidationRun) -> dict[str, Any]:
        """The columns that are fields."""
        return {name: getattr(row, name) for name in ValidationSummary.model_fields}

    @classmethod
    def of(cls, row: ValidationRun) -> "ValidationSummary":
        """The row without its products."""
        return cls(**cls.columns(row))


class ValidationOutput(ValidationSummary):
    """The same with its products."""

    by_product: list[ProductFigures] = Field(description="By the units they were off, most first.")
    best: list[UUID] = Field(description="Products that came nearest, in per cent of sales.")
    worst: list[UUID] = Field(description="Products that were off by most units.")
    by_location: list[LocationFigures] = Field(
        description="Empty where everything was sold at one location."
    )

    @classmethod
    def whole(
        cls,
        row: ValidationRun,
        products: Sequence[ProductAccuracy],
        locations: list[LocationFigures],
    ) -> "ValidationOutput":
        """The row with its products and locations."""
        return cls(
            **cls.columns(row),
            by_product=[ProductFigures.of(each) for each in products],
            best=[each.product_id for each in accuracy.best(products, SHOWN)],
            worst=[each.product_id for each in products[:SHOWN]],
            by_location=locations,
        )


class TrendDay(AccuracyFigures):
    """A point of the trend."""

    business_date: date


class AccuracyOutput(BaseModel):
    """Accuracy over some days."""

    first: date
    last: date
    trend: list[TrendDay]
    by_product: list[ProductFigures] = Field(description="By the units they were off, most first.")
    best: list[UUID]
    worst: list[UUID]
    by_location: list[LocationFigures] = Field(
        description="By the units they were off, most first; of days that sold at several."
    )


class BackfillInput(Fields):
    """Days to validate, or to validate again."""

    first: Day
    last: Day


class BackfillOutput(BaseModel):
    """What came of it."""

    validated: list[date]
    nothing_to_compare: list[date] = Field(description="No forecast, or no sales.")
