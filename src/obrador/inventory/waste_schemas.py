"""What the API takes and gives of waste."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from obrador.inventory.domain import Cause
from obrador.kit.schemas import Exact, Fields, Kept, Name, Unit


class WasteReasonInput(Fields):
    """A reason of the bakery's own."""

    name: Name


class WasteReasonChanges(WasteReasonInput, partial=True):
    """What to change of a reason."""


class WasteReasonOutput(Kept, WasteReasonInput):
    """A reason as it is."""


class ReasonChoice(BaseModel):
    """A reason that can be named with waste: by `cause`, or by `waste_reason_id`."""

    cause: Cause | None
    waste_reason_id: UUID | None = Field(description="One of the bakery's own.")
    name: str


class WasteLine(BaseModel):
    """What was wasted of an item, in a week, for a reason."""

    week: date = Field(description="Its Monday.")
    item_id: UUID
    item: str
    cause: Cause | None
    waste_reason_id: UUID | None
    reason: str
    quantity: Exact
    unit: Unit
    value: Exact | None = Field(description="At what it costs now; null: no price is known.")


class WasteTotal(BaseModel):
    """What waste of one reason, item or week was worth, as far as prices are known."""

    name: str
    value: Exact


class WasteReport(BaseModel):
    """What was wasted over some days."""

    first: date
    last: date
    currency: str
    value: Exact
    by_reason: list[WasteTotal] = Field(description="The dearest first, as are the others.")
    by_item: list[WasteTotal]
    by_week: list[WasteTotal] = Field(description="By time; named by their Mondays.")
    lines: list[WasteLine]
