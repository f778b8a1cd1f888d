"""What the API gives of the weekly reviews of purchasing."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from obrador.insights.models import PurchaseReview
from obrador.kit.money import from_minor


class JoinedOutput(BaseModel):
    """Two deliveries of a supplier that could be one."""

    supplier_id: UUID
    first_day: date
    second_day: date = Field(description="All that comes then would keep if it came before.")
    fee: Decimal
    holding: Decimal = Field(description="What it costs to keep it in the meantime.")
    saving: Decimal


class ReachableOutput(BaseModel):
    """A price break that some packs more would reach, and that pays."""

    supplier_id: UUID
    ingredient_id: UUID
    pack_size: float
    packs: int
    more_packs: int
    price: Decimal = Field(description="Of a pack, from there on.")
    saving: Decimal = Field(description="Less what it costs to keep them until they are used.")


class DeadOutput(BaseModel):
    """Stock that nobody uses before it expires, or within 90 days."""

    ingredient_id: UUID
    quantity: float
    value: Decimal


class CheaperOutput(BaseModel):
    """An ingredient that another supplier sells for less, its deliveries included."""

    ingredient_id: UUID
    supplier_id: UUID = Field(description="That it comes from.")
    other_id: UUID
    quantity: float
    saving: Decimal


class ReviewOutput(BaseModel):
    """A week's review; each list the most valuable first."""

    id: UUID
    business_date: date
    made_at: datetime
    days: int = Field(description="Of the plan that it looked at.")
    saving: Decimal = Field(
        description="Of all findings but dead stock; they may exclude each other."
    )
    dead_value: Decimal
    currency: str
    joined: list[JoinedOutput]
    reachable: list[ReachableOutput]
    dead: list[DeadOutput]
    cheaper: list[CheaperOutput]

    @classmethod
    def of(cls, row: PurchaseReview, currency: str) -> Self:
        """A stored review with its amounts."""

        def shown(name: str) -> list[dict[str, Any]]:
            return [_amounts(each, currency) for each in row.content[name]]

        return cls(
            id=row.id,
            business_date=row.business_date,
            made_at=row.made_at,
            days=row.content["days"],
            saving=from_minor(row.saving_minor, currency),
            dead_value=from_minor(row.dead_minor, currency),
            currency=currency,
            joined=[JoinedOutput(**each) for each in shown("joined")],
            reachable=[ReachableOutput(**each) for each in shown("reachable")],
            dead=[DeadOutput(**each) for each in shown("dead")],
            cheaper=[CheaperOutput(**each) for each in shown("cheaper")],
        )


def _amounts(facts: dict[str, Any], currency: str) -> dict[str, Any]:
    """Facts whose names end in `_minor` as amounts under the name without that."""
    return {
        name.removesuffix("_minor"): from_minor(value, currency)
        if name.endswith("_minor")
        else value
        for name, value in facts.items()
    }
