"""What the API takes and gives of the bakeries themselves."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from obrador.kit.schemas import Day, Fields, Kept, LocalTime, Name, Text

Status = Literal["active", "suspended", "cancelled"]
Tier = Literal["starter", "professional", "enterprise"]
Rule = Annotated[
    Text,
    StringConstraints(min_length=1, max_length=100),
    Field(description="run, skip, or a cron expression to run workflows by instead."),
]
ServiceLevel = Annotated[float, Field(ge=0.5, le=0.9999)]
MinorLimit = Annotated[int, Field(ge=0, le=2**31 - 1)]
Percent = Annotated[float, Field(gt=0, le=1000)]


class HoursFields(Fields):
    """When the shop is open."""

    opens: LocalTime
    closes: LocalTime


class HoursInput(HoursFields):
    """When the shop opens and then closes, on the same day."""

    @model_validator(mode="after")
    def _opens_first(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("the shop closes after it opens")
        return self


Week = Annotated[
    list[HoursInput | None],
    Field(min_length=7, max_length=7, description="From Monday; null: closed."),
]


class PolicyFields(Fields):
    """How careful planning is; what is left out has its default."""

    service_level: ServiceLevel = Field(0.95, description="Of ingredients, for safety stock.")
    class_levels: dict[
        Annotated[str, StringConstraints(pattern="^([ABC][XYZ]|[ABCXYZ])$")], ServiceLevel
    ] = Field(
        default_factory=dict,
        description="The same by class: A, B and C by value (the dearest 80 %, the next 15 %, the"
        " rest), X, Y and Z by how much a day's use varies (up to 50 % of its mean, up to 100 %,"
        " more), or both, such as AX. An ingredient's own level comes before these.",
    )
    safety_stock: Literal["statistical", "percentage"] = Field(
        "statistical",
        description="From forecast errors and lead times, or a share of the demand of a lead time.",
    )
    safety_share: Annotated[float, Field(ge=0, le=5)] = Field(
        0.5, description="That share: 0.5 is half of what is used until a delivery comes."
    )
    bake_service_level: ServiceLevel = Field(
        0.8, description="Of products whose price or cost is unknown."
    )
    horizon_days: Annotated[int, Field(ge=7, le=28)] = 14
    healthy_wape: Percent = Field(20.0, description="A day's forecast is healthy up to it.")
    warning_wape: Percent = Field(30.0, description="Above it, the forecast is critical.")
    retrain_mape: Percent = Field(
        30.0, description="Above it over 30 days, the forecasting model is trained anew."
    )
    retrain_mape_rise: Percent = Field(
        5.0, description="Points by which the last week may be worse than those before it."
    )
    retrain_after_days: Annotated[int, Field(ge=7, le=365)] = Field(
        30, description="A model that has learned nothing for longer is too old."
    )
    delay_minutes: Annotated[int, Field(ge=5, le=240)] = Field(
        15, description="After so long, a batch that is not begun, or not done, is told of."
    )
    yield_tolerance: Percent = Field(
        10.0, description="By which a batch may give more or less than planned, or waste more."
    )
    stale_words: Annotated[
        list[Annotated[Text, StringConstraints(min_length=2, max_length=60)]], Field(max_length=50)
    ] = Field(
        default_factory=list,
        description="Words that, in a reason for turning a plan down, also mean that its data is"
        " out of date, so that the day is planned again at once.",
    )
    count_limit: Annotated[float, Field(ge=0, le=1_000_000)] = Field(
        50.0,
        description="In your currency: an owner approves counts whose differences come to more.",
    )
    approval_limits: dict[Literal["procurement_manager", "owner"], MinorLimit | None] = Field(
        default_factory=dict,
        description="Up to how much a purchase order may cost, its delivery included, for a role to"
        " approve it, in the smallest unit of the currency; null, or a role that is not named:"
        " however much.",
    )
    supplier_choice: Literal["cost", "score"] = Field(
        "cost",
        description="Each ingredient from whoever costs least, deliveries, stock and reliability"
        " counted, or from the supplier with the highest score.",
    )
    supplier_weights: dict[
        Literal["price", "lead_time", "reliability", "quality"], Annotated[float, Field(ge=0, le=1)]
    ] = Field(
        default_factory=dict,
        description="How much each counts in the score; without any: price 0.5, lead time 0.2,"
        " reliability 0.2, quality 0.1.",
    )


class PolicyChanges(PolicyFields, partial=True):
    """What to change of the policy."""


class Place(Fields):
    """A bakery, where it is and how its people write."""

    name: Name
    time_zone: Annotated[Text, StringConstraints(max_length=64)] = Field(
        description="IANA name, such as Europe/Madrid."
    )
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
    subdivision: Annotated[Text, StringConstraints(min_length=1, max_length=10)] | None = None
    locale: Annotated[Text, StringConstraints(min_length=2, max_length=10)] = "en"
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = Field(
        None, description="In degrees, for the weather; with longitude, or neither."
    )
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class TenantInput(Place):
    """A bakery. Opening hours that are left out are assumed until somebody states them."""

    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")] = "EUR"
    opening_hours: Week | None = None
    open_on_holidays: bool | None = None


class _Changeable(Place):
    opening_hours: Week
    open_on_holidays: bool
    weekend_rule: Rule
    holiday_rule: Rule
    policy: PolicyChanges
    status: Status = Field(description="Who runs the platform changes it.")
    tier: Tier = Field(description="Who runs the platform changes it.")


class TenantChanges(_Changeable, partial=True):
    """What to change of a bakery. Its currency stays: amounts are kept in it."""


class TenantOutput(BaseModel):
    """A bakery as it is."""

    id: UUID
    name: str
    status: Status
    tier: Tier
    is_demo: bool
    time_zone: str
    country: str
    subdivision: str | None
    latitude: float | None
    longitude: float | None
    locale: str
    currency: str
    opening_hours: list[HoursFields | None]
    open_on_holidays: bool
    weekend_rule: str = Field(description="Whether workflows run on Saturdays and Sundays.")
    holiday_rule: str = Field(description="Whether they run on public holidays, which come first.")
    policy: PolicyFields
    assumed: list[str] = Field(description="Fields that nobody has confirmed yet.")


class ClosureInput(Fields):
    """Days on which the shop stays closed although its hours say open."""

    first_day: Day
    last_day: Day
    reason: Annotated[Text, StringConstraints(max_length=300)] = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("the last day is before the first")
        return self


class ClosureOutput(Kept):
    """Days on which the shop stays closed."""

    first_day: date
    last_day: date
    reason: str
