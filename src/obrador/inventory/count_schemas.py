"""What the API takes and gives of counting sheets."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from obrador.inventory.schemas import Reason
from obrador.kit.schemas import AnyUnit, Day, Exact, Fields, Moment, Quantity, Text, Unit

Scope = Literal["all", "category", "due"]
CountStatus = Literal["counting", "approved", "cancelled"]


class CountInput(Fields):
    """What to count."""

    scope: Scope = Field(
        "all",
        description="`due`: what was never counted, or not for a week (what makes up 80 % of the"
        " value of use), a month (the next 15 %) or three months (the rest).",
    )
    category: Annotated[Text, StringConstraints(max_length=60)] = Field(
        "", description="Of ingredients and products, for the scope `category`."
    )
    most_items: Annotated[int, Field(ge=1, le=1000)] = Field(
        20, description="For the scope `due`: no more than so many."
    )
    is_blind: bool = Field(False, description="Who counts does not see what is expected.")

    @model_validator(mode="after")
    def _has_category(self) -> Self:
        if (self.scope == "category") != bool(self.category):
            raise ValueError("name a category for the scope category, and for no other")
        return self


class CountEntry(Fields):
    """What was counted."""

    counted: Quantity
    unit: AnyUnit | None = None
    counted_at: Moment | None = Field(None, description="Without it, now.")


class FoundInput(CountEntry):
    """What was found although no line of the sheet has it."""

    item_id: UUID = Field(
        description="An ingredient, a product, or the recipe of a dough or filling."
    )
    code: Annotated[Text, StringConstraints(max_length=60)] = ""
    expires_on: Day | None = None


class RecountInput(Fields):
    """What to count again."""

    line_ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)]


class CloseInput(Fields):
    """Why, or what is to be said of it."""

    reason: Reason = ""


class EntryOutput(BaseModel):
    """A line as it was counted."""

    line_id: UUID
    counted: Exact | None
    unit: Unit
    counted_at: datetime | None
    counted_by: str


class CountSummary(BaseModel):
    """A sheet in a list."""

    id: UUID
    scope: Scope
    category: str
    is_blind: bool
    status: CountStatus
    made_at: datetime
    closed_at: datetime | None
    lines: int
    counted: int = Field(description="Lines that have been counted.")


class CountLineOutput(BaseModel):
    """A lot to count, or an item of which nothing is expected."""

    id: UUID
    item_id: UUID
    item: str
    lot_id: UUID | None = Field(description="Null: what is found becomes a lot.")
    code: str
    expires_on: date | None
    unit: Unit
    expected: Exact | None = Field(description="Null while a blind sheet is being counted.")
    counted: Exact | None = Field(description="Null: not yet. Such a lot stays as it is.")
    counted_at: datetime | None
    counted_by: str
    is_recount: bool = Field(description="Somebody wants it counted again.")


class CountOutput(CountSummary):
    """A sheet, its lines by item and expiry."""

    items: list[CountLineOutput]


class Difference(BaseModel):
    """A line that was counted otherwise than expected."""

    line_id: UUID
    item_id: UUID
    item: str
    code: str
    unit: Unit
    expected: Exact = Field(description="What stock held, on paper, when it was counted.")
    counted: Exact
    difference: Exact
    value: Exact | None = Field(description="At what it costs now; null: no price is known.")
    posted: Exact | None = Field(
        description="What approval changed; smaller than the difference where the stock had been"
        " used meanwhile. Null: not approved."
    )
    is_recount: bool


class CountEvent(BaseModel):
    """Something that was done with a sheet, and who did it."""

    at: datetime
    by: str
    status: str
    line_id: UUID | None
    counted: Exact | None
    expected: Exact | None
    what: str = Field(description="made, counted, recount, approved or cancelled.")
    reason: str


class Differences(BaseModel):
    """What approval would post, or has posted."""

    id: UUID
    status: CountStatus
    currency: str
    value: Exact = Field(description="What stock gains, or loses if negative.")
    moved_value: Exact = Field(description="All differences without their signs.")
    limit: Exact = Field(description="More than that an owner approves.")
    not_counted: int
    items: list[Difference] = Field(description="The dearest first.")
    history: list[CountEvent]
