"""What the API takes and gives of weather and promotions."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from obrador.kit.schemas import Day, Exact, Fields, Kept, Money, Name

PercentOff = Annotated[Exact, Field(gt=0, lt=100, decimal_places=2)]
_LONGEST = 366


def promotion_fault(
    first_day: date,
    last_day: date,
    product_id: UUID | None,
    price: Decimal | int | None,
    percent_off: Decimal | None,
) -> tuple[str, str] | None:
    """The field of a promotion that cannot be, and why."""
    days = (last_day - first_day).days + 1
    if days < 1:
        return "last_day", "the last day is before the first"
    if days > _LONGEST:
        return "last_day", "a promotion lasts a year at most: look at the year of the last day"
    if price is not None and percent_off is not None:
        return "percent_off", "give a price or the per cent off, not both"
    if price is not None and product_id is None:
        return "price", "a price is that of one product: give product_id, or the per cent off"
    return None


class PromotionFields(Fields):
    """Days on which products are promoted."""

    name: Name
    product_id: UUID | None = Field(None, description="Null: all products.")
    first_day: Day
    last_day: Day
    price: Money | None = Field(None, description="Of the product on these days.")
    percent_off: PercentOff | None = Field(
        None, description="Of the usual price. Neither: promoted at the usual price."
    )


class PromotionInput(PromotionFields):
    """A promotion."""

    @model_validator(mode="after")
    def _can_be(self) -> "PromotionInput":
        fault = promotion_fault(
            self.first_day, self.last_day, self.product_id, self.price, self.percent_off
        )
        if fault:
            raise ValueError(fault[1])
        return self


class PromotionChanges(PromotionFields, partial=True):
    """What to change of a promotion."""


class PromotionOutput(Kept, PromotionFields):
    """A promotion as it is."""


class WeatherOutput(BaseModel):
    """The weather of a day; null: unknown."""

    day: date
    is_forecast: bool = Field(description="As it was foreseen last before the day began.")
    temperature: float | None = Field(description="Mean, °C.")
    temperature_max: float | None
    precipitation: float | None = Field(description="Millimetres of water.")
    wind: float | None = Field(description="Highest speed, km/h.")


class WeatherListOutput(BaseModel):
    """The weather of some days."""

    items: list[WeatherOutput]


class RejectedRow(BaseModel):
    """Why a row of a file is rejected."""

    where: str = Field(description="Such as `line 7`.")
    message: str


class WeatherImportOutput(BaseModel):
    """What an import did, or in a dry run would do."""

    days: int = Field(description="Good ones in the file.")
    rejected: int
    faults: list[RejectedRow]
    first_day: date | None
    last_day: date | None
    dry_run: bool
