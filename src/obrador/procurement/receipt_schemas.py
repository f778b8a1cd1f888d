"""What the API takes and gives of receipts."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from obrador.kit.schemas import AnyUnit, Day, Fields, Money, PositiveQuantity, Quantity, Text

Note = Annotated[Text, StringConstraints(max_length=500)]
ShortText = Annotated[Text, StringConstraints(max_length=60)]


class LotReceipt(Fields):
    """A lot of what was accepted."""

    quantity: PositiveQuantity
    unit: AnyUnit | None = None
    expires_on: Day | None = Field(
        None, description="Last day of use; without it, by the ingredient's shelf life."
    )
    code: ShortText = Field("", description="Of the supplier.")


class LineReceipt(Fields):
    """What came of one line of the order."""

    position: Annotated[int, Field(ge=0, le=32_767)] = Field(description="Of the order's line.")
    lots: Annotated[list[LotReceipt], Field(default_factory=list, max_length=100)]
    refused: Quantity = Field(Decimal(0), description="Damaged, expired or wrong; sent back.")
    refused_unit: AnyUnit | None = None
    refused_reason: Annotated[Text, StringConstraints(max_length=300)] = ""
    rest_will_not_come: bool = Field(
        False, description="What is still outstanding afterwards is cancelled."
    )
    pack_price: Money | None = Field(
        None, description="Charged for a pack, where it is not what was ordered."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.lots or self.refused or self.rest_will_not_come):
            raise ValueError("say what came, what was refused, or that the rest will not come")
        return self


class ReceiptInput(Fields):
    """What came."""

    lines: Annotated[list[LineReceipt], Field(min_length=1, max_length=500)] | None = Field(
        None, description="Without them, all that is outstanding came as it was ordered."
    )
    received_on: Day | None = Field(None, description="Without it, today.")
    document: ShortText = Field("", description="Number of the delivery note or invoice.")
    note: Note = ""
    accept_surplus: bool = Field(False, description="More than was ordered came and is kept.")
    accept_expired: bool = Field(False, description="Lots that have expired are kept all the same.")
    update_prices: bool = Field(False, description="The price list takes over what was charged.")

    @model_validator(mode="after")
    def _each_line_once(self) -> Self:
        positions = [line.position for line in self.lines or ()]
        if len(set(positions)) < len(positions):
            raise ValueError("a line is named twice: give its lots together")
        return self


class ReceiptOutput(BaseModel):
    """One arrival of an order."""

    id: UUID
    order_id: UUID
    received_on: date
    received_at: datetime
    received_by: str
    document: str
    note: str
    lines: list[dict[str, Any]] = Field(
        description="Of each line: lots, accepted, surplus, refused with its reason, what will not"
        " come, and what a pack was ordered and charged at."
    )


class ReceivedOutput(BaseModel):
    """A receipt, and what it made of the order."""

    receipt: ReceiptOutput
    order_status: str
    outstanding: dict[str, str] = Field(
        description="Still to come, by position, in the ingredient's base unit."
    )
