"""What the API takes and gives of ingredients and stock."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from obrador.inventory.domain import Cause, MovementKind
from obrador.kit.schemas import (
    AnyUnit,
    Day,
    Exact,
    Fields,
    KeptAssumed,
    Moment,
    Name,
    PositiveQuantity,
    Quantity,
    Text,
    Unit,
)

Reason = Annotated[Text, StringConstraints(max_length=300)]
LARGEST_BATCH = 10_000


class IngredientInput(Fields):
    """What is bought."""

    name: Name
    category: Annotated[Text, StringConstraints(max_length=60)] = ""
    unit: Unit
    shelf_life_days: Annotated[int, Field(ge=1, le=3650)] | None = Field(
        None, description="From delivery, the day of it included; without it, it keeps."
    )
    service_level: (
        Annotated[Exact, Field(ge=Decimal("0.0001"), le=Decimal("0.9999"), decimal_places=4)] | None
    ) = Field(None, description="Without it, the bakery's policy.")


class IngredientChanges(IngredientInput, partial=True):
    """What to change of an ingredient."""


class IngredientOutput(KeptAssumed, IngredientInput):
    """An ingredient as it is."""


class Ids(Fields):
    """Which ones."""

    ids: Annotated[list[UUID], Field(max_length=LARGEST_BATCH)]


class IngredientBatch(BaseModel):
    """Those that are there, by id, and the ids of those that are not."""

    items: list[IngredientOutput]
    missing: list[UUID]


class Level(BaseModel):
    """How much there is of something."""

    quantity: Exact
    unit: Unit


class LevelBatch(BaseModel):
    """The stock of each ingredient, and the ids of those that are not there."""

    levels: dict[UUID, Level]
    missing: list[UUID]


class LotOutput(BaseModel):
    """What arrived, or was baked, together and expires together."""

    id: UUID
    ingredient_id: UUID | None
    product_id: UUID | None
    recipe_id: UUID | None = Field(description="Of a dough or filling that was made ahead.")
    batch_id: UUID | None = Field(description="The batch that made it.")
    code: str
    received_on: date
    expires_on: date | None = Field(description="Last day on which it may be used.")
    remaining: Exact
    unit: Unit


class ExpiringLot(LotOutput):
    """A lot that expires soon, or has."""

    days_left: int = Field(description="0: today is the last day; negative: expired.")


class Expiring(BaseModel):
    """What expires soonest, first; what has expired before everything else."""

    today: date
    items: list[ExpiringLot]


class _Movement(Fields):
    ingredient_id: UUID | None = None
    product_id: UUID | None = None
    unit: AnyUnit | None = None
    occurred_at: Moment | None = Field(None, description="Without it, now.")
    reason: Reason = ""

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        places = ("ingredient_id", "product_id", "lot_id")
        if sum(getattr(self, place, None) is not None for place in places) != 1:
            known = [place for place in places if place in type(self).model_fields]
            raise ValueError(f"name one of {', '.join(known)}")
        return self


class _OfLot(_Movement):
    lot_id: UUID | None = Field(None, description="Of one lot only, instead of an item.")


class Receipt(_Movement):
    """Something arrived, or was baked: a new lot."""

    kind: Literal["receipt"]
    quantity: PositiveQuantity
    received_on: Day | None = Field(None, description="Without it, the day it occurred on.")
    expires_on: Day | None = Field(None, description="Without it, by the item's shelf life.")
    code: Annotated[Text, StringConstraints(max_length=60)] = ""


class Consumption(_OfLot):
    """Something was used: of lots that have not expired, the first to expire first."""

    kind: Literal["consumption"]
    quantity: PositiveQuantity


class Waste(_OfLot):
    """Something was thrown away: expired lots first."""

    kind: Literal["waste"]
    quantity: PositiveQuantity
    cause: Cause | None = Field(None, description="Why; or `waste_reason_id`, of your own.")
    waste_reason_id: UUID | None = None

    @model_validator(mode="after")
    def _one_cause(self) -> Self:
        if self.cause is not None and self.waste_reason_id is not None:
            raise ValueError("name one of cause, waste_reason_id")
        return self


class Transfer(_OfLot):
    """Something was given to another shop or a customer: as with use, what has not expired."""

    kind: Literal["transfer"]
    quantity: PositiveQuantity
    counterparty: Annotated[Text, StringConstraints(min_length=1, max_length=200)] = Field(
        description="Who got it."
    )


class Count(_OfLot):
    """So much is there. What is missing is taken as waste is, a surplus goes to the latest lot."""

    kind: Literal["count"]
    quantity: Quantity


class Adjustment(Fields):
    """A lot's stock was wrong by so much."""

    kind: Literal["adjustment"]
    lot_id: UUID
    quantity: Annotated[Exact, Field(ge=-(10**10), le=10**10, decimal_places=3)]
    unit: AnyUnit | None = None
    occurred_at: Moment | None = Field(None, description="Without it, now.")
    reason: Annotated[Reason, StringConstraints(min_length=1)]


MovementInput = Annotated[
    Receipt | Consumption | Waste | Transfer | Count | Adjustment, Field(discriminator="kind")
]


class MovementOutput(BaseModel):
    """One change of one lot."""

    id: UUID
    lot_id: UUID
    quantity: Exact = Field(description="Negative: it left.")


class StockChange(MovementOutput):
    """A movement of the history, with all that is known of it."""

    posting_id: UUID
    kind: MovementKind
    ingredient_id: UUID | None
    product_id: UUID | None
    recipe_id: UUID | None
    unit: Unit
    occurred_at: datetime
    reason: str
    cause: Cause | None = Field(description="Of waste.")
    waste_reason_id: UUID | None = Field(description="Of waste, one of the bakery's own.")
    counterparty: str = Field(description="Of a transfer: who got it.")
    reverses_id: UUID | None = Field(description="The posting that this one reverses.")


class Reversal(Fields):
    """A posting was a mistake."""

    reason: Annotated[Reason, StringConstraints(min_length=1)]


class Posting(BaseModel):
    """What was posted together: the changes of all lots it touched."""

    id: UUID
    kind: MovementKind
    movements: list[MovementOutput]
