"""What the API takes and gives of what people say of forecasts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self, cast
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from obrador.forecasting.domain import OverrideKind
from obrador.forecasting.models import ForecastOverride
from obrador.kit.schemas import Day, Exact, Fields, Text

Kind = OverrideKind | Literal["withdrawn"]
_LARGEST = Decimal(1_000_000)


class OverrideInput(Fields):
    """What to plan a product's day with instead of what is foreseen."""

    product_id: UUID
    business_date: Day = Field(description="Today or later.")
    kind: OverrideKind = Field(
        description="`set`: exactly so many. `add`: so many more. `percent`: so many per cent more."
    )
    value: Annotated[Exact, Field(ge=-_LARGEST, le=_LARGEST, decimal_places=3)] = Field(
        description="In the product's unit, or per cent; below 0 for less."
    )
    reason: Annotated[Text, StringConstraints(min_length=1, max_length=300)] = Field(
        description="Such as `school trip`; it is shown with the forecast."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.kind == "set" and self.value < 0:
            raise ValueError("nobody buys less than 0: set 0 or more")
        if self.kind == "percent" and not -100 <= self.value <= 1000:
            raise ValueError("percent takes -100 to 1000; to set a number, use `set`")
        return self


class OverrideOutput(BaseModel):
    """What somebody said of a product's day."""

    id: UUID
    product_id: UUID
    business_date: date
    kind: Kind
    value: Exact
    reason: str
    by: str = Field(description="What they are called; empty for whoever sits at the machine.")
    at: datetime

    @classmethod
    def of(cls, row: ForecastOverride) -> "OverrideOutput":
        """The row as the API shows it."""
        return cls(
            id=row.id,
            product_id=row.product_id,
            business_date=row.business_date,
            kind=cast("Kind", row.kind),
            value=row.value,
            reason=row.reason,
            by=row.said_by_name,
            at=row.said_at,
        )
