"""Building blocks of what the API takes and gives, and how they meet the columns of a table.

Fields and columns have the same names but for amounts of money: the column `price_minor` holds
minor units, the field `price` a decimal.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Self, TypeVar, cast
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticUndefined
from sqlalchemy import Row

from obrador.kit import money
from obrador.kit.errors import Fault, Invalid
from obrador.kit.names import name_key
from obrador.kit.units import BaseUnit, to_base

_MINOR = "_minor"
_LARGEST_MINOR = 2**31 - 1
_LARGEST_QUANTITY = 10_000_000_000
_SMALLEST_QUANTITY = Decimal("0.001")
D = TypeVar("D", date, datetime)


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL and no lone surrogates; other control characters help nobody."""
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\n\r" for c in text):
        raise ValueError("control characters cannot be kept")
    return text


def _nameable(name: str) -> str:
    if not name_key(name):
        raise ValueError("a name needs a letter, a digit or a sign")
    if len(name_key(name)) > 200:
        raise ValueError("the name is too long")
    return name


def _to_the_minute(at: time) -> time:
    if at.tzinfo or at.second or at.microsecond:
        raise ValueError("give the bakery's local time as HH:MM")
    return at


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _known_unit(unit: str) -> str:
    to_base(Decimal(1), unit)  # raises a ValueError that names the units there are
    return unit


def _distinct(weekdays: list[int]) -> list[int]:
    if len(set(weekdays)) < len(weekdays):
        raise ValueError("a weekday is named twice")
    return sorted(weekdays)


def _in_our_time(day: D) -> D:
    if not 1990 <= day.year < 2100:
        raise ValueError("the year must lie between 1990 and 2099")
    return day


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_storable)]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=200), AfterValidator(_nameable)]
# The pattern stands before the validator; behind one it would be missing from the documentation.
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"),
    AfterValidator(_storable),
]
LocalTime = Annotated[
    time,
    AfterValidator(_to_the_minute),
    PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]
"""A time of day in the bakery's time zone."""
Day = Annotated[date, AfterValidator(_in_our_time)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
Weekdays = Annotated[
    list[Annotated[int, Field(ge=0, le=6)]],
    Field(min_length=1, max_length=7, description="0 is Monday."),
    AfterValidator(_distinct),
]
Exact = Annotated[Decimal, PlainSerializer(_plain, return_type=str, when_used="json")]
"""A decimal number, written as a string so that no reader rounds it."""
Quantity = Annotated[Exact, Field(ge=0, le=_LARGEST_QUANTITY, decimal_places=3)]
PositiveQuantity = Annotated[Exact, Field(gt=0, le=_LARGEST_QUANTITY, decimal_places=3)]
Unit = Annotated[BaseUnit, Field(description="The base unit that quantities are in.")]
AnyUnit = Annotated[
    str,
    StringConstraints(min_length=1, max_length=20),
    AfterValidator(_known_unit),
    Field(description="Such as g, kg, ml, l, piece or dozen; without it, the base unit."),
]
Share = Annotated[Exact, Field(ge=0, lt=1, decimal_places=5)]
Money = Annotated[Exact, Field(ge=0, le=_LARGEST_MINOR, decimal_places=4)]
"""An amount in the bakery's currency."""


class Fields(BaseModel):
    """What a person gives. A subclass with `partial=True` takes any part of the same fields:
    what is given changes, the rest stays."""

    model_config = ConfigDict(extra="forbid")

    def __init_subclass__(cls, partial: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, partial: bool = False, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if partial:
            for field in cls.model_fields.values():
                field.default, field.default_factory = PydanticUndefined, lambda: None
            cls.model_rebuild(force=True)


class Kept(BaseModel):
    """What the API shows of a row. Stored data is not validated again: it must always show."""

    id: UUID

    @classmethod
    def of(cls, row: Any, currency: str = "") -> Self:
        """The row with its amounts, if it has any, as decimals of the currency."""
        values = from_columns(row, currency) | {"currency": currency}
        return cast(
            "Self", cls.model_construct(**{name: values[name] for name in cls.model_fields})
        )


class KeptAssumed(Kept):
    """A row with fields that a starter recipe filled in."""

    assumed: list[str] = Field(description="Fields that nobody has confirmed yet.")


def from_columns(row: Any, currency: str) -> dict[str, Any]:
    """A row's columns as the API shows them."""
    values: dict[str, Any] = {}
    for column, value in _columns(row):
        if column.endswith(_MINOR):
            shown = None if value is None else money.from_minor(value, currency)
            values[field_name(column)] = shown
        elif column == "assumed":
            values[column] = [field_name(name) for name in value]
        else:
            values[column] = value
    return values


def _columns(row: Any) -> Iterable[tuple[str, Any]]:
    """The columns of an object, or of a plain row of the same table, which is faster to read."""
    if isinstance(row, Row):
        return zip(row._fields, row, strict=True)
    return ((column.key, getattr(row, column.key)) for column in row.__table__.columns)


def to_columns(table: type[Any], given: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Given fields as the table keeps them: a name with its key, amounts in minor units.

    Raises:
        Invalid: an amount has more decimals than the currency, or is too large.
    """
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name + _MINOR in table.__table__.columns:
            values[name + _MINOR] = None if value is None else to_minor(value, currency, name)
        else:
            values[name] = value
    if "name_key" in table.__table__.columns and "name" in values:
        values["name_key"] = name_key(values["name"])
    return values


def field_name(column: str) -> str:
    """The name that the API knows a column by."""
    return column.removesuffix(_MINOR)


def to_minor(amount: Decimal, currency: str, where: str) -> int:
    """The amount in minor units, exactly.

    Raises:
        Invalid: it has more decimals than the currency, or is too large; names the field.
    """
    minor = money.to_minor(amount, currency)
    if money.from_minor(minor, currency) != amount:
        raise Invalid(
            "{place}: {amount} has more decimals than {currency} knows.",
            [
                Fault(
                    where,
                    "{currency} knows fewer decimals",
                    currency=currency,
                )
            ],
            place=where,
            amount=amount,
            currency=currency,
        )
    if minor > _LARGEST_MINOR:
        largest = money.from_minor(_LARGEST_MINOR, currency)
        raise Invalid(
            "{place}: {amount} is too large.",
            [
                Fault(
                    where,
                    "at most {largest} {currency}",
                    largest=largest,
                    currency=currency,
                )
            ],
            place=where,
            amount=amount,
        )
    return minor


def in_base_unit(quantity: Decimal, unit: str | None, base: str, where: str) -> Decimal:
    """The quantity in the base unit of what it is of, to three decimals.

    Raises:
        Invalid: the unit measures something else, or the quantity is too small or too large to
            keep; names the field.
    """
    amount, given = to_base(quantity, unit or base)
    if given != base:
        message = f"is measured in {base}, and {unit} cannot be turned into that"
        raise Invalid(
            "{place}: it {reason}.",
            [Fault(where, message)],
            place=where,
            reason=message,
        )
    rounded = amount.quantize(_SMALLEST_QUANTITY)
    if (amount and not rounded) or abs(rounded) > _LARGEST_QUANTITY:
        message = f"{amount} {base} is too small or too large to keep"
        raise Invalid(
            "{place}: {reason}.",
            [Fault(where, message)],
            place=where,
            reason=message,
        )
    return rounded
