"""What the API takes and gives of sales and firm orders."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, time
from typing import Annotated, Literal, Self, cast
from uuid import UUID

from pydantic import (
    BaseModel,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from obrador.kit.errors import Fault, Invalid
from obrador.kit.schemas import (
    Day,
    Exact,
    Fields,
    Kept,
    LocalTime,
    Moment,
    Money,
    Name,
    PositiveQuantity,
    Text,
)
from obrador.sales.importing import ImportReport, Kind
from obrador.sales.models import CustomerOrder
from obrador.sales.repository import SalesPlace

Code = Annotated[Text, StringConstraints(max_length=60)]
SoldQuantity = Annotated[Exact, Field(ge=0, le=9_999_999, decimal_places=3)]


class SaleInput(Fields):
    """A line of a receipt, which has `sold_at`, or a day's total, which has `date`."""

    product_id: UUID
    sold_at: Moment | None = None
    date: Day | None = None
    quantity: SoldQuantity
    price: Money | None = Field(None, description="Per unit.")
    location: Code = ""
    receipt: Code = Field("", description="Tells equal lines of different receipts apart.")
    sold_out_at: LocalTime | None = Field(None, description="None was left from then on.")

    @model_validator(mode="after")
    def _line_or_total(self) -> Self:
        self.when()
        if self.sold_out_at is not None and self.date is None:
            raise ValueError("sold_out_at belongs to a day's total")
        return self

    def when(self) -> Moment | Day:
        """The moment of a line, or the day of a total.

        Raises:
            ValueError: it has neither or both, which no sale that was validated has.
        """
        if self.sold_at is not None and self.date is None:
            return self.sold_at
        if self.date is not None and self.sold_at is None:
            return self.date
        raise ValueError("give either sold_at or date")


class SalesInput(Fields):
    """Sales: all of them lines, or all of them totals."""

    sales: Annotated[list[SaleInput], Field(min_length=1, max_length=1_000)]


class SalesOutput(BaseModel):
    """What became of sales that were sent."""

    new: int
    changed: int
    unchanged: int = Field(description="Known already.")


class DailySaleOutput(BaseModel):
    """What one product sold at one location on one day."""

    date: date
    product_id: UUID
    location: str
    quantity: Exact
    price: Exact | None = Field(description="Mean per unit.")
    currency: str
    sold_out_at: time | None
    source: Literal["total", "lines"] = Field(description="Given as a total, or added up.")


class DailySalesPage(BaseModel):
    """Some days' sales, by date, product and location."""

    items: list[DailySaleOutput]
    next_cursor: str | None = Field(description="Null on the last page.")


class FaultOutput(BaseModel):
    """Why a row was rejected."""

    where: str = Field(description="Such as `line 12`.")
    message: str


class ImportOutput(BaseModel):
    """What an import did, or in a dry run would do."""

    kind: Kind
    columns: dict[str, str] = Field(description="Field to column, as they were read.")
    rows: int
    new: int
    changed: int
    unchanged: int
    ignored: int
    rejected: int
    faults: list[FaultOutput] = Field(description="Of the first thousand rejected rows.")
    products_created: list[str]
    first_day: date | None
    last_day: date | None
    is_day_order_assumed: bool = Field(
        description="Day/month and month/day both fit all dates that were looked at."
    )
    dry_run: bool

    @classmethod
    def of(cls, report: ImportReport) -> Self:
        """The report as JSON."""
        return cls.model_validate(report, from_attributes=True)


class OrderLineFields(Fields):
    """How much of a product is ordered."""

    product_id: UUID
    quantity: PositiveQuantity


class OrderInput(Fields):
    """A firm order of a customer."""

    customer: Name
    due_date: Day
    due_time: LocalTime | None = None
    in_forecast: bool = Field(
        False,
        description="Sales hold this customer's purchases, so the forecast has them already.",
    )
    lines: Annotated[list[OrderLineFields], Field(min_length=1, max_length=500)]
    is_cancelled: bool = False

    @model_validator(mode="after")
    def _every_product_once(self) -> Self:
        # A change that leaves the lines alone has none.
        products = [line.product_id for line in self.lines or []]
        if len(set(products)) < len(products):
            raise ValueError("lines name a product twice: add its quantities up")
        return self


class OrderChanges(OrderInput, partial=True):
    """What to change of an order."""


class OrderOutput(Kept, OrderInput):
    """An order as it is."""

    @classmethod
    def of(cls, row: CustomerOrder, currency: str = "") -> Self:
        """The order with its lines."""
        lines = [
            OrderLineFields.model_construct(product_id=line.product_id, quantity=line.quantity)
            for line in row.lines
        ]
        own = {name: getattr(row, name) for name in cls.model_fields if name != "lines"}
        return cast("Self", cls.model_construct(**own, lines=lines))


_PLACE: TypeAdapter[SalesPlace] = TypeAdapter(SalesPlace)
_TEXTS: TypeAdapter[dict[str, str]] = TypeAdapter(dict[Text, Text])


def to_cursor(place: SalesPlace) -> str:
    """The place as it stands in a URL."""
    return urlsafe_b64encode(_PLACE.dump_json(place)).decode()


def from_cursor(cursor: str | None) -> SalesPlace | None:
    """The place that a cursor names.

    Raises:
        Invalid: it is none of ours.
    """
    if cursor is None:
        return None
    try:
        return _PLACE.validate_json(urlsafe_b64decode(cursor))
    except ValueError as error:
        message = "is not the next_cursor of a page before"
        raise Invalid("cursor: {reason}.", [Fault("cursor", message)], reason=message) from error


def texts(given: str, field: str) -> dict[str, str]:
    """A form field that holds a JSON object of texts.

    Raises:
        Invalid: it holds something else.
    """
    try:
        return _TEXTS.validate_json(given or "{}")
    except ValidationError as error:
        example = json.dumps({"quantity": "Umsatz"})
        message = f"is not a JSON object of texts such as {example}"
        raise Invalid(
            "{field}: {reason}.",
            [Fault(field, message)],
            field=field,
            reason=message,
        ) from error
