"""What the API gives of stock that expires."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from obrador.insights.rescuing import Way
from obrador.kit.schemas import Exact, Unit


class SuggestionOutput(BaseModel):
    """One thing to do with what is left."""

    way: Way
    message: str
    quantity: float = Field(description="Of the lot that it takes.")
    product_id: UUID | None
    product: str | None
    units: float | None = Field(description="Of the product, to bake beside those planned.")
    room: float | None = Field(
        description="Units that may well be sold beside those expected until the lot expires."
    )


class RescueOutput(BaseModel):
    """A lot that expires, and what to do about it."""

    lot_id: UUID
    item_id: UUID
    item: str
    code: str
    expires_on: date
    days_left: int = Field(description="0: today is the last day; negative: expired.")
    quantity: float
    unit: Unit
    used: float = Field(description="So much of it will be used in time, by the newest plan.")
    left: float
    value: Exact | None = Field(description="Of what will be left; null: no price is known.")
    suggestions: list[SuggestionOutput] = Field(description="The best first.")


class RescueList(BaseModel):
    """What expires soonest, first."""

    today: date
    planned_on: date | None = Field(description="Of the newest plan; null: nothing is planned.")
    currency: str
    value: Exact = Field(description="Of all that will be left, as far as prices are known.")
    items: list[RescueOutput]
