"""What the API takes and gives of suppliers."""

from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from obrador.kit.money import from_minor
from obrador.kit.schemas import (
    Email,
    Exact,
    Fields,
    KeptAssumed,
    LocalTime,
    Money,
    Name,
    PositiveQuantity,
    Weekdays,
)
from obrador.suppliers.models import SupplierPrice


class SupplierInput(Fields):
    """A supplier."""

    name: Name
    email: Email | None = Field(None, description="Where orders are sent to.")
    language: Literal["en", "es"] | None = Field(
        None, description="What orders are written in; without it, the bakery's own."
    )
    lead_time_days: Annotated[int, Field(ge=0, le=365)] = Field(
        description="From the order day to the delivery day."
    )
    lead_time_sd_days: Annotated[Exact, Field(ge=0, le=365, decimal_places=2)] = Decimal(0)
    delivery_weekdays: Weekdays
    order_cutoff: LocalTime | None = Field(
        None, description="An order placed later counts as the next day's."
    )
    min_order: Money = Decimal(0)
    delivery_fee: Money = Decimal(0)


class SupplierChanges(SupplierInput, partial=True):
    """What to change of a supplier."""


class SupplierOutput(KeptAssumed, SupplierInput):
    """A supplier as it is."""

    currency: str


class PriceInput(Fields):
    """From `min_packs` packs on, each pack of `pack_size` base units costs `pack_price`."""

    ingredient_id: UUID
    pack_size: PositiveQuantity = Field(description="In the ingredient's base unit.")
    min_packs: Annotated[int, Field(ge=1, le=32_767)] = 1
    pack_price: Money


class PriceOutput(PriceInput):
    """A line of a price list."""

    unit: str = Field(description="Of the pack size.")
    currency: str

    @classmethod
    def of(cls, row: SupplierPrice, currency: str, unit: str) -> Self:
        """The line with its price as a decimal of the currency."""
        return cls(
            ingredient_id=row.ingredient_id,
            pack_size=row.pack_size,
            min_packs=row.min_packs,
            pack_price=from_minor(row.pack_price_minor, currency),
            unit=unit,
            currency=currency,
        )


class PriceListInput(Fields):
    """A supplier's whole price list."""

    prices: Annotated[list[PriceInput], Field(max_length=5_000)]


class PriceListOutput(Fields):
    """A supplier's whole price list, by ingredient, pack and break."""

    prices: list[PriceOutput]
