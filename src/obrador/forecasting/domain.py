"""Demand and forecasts as arrays. Axes: P products, D days of history, H days ahead, Q levels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, get_args
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from obrador.tenants.domain import Days

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

QUANTILE_LEVELS: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)

RESOLUTION = 0.01
"""Units to which a forecast is rounded: what is planned from a fresh forecast and from a stored one
is the same."""

Model = Literal["profile", "weekday_mean", "analogy", "none", "last_forecast", "weekday_history"]
"""Which fallback made a forecast: weekday profile × level from 28 days of history; the mean of
the same weekdays before that; the mean of its category for a product without any; nothing. Where
forecasting itself is away: the last forecast; what the same weekdays have sold. See `fallback`."""


FALLBACK_LEVELS: Mapping[Model, int] = {
    "profile": 0,
    "weekday_mean": 1,
    "analogy": 2,
    "last_forecast": 3,
    "weekday_history": 4,
    "none": 5,
}
"""How far each is from a forecast of the product's own history."""
MOST_DAYS_AHEAD = 28


DriverGroup = Literal["promotion", "price", "weather"]
"""Drivers that earn their place together, or not; tried in this order, those first that are known
for certain."""
DRIVER_GROUPS: tuple[DriverGroup, ...] = get_args(DriverGroup)


@dataclass(frozen=True)
class Covariate:
    """Something beside the calendar that may move demand, and is known in advance."""

    name: str
    group: DriverGroup
    values: Floats
    """(1, D + H) of the shop, or (P, D + H); NaN: unknown, and taken to be as usual."""


@dataclass(frozen=True)
class DriverTrial:
    """Whether a group of drivers is used, and what it brings."""

    group: DriverGroup
    is_used: bool
    gain: float
    """Share of absolute errors that it takes away; negative: adds."""
    days: int
    """Unseen ones on which it was not as usual: those that the gain is of."""


@dataclass(frozen=True)
class DemandHistory:
    """Statistical demand of one bakery: sales less firm orders that are known otherwise."""

    product_ids: tuple[UUID, ...]
    categories: tuple[str, ...]
    """(P,)"""
    sold: Floats
    """(P, D) units sold; NaN where there is no record (closed, before launch, data missing). On an
    open day of a product that is on sale, no sales are 0."""
    sold_out: Flags
    """(P, D) sold out before closing: `sold` is a lower bound of demand."""
    days: Days
    """(D + H,) history, then the days to forecast."""
    covariates: tuple[Covariate, ...] = ()

    @property
    def horizon(self) -> int:
        """H."""
        return len(self.days) - int(self.sold.shape[1])

    def until(self, end: int, horizon: int) -> "DemandHistory":
        """What was known before the day at `end`, and the days to forecast from there."""
        return replace(
            self,
            sold=self.sold[:, :end],
            sold_out=self.sold_out[:, :end],
            days=self.days.until(end + horizon),
            covariates=tuple(
                replace(each, values=each.values[:, : end + horizon]) for each in self.covariates
            ),
        )


@dataclass(frozen=True)
class Drivers:
    """What moved a product's forecast for a day, for the sentence that explains it. Factors
    multiply: mean = level × weekday × season × holiday × learned, before rounding."""

    level: float
    """Units on an average open day, lately."""
    weekday: float
    season: float
    holiday: float
    holiday_name: str | None
    trend: float
    """Level of the last 28 days against the 28 before, minus 1."""
    learned: float = 1.0
    """What the trained model makes of it; 1 without one."""


@dataclass(frozen=True, eq=False)
class DriverTable:
    """`Drivers` of P products and H days: `table[product][day]`."""

    level: Floats
    """(P,)"""
    trend: Floats
    """(P,)"""
    factors: Floats
    """(P, H, 4) weekday, season, holiday, learned"""
    holidays: tuple[str | None, ...]
    """(H,)"""

    def __len__(self) -> int:
        return len(self.level)

    def __iter__(self) -> Iterator[tuple[Drivers, ...]]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, row: int) -> tuple[Drivers, ...]:
        level, trend = float(self.level[row]), float(self.trend[row])
        return tuple(
            Drivers(level, weekday, season, holiday, name, trend, learned)
            for (weekday, season, holiday, learned), name in zip(
                self.factors[row].tolist(), self.holidays, strict=True
            )
        )


OverrideKind = Literal["set", "add", "percent"]


@dataclass(frozen=True, slots=True)
class Override:
    """What a person says of a product's day: exactly so many, so many more, or so many per cent
    more."""

    product_id: UUID
    day: date
    kind: OverrideKind
    value: float
    """Units of the product, or per cent; below 0 for less."""
    reason: str
    by: str
    """What people call who said it; empty where only one person can have."""


@dataclass(frozen=True, slots=True)
class Overridden:
    """A number of a forecast that a person has changed, and what it was before."""

    override: Override
    mean: float
    """Units, as the model foresaw them."""
    quantiles: tuple[float, ...]
    """(Q,) likewise."""


@dataclass(frozen=True)
class Forecast:
    """Demand H days ahead. Quantiles never cross, nothing is negative or NaN; closed days are 0,
    unless a person says otherwise."""

    product_ids: tuple[UUID, ...]
    first_day: date
    mean: Floats
    """(P, H)"""
    quantiles: Floats
    """(P, H, Q) at `QUANTILE_LEVELS`."""
    models: tuple[Model, ...]
    """(P,)"""
    drivers: DriverTable
    model_version: int | None = None
    """Of the trained model that made it; None: none did."""
    overridden: tuple[Overridden, ...] = ()
    """At most one of a product and day. `drivers` explain what the model foresaw of these."""

    def overridden_on(self, product_id: UUID, day: date) -> Overridden | None:
        """What a person has changed of a product's day, if anything."""
        said = (product_id, day)
        return next(
            (o for o in self.overridden if (o.override.product_id, o.override.day) == said), None
        )


@dataclass(frozen=True, slots=True)
class DayAhead:
    """What one product will sell on one day, in its unit."""

    day: date
    is_open: bool
    """Whether the shop sells anything."""
    mean: float
    quantiles: tuple[float, ...]
    """At `QUANTILE_LEVELS`."""
    drivers: Drivers
    overridden: Overridden | None
    """What a person has changed, if anything."""


@dataclass(frozen=True, slots=True)
class ProductForecast:
    """A forecast, as far as it is about one product."""

    product_id: UUID
    product: str
    unit: str
    model: Model
    business_date: date
    """First day ahead; sales before it were known."""
    history_until: date | None
    """Last day with sales; None without any."""
    revision: int | None
    """Of the morning that foresaw it; None: it was made for who asked."""
    model_version: int | None
    """Of the trained model that made it; None: none did."""
    days: tuple[DayAhead, ...]


PRODUCT_DAY = np.dtype(
    [
        ("id", "S16"),
        ("forecast", "<f4"),
        ("sold", "<f4"),
        ("low", "<f4"),
        ("high", "<f4"),
        ("pinball", "<f4"),
        ("sold_out", "?"),
    ]
)
"""A product's forecast and sales of a day: id as bytes, mean, units sold, quantiles 0.1 and 0.9,
pinball loss over all levels, and whether it sold out before closing."""
ProductDays = NDArray[np.void]
"""Records of `PRODUCT_DAY`."""

Health = Literal["healthy", "warning", "critical"]


@dataclass(frozen=True, slots=True)
class DayForecast:
    """What a morning foresaw of its own day."""

    product_ids: tuple[UUID, ...]
    mean: Floats
    """(P,)"""
    quantiles: Floats
    """(P, Q) at `QUANTILE_LEVELS`."""
    statistical: Mapping[UUID, float] = field(default_factory=dict)
    """What the model alone foresaw of products whose forecast a person has changed."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How near a day's forecasts came to its sales. Formulas: see `accuracy.measure`."""

    products: int
    """Compared."""
    unforeseen: int
    """Products that sold without a forecast."""
    zero_sales: int
    """Products that sold nothing, which MAPE leaves out."""
    coverage: float
    """Share of the compared forecasts whose product has a record of that day."""
    mae: float
    """Units."""
    mape: float | None
    """Per cent; None where nothing was sold of any product foreseen."""
    wape: float
    """Per cent."""
    rmse: float
    """Units."""
    r2: float | None
    """None where all sales are equal."""
    accuracy: float
    """Per cent: 100 − WAPE, never below 0."""
    bias: float
    """Units a product; positive: foresaw too much."""
    bias_percent: float
    """Of sales."""
    interval_coverage: float
    """Share of products whose sales lay between the quantiles 0.1 and 0.9; 0.8 is meant."""
    pinball: float
    """Units."""
    health: Health
    overridden: int = 0
    """Products whose forecast a person had changed,"""
    overridden_sold: float = 0.0
    """what these sold,"""
    overridden_off: float = 0.0
    """how far off they were, in units,"""
    statistical_off: float = 0.0
    """and how far the model alone would have been."""


@dataclass(frozen=True, slots=True)
class LocationAccuracy:
    """A location's part of forecasts against its sales; see `locations.by_location`."""

    location: str
    products: int
    """And days, compared."""
    forecast: float
    """Units, all of them together."""
    sold: float
    off: float
    """Σ|forecast − sold| of products and days."""

    @property
    def wape(self) -> float | None:
        """Per cent; None where nothing was sold."""
        return 100 * self.off / self.sold if self.sold > 0 else None

    @property
    def mae(self) -> float:
        """Units a product and day."""
        return self.off / self.products

    @property
    def bias(self) -> float:
        """Units a product and day; positive: foresaw too much."""
        return (self.forecast - self.sold) / self.products


@dataclass(frozen=True)
class Validation:
    """A day's forecast against its sales."""

    day: date
    revision: int
    """Of the forecast."""
    accuracy: Accuracy
    products: ProductDays
    locations: tuple[LocationAccuracy, ...] = ()
    """By name; none of a bakery that sells at one alone."""


@dataclass(frozen=True, slots=True)
class ProductAccuracy:
    """A product's forecasts against its sales over one or more days."""

    product_id: UUID
    days: int
    forecast: float
    """Units, all days together."""
    sold: float
    mae: float
    wape: float | None
    """Per cent; None where none was sold."""
    bias: float
    """Units a day; positive: foresaw too much."""
    interval_coverage: float
    pinball: float
    sold_out_days: int


@dataclass(frozen=True, slots=True)
class DayAccuracy:
    """A day's figures alone: a point of a trend."""

    day: date
    accuracy: Accuracy


TrainingReason = Literal["first_model", "inaccurate", "drifting", "too_old", "by_hand"]
"""Why a model is trained."""
NotDue = Literal["good_enough", "too_few_days", "too_little_history"]
Reason = TrainingReason | NotDue


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a bakery's model is to be trained, and why or why not."""

    is_due: bool
    reason: Reason
    days: int
    """Validated, of those looked at."""
    mape: float | None
    """Per cent, mean of all days."""
    mape_before: float | None
    """Of the days before the last week."""
    mape_lately: float | None
    """Of the last week."""
    wape: float | None

    @property
    def due_for(self) -> TrainingReason | None:
        """Why it is to be trained; None: it is not."""
        match self.reason:
            case "good_enough" | "too_few_days" | "too_little_history":
                return None
            case reason:
                return reason


@dataclass(frozen=True, slots=True)
class Champion:
    """The trained model that forecasts for a bakery."""

    version: int
    last_day: date
    """Of the history that it was trained on."""
    content: bytes | None
    """See `model.from_bytes`; None: what is stored is damaged."""
    drivers: tuple[DriverGroup, ...] = ()
    """Groups that it uses."""


@dataclass(frozen=True, slots=True)
class Score:
    """How near forecasts made a week at a time came to what was sold. See `challenge.score`."""

    wape: float
    """Per cent."""
    scaled_pinball: float
    coverage: float
    """Share of sales between the quantiles 0.1 and 0.9; 0.8 is meant."""


Verdict = Literal["no_worse", "worse_mean", "worse_quantiles"]


@dataclass(frozen=True)
class Trial:
    """A model that was trained, and how it did against the one before it."""

    method: str
    content: bytes
    first_day: date
    """Of the history that it was trained on, up to its last day."""
    last_day: date
    records: int
    """Of products and days."""
    products: int
    data_hash: str
    """SHA-256 of that history."""
    verdict: Verdict
    compared_with: int | None
    """Version of the champion; None: the profile alone."""
    unseen_first: date
    """Of the weeks compared on, which the challenger had not seen, up to their last day."""
    unseen_last: date
    challenger: Score
    champion: Score
    refitted: Score | None
    """Of the model that was trained again on all of the history, on days that it has seen; None:
    refused, so that was not done."""
    drivers: tuple[DriverTrial, ...] = ()
    """Of the groups that there is something of."""

    @property
    def is_promoted(self) -> bool:
        """Whether it forecasts from now on."""
        return self.verdict == "no_worse"


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What a job asks for."""

    job_id: UUID
    reason: TrainingReason
    champion: Champion | None
