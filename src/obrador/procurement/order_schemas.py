"""What the API gives of purchase orders. Amounts are in the bakery's currency."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from obrador.authz.roles import Role
from obrador.kit.money import from_minor
from obrador.plan_changes import Change
from obrador.procurement.domain import LineReason, StoredOrder, StoredPlan
from obrador.procurement.limits import Limits, approvers
from obrador.procurement.models import PurchaseOrder

OrderStatus = Literal["draft", "approved", "sent", "partially_received", "received", "cancelled"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What of the bakery decides how its orders are shown."""

    currency: str
    limits: Limits

    def money(self, minor: int) -> Decimal:
        """Minor units as an amount."""
        return from_minor(minor, self.currency)


class Planned(BaseModel):
    """How a line was planned before a person edited it."""

    packs: int
    supplier_id: UUID
    delivery_on: date


class EditedOutput(BaseModel):
    """That a person has edited a line."""

    by: str = Field(description="Empty: the person at the machine itself.")
    at: datetime
    reason: str
    planned: Planned | None = Field(description="Null: the line was added.")


class LineOutput(BaseModel):
    """So many packs of an ingredient."""

    position: int = Field(description="By which edits name it.")
    ingredient_id: UUID
    packs: int
    pack_size: float = Field(description="In the ingredient's base unit.")
    pack_price: Decimal
    received: float = Field(description="In the ingredient's base unit.")
    edited: EditedOutput | None = Field(description="Null: it is as it was planned.")


class ReasonedLine(LineOutput):
    """So many packs, and why."""

    reason: LineReason | None = Field(description="Null: it was ordered outside a plan.")


class _Order(BaseModel):
    id: UUID
    plan_id: UUID | None = Field(description="Null: placed outside a plan.")
    supplier_id: UUID
    status: OrderStatus
    version: int = Field(description="Also its `ETag`: send it as `If-Match` to decide on it.")
    order_on: date = Field(description="Last day on which it can be placed for this delivery.")
    delivery_on: date
    goods: Decimal
    fee: Decimal
    currency: str
    is_urgent: bool
    below_minimum: bool
    may_be_approved_by: list[Role] = Field(description="Roles whose limit its amount is within.")


class OrderOutput(_Order):
    """An order in a list."""

    lines: list[LineOutput]

    @classmethod
    def of_row(cls, row: PurchaseOrder, terms: Terms) -> Self:
        """A row with its lines."""
        return cls(**_columns(row, terms), lines=_lines(row, terms))


class ChangeOutput(BaseModel):
    """Something that became of a plan, or of one of its orders."""

    order_id: UUID | None = Field(description="Null: the plan itself changed.")
    version: int
    from_status: str
    to_status: str = Field(description="The same as before: orders were edited.")
    at: datetime
    by: str = Field(description="`system`: Obrador itself; empty: the person at its machine.")
    reason: str
    facts: dict[str, Any]

    @classmethod
    def of(cls, change: Change) -> Self:
        """A stored change."""
        return cls(
            order_id=change.part_id,
            version=change.version,
            from_status=change.from_status,
            to_status=change.to_status,
            at=change.at,
            by=change.by,
            reason=change.reason,
            facts=dict(change.facts),
        )


class ReasonedOrder(_Order):
    """An order of a plan, with reasons."""

    lines: list[ReasonedLine]

    @classmethod
    def of_plan(cls, plan: StoredPlan, stored: StoredOrder, terms: Terms) -> Self:
        """A stored order."""
        return cls(**_order_values(plan, stored, terms))


class OrderDetail(ReasonedOrder):
    """An order with reasons and what became of it."""

    history: list[ChangeOutput]

    @classmethod
    def of(
        cls, plan: StoredPlan, stored: StoredOrder, history: Iterable[Change], terms: Terms
    ) -> Self:
        """A stored order of a plan."""
        return cls(
            **_order_values(plan, stored, terms),
            history=[ChangeOutput.of(each) for each in history],
        )

    @classmethod
    def outside_plan(cls, row: PurchaseOrder, history: Iterable[Change], terms: Terms) -> Self:
        """One that no plan has made."""
        return cls(
            **_columns(row, terms),
            lines=[ReasonedLine(**dict(line), reason=None) for line in _lines(row, terms)],
            history=[ChangeOutput.of(each) for each in history],
        )


def _columns(row: PurchaseOrder, terms: Terms) -> dict[str, Any]:
    same = (
        "id", "plan_id", "supplier_id", "status", "version", "order_on", "delivery_on",
        "is_urgent", "below_minimum",
    )  # fmt: skip
    return {name: getattr(row, name) for name in same} | _amounts(
        row.goods_minor, row.fee_minor, terms
    )


def _amounts(goods_minor: int, fee_minor: int, terms: Terms) -> dict[str, Any]:
    return {
        "goods": terms.money(goods_minor),
        "fee": terms.money(fee_minor),
        "currency": terms.currency,
        "may_be_approved_by": list(approvers(goods_minor + fee_minor, terms.limits)),
    }


def _lines(row: PurchaseOrder, terms: Terms) -> Sequence[LineOutput]:
    return [
        LineOutput(
            position=line.position,
            ingredient_id=line.ingredient_id,
            packs=line.packs,
            pack_size=float(line.pack_size),
            pack_price=terms.money(line.pack_price_minor),
            received=float(line.received),
            edited=None if line.edited is None else EditedOutput.model_validate(line.edited),
        )
        for line in row.lines
    ]


def _order_values(plan: StoredPlan, stored: StoredOrder, terms: Terms) -> dict[str, Any]:
    order = stored.order
    lines = zip(order.lines, stored.positions, stored.received, stored.edits, strict=True)
    return {
        "id": stored.id,
        "plan_id": plan.id,
        "supplier_id": order.supplier_id,
        "status": stored.status,
        "version": stored.version,
        "order_on": order.order_on,
        "delivery_on": order.delivery_on,
        "is_urgent": order.is_urgent,
        "below_minimum": order.below_minimum,
        **_amounts(order.goods_minor, order.fee_minor, terms),
        "lines": [
            ReasonedLine(
                position=position,
                ingredient_id=line.ingredient_id,
                packs=line.packs,
                pack_size=line.pack_size,
                pack_price=terms.money(line.pack_price_minor),
                received=received,
                edited=None if mark is None else EditedOutput.model_validate(mark),
                reason=line.reason,
            )
            for line, position, received, mark in lines
        ],
    }
