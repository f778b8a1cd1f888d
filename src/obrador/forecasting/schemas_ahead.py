"""What the API gives of forecasts, and takes."""

from collections.abc import Callable
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from obrador.forecasting.domain import (
    FALLBACK_LEVELS,
    MOST_DAYS_AHEAD,
    QUANTILE_LEVELS,
    DayAhead,
    Model,
    ProductForecast,
)
from obrador.forecasting.wording import explain_day
from obrador.kit.i18n import Speech
from obrador.kit.schemas import Day, Fields

DaysAhead = Annotated[int, Field(ge=1, le=MOST_DAYS_AHEAD)]
_LEVELS = tuple(map(str, QUANTILE_LEVELS))


class GenerateInput(Fields):
    """Forecasts to make of a bakery's own sales."""

    days_ahead: DaysAhead = Field(7, description="From today on.")
    product_ids: list[UUID] = Field([], max_length=500, description="Without any: all.")


class SingleInput(Fields):
    """A forecast of one product."""

    product_id: UUID
    first: Day | None = Field(None, description="Without it: today. At most 28 days ahead.")
    days: DaysAhead = 1


class DriversOutput(BaseModel):
    """What moved a forecast; the factors multiply."""

    level: float = Field(description="Units on an average open day, lately.")
    weekday: float
    season: float
    holiday: float
    learned: float = Field(description="What the trained model makes of it; 1 without one.")
    holiday_name: str | None
    trend: float = Field(description="Level of the last 28 days against the 28 before, minus 1.")


class ForecastDay(BaseModel):
    """What will sell on a day."""

    date: date
    mean: float
    quantiles: dict[str, float] = Field(description="Units that will do in this share of cases.")
    drivers: DriversOutput
    statistical: float | None = Field(
        description="What the model foresaw, where a person has changed it."
    )
    explanation: str

    @classmethod
    def of(cls, ahead: DayAhead, say: Speech, unit: str) -> "ForecastDay":
        """The day in words."""
        drivers = ahead.drivers
        return cls.model_construct(
            date=ahead.day,
            mean=ahead.mean,
            quantiles=dict(zip(_LEVELS, ahead.quantiles, strict=True)),
            drivers=DriversOutput.model_construct(
                level=round(drivers.level, 2),
                weekday=round(drivers.weekday, 4),
                season=round(drivers.season, 4),
                holiday=round(drivers.holiday, 4),
                learned=round(drivers.learned, 4),
                holiday_name=drivers.holiday_name,
                trend=round(drivers.trend, 4),
            ),
            statistical=None if ahead.overridden is None else round(ahead.overridden.mean, 2),
            explanation=explain_day(say, ahead, unit),
        )


class OriginOutput(BaseModel):
    """What a forecast could know."""

    business_date: date = Field(description="First day ahead; sales before it were known.")
    history_until: date | None = Field(description="Last day with sales; null without any.")
    revision: int | None = Field(description="Of the morning; null: made for who asked.")


class ForecastOutput(BaseModel):
    """A product's forecast."""

    product_id: UUID
    product: str
    unit: str
    model: Model
    fallback_level: int = Field(description="0: from its own history; more: from less.")
    model_version: int | None = Field(
        description="Of the trained model that made it; null: none did."
    )
    origin: OriginOutput
    cached: bool = Field(description="Whether it was there already.")
    days: list[ForecastDay]

    @classmethod
    def of(
        cls, forecast: ProductForecast, say: Speech, *, cached: bool, wanted: Callable[[date], bool]
    ) -> "ForecastOutput":
        """The days of it that are wanted."""
        return cls.model_construct(
            product_id=forecast.product_id,
            product=forecast.product,
            unit=forecast.unit,
            model=forecast.model,
            fallback_level=FALLBACK_LEVELS[forecast.model],
            model_version=forecast.model_version,
            origin=OriginOutput.model_construct(
                business_date=forecast.business_date,
                history_until=forecast.history_until,
                revision=forecast.revision,
            ),
            cached=cached,
            days=[
                ForecastDay.of(ahead, say, forecast.unit)
                for ahead in forecast.days
                if wanted(ahead.day)
            ],
        )


class ForecastsOutput(BaseModel):
    """Forecasts that were made, by the names of the products."""

    forecasts: list[ForecastOutput]


class CacheStats(BaseModel):
    """How a bakery's forecasts were served."""

    hits: int = Field(description="Since the process that answers has started; so are misses.")
    misses: int
    hit_rate: float | None = Field(description="Per cent; null where nobody has asked.")
    entries: int = Field(description="Forecasts that are there and would be served.")
    store: str = Field(description="memory or redis.")


class InvalidatedOutput(BaseModel):
    """What was forgotten."""

    invalidated_keys: int
