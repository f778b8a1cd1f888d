"""Building blocks of what the API takes and gives, and how they meet the columns of a table.

Fields and columns have the same names but for amounts of money: the column `price_minor` holds
minor units, the field `price` a decimal.
"""

import unicodedata
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticUndefined

from obrador.kit import money
from obrador.kit.db import Base
from obrador.kit.errors import Fault, Invalid
from obrador.kit.names import name_key

_MINOR = "_minor"
_LARGEST_MINOR = 2**31 - 1
_LARGEST_QUANTITY = 99_999_999_999


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL and no lone surrogates; other control characters help nobody."""
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\n\r" for c in text):
        raise ValueError("control characters cannot be kept")
    return text


def _nameable(name: str) -> str:
    if not name_key(name):
        raise ValueError("a name needs a letter or a digit")
    if len(name_key(name)) > 200:
        raise ValueError("the name is too long")
    return name


def _to_the_minute(at: time) -> time:
    if at.tzinfo or at.second or at.microsecond:
        raise ValueError("give the bakery's local time as HH:MM")
    return at


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _distinct(weekdays: list[int]) -> list[int]:
    if len(set(weekdays)) < len(weekdays):
        raise ValueError("a weekday is named twice")
    return sorted(weekdays)


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_storable)]
Name = Annotated[Text, StringConstraints(min_length=1, max_length=200), AfterValidator(_nameable)]
LocalTime = Annotated[
    time,
    AfterValidator(_to_the_minute),
    PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]
"""A time of day in the bakery's time zone."""
Weekdays = Annotated[
    list[Annotated[int, Field(ge=0, le=6)]],
    Field(min_length=1, max_length=7, description="0 is Monday."),
    AfterValidator(_distinct),
]
Exact = Annotated[Decimal, PlainSerializer(_plain, return_type=str, when_used="json")]
"""A decimal number, written as a string so that no reader rounds it."""
Quantity = Annotated[Exact, Field(ge=0, le=_LARGEST_QUANTITY, decimal_places=3)]
PositiveQuantity = Annotated[Exact, Field(gt=0, le=_LARGEST_QUANTITY, decimal_places=3)]
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
    def of(cls, row: Base, currency: str) -> Self:
        """The row with its amounts as decimals of the currency."""
        values = from_columns(row, currency) | {"currency": currency}
        return cls.model_construct(**{name: values[name] for name in cls.model_fields})


class KeptAssumed(Kept):
    """A row with fields that a starter recipe filled in."""

    assumed: list[str] = Field(description="Fields that nobody has confirmed yet.")


def from_columns(row: Base, currency: str) -> dict[str, Any]:
    """A row's columns as the API shows them."""
    values: dict[str, Any] = {}
    for column in row.__table__.columns:
        value = getattr(row, column.key)
        if column.key.endswith(_MINOR) and value is not None:
            value = money.from_minor(value, currency)
        elif column.key == "assumed":
            value = [field_name(name) for name in value]
        values[field_name(column.key)] = value
    return values


def to_columns(table: type[Base], given: Mapping[str, Any], currency: str) -> dict[str, Any]:
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
            f"{where}: {amount} has more decimals than {currency} knows.",
            [Fault(where, f"{currency} knows fewer decimals")],
        )
    if minor > _LARGEST_MINOR:
        largest = money.from_minor(_LARGEST_MINOR, currency)
        raise Invalid(
            f"{where}: {amount} is too large.", [Fault(where, f"at most {largest} {currency}")]
        )
    return minor
