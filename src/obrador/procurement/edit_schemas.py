"""What the API takes for purchase plans and orders, and what it tells of edits."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from obrador.kit.schemas import Day, Fields, PositiveQuantity, Text
from obrador.procurement.consequences import (
    BelowMoq,
    BreakInReach,
    CannotCome,
    Consequences,
    Expiring,
    StockOut,
)
from obrador.procurement.drafts import DayEdit, DraftOrder, Edits, LineEdit, NewLine
from obrador.procurement.order_schemas import Terms
from obrador.procurement.plan_schemas import PlanOutput

Packs = Annotated[int, Field(ge=1, le=100_000)]
Reason = Annotated[Text, StringConstraints(min_length=1, max_length=500)]


class RejectInput(Fields):
    """Why a plan is turned down."""

    reason: Reason = Field(
        description="One that says that the data is out of date (`stale`, `outdated`, `old data`,"
        " `datos antiguos`, `desactualizado`, `obsoleto`, and the bakery's own words, see its"
        " policy) has the day planned again at once."
    )


class CancelInput(Fields):
    """Why an order is called off."""

    reason: Reason


class ApproveInput(Fields):
    """How much of a plan is approved."""

    until: Day | None = Field(
        None,
        description="Only orders to be placed until this day, and urgent ones: later ones are"
        " planned anew every morning. Without it, all.",
    )


class LineChangeInput(Fields):
    """What is to be different about a line of a draft order."""

    order_id: UUID
    position: Annotated[int, Field(ge=0, le=32_767)]
    packs: Annotated[int, Field(ge=0, le=100_000)] | None = Field(
        None, description="0 takes the line out."
    )
    supplier_id: UUID | None = Field(
        None, description="As much from somebody else, on the same day, unless `packs` says more."
    )

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.packs is None and self.supplier_id is None:
            raise ValueError("give packs, supplier_id or both")
        return self


class DayChangeInput(Fields):
    """When a draft order is to come."""

    id: UUID
    delivery_on: Day


class NewLineInput(Fields):
    """What is to be bought besides."""

    ingredient_id: UUID
    supplier_id: UUID
    packs: Packs
    delivery_on: Day
    pack_size: PositiveQuantity | None = Field(
        None, description="In the ingredient's base unit; without it, the cheapest by unit."
    )


class PlanChanges(Fields):
    """Edits of a plan: lines first, then days of orders, then what is added. Without any, what
    follows from the plan as it is."""

    lines: Annotated[list[LineChangeInput], Field(max_length=500, default_factory=list)]
    orders: Annotated[list[DayChangeInput], Field(max_length=200, default_factory=list)]
    add: Annotated[list[NewLineInput], Field(max_length=200, default_factory=list)]
    reason: Annotated[Text, StringConstraints(max_length=500)] = ""
    dry_run: bool = Field(False, description="Only tell what would follow.")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        lines = {(each.order_id, each.position) for each in self.lines}
        if len(lines) < len(self.lines) or len({o.id for o in self.orders}) < len(self.orders):
            raise ValueError("a line or an order is named twice")
        return self

    def edits(self) -> Edits:
        """As planning takes them."""
        return Edits(
            lines=tuple(
                LineEdit(each.order_id, each.position, each.packs, each.supplier_id)
                for each in self.lines
            ),
            days=tuple(DayEdit(each.id, each.delivery_on) for each in self.orders),
            new=tuple(
                NewLine(
                    each.ingredient_id,
                    each.supplier_id,
                    each.packs,
                    each.delivery_on,
                    None if each.pack_size is None else float(each.pack_size),
                )
                for each in self.add
            ),
        )


class BelowMinimumOutput(BaseModel):
    """An order that is worth less than its supplier delivers for."""

    order_id: UUID
    goods: Decimal
    minimum: Decimal


class ConsequencesOutput(BaseModel):
    """What follows from the plan's drafts, with stock, prices and open orders as they are now."""

    stock_outs: list[StockOut]
    expiring: list[Expiring] = Field(description="Within the horizon, from stock and deliveries.")
    below_minimum: list[BelowMinimumOutput]
    below_moq: list[BelowMoq]
    breaks_in_reach: list[BreakInReach] = Field(description="More packs would cost no more.")
    cannot_come: list[CannotCome]
    cost: Decimal = Field(description="Goods and fees of all drafts.")
    cost_difference: Decimal = Field(description="Positive: the edit makes it dearer.")
    currency: str

    @classmethod
    def of(cls, told: Consequences, terms: Terms) -> Self:
        """Consequences with their amounts."""
        return cls(
            stock_outs=list(told.stock_outs),
            expiring=list(told.expiring),
            below_minimum=[
                BelowMinimumOutput(
                    order_id=each.order_id,
                    goods=terms.money(each.goods_minor),
                    minimum=terms.money(each.minimum_minor),
                )
                for each in told.below_minimum
            ],
            below_moq=list(told.below_moq),
            breaks_in_reach=list(told.breaks_in_reach),
            cannot_come=list(told.cannot_come),
            cost=terms.money(told.cost_minor),
            cost_difference=terms.money(told.cost_minor - told.cost_before_minor),
            currency=terms.currency,
        )


class DraftLineOutput(BaseModel):
    """A line as it is, or would be."""

    ingredient_id: UUID
    packs: int
    pack_size: float
    pack_price: Decimal
    is_edited: bool = Field(description="By this edit.")


class DraftOutput(BaseModel):
    """A draft order as it is, or would be; without lines, it is called off."""

    id: UUID
    supplier_id: UUID
    delivery_on: date
    goods: Decimal
    lines: list[DraftLineOutput]

    @classmethod
    def of(cls, order: DraftOrder, terms: Terms) -> Self:
        """A draft with its amounts."""
        return cls(
            id=order.id,
            supplier_id=order.supplier_id,
            delivery_on=order.delivery_on,
            goods=terms.money(order.goods_minor),
            lines=[
                DraftLineOutput(
                    ingredient_id=line.ingredient_id,
                    packs=line.packs,
                    pack_size=line.pack_size,
                    pack_price=terms.money(line.pack_price_minor),
                    is_edited=line.is_edited,
                )
                for line in order.lines
            ],
        )


class EditOutput(BaseModel):
    """What became, or with `dry_run` would become, of a plan's drafts."""

    is_saved: bool
    drafts: list[DraftOutput]
    consequences: ConsequencesOutput
    plan: PlanOutput = Field(description="As it is kept.")


class ApproveOutput(BaseModel):
    """A plan, and what came of approving it."""

    plan: PlanOutput
    approved: list[UUID] = Field(description="Orders.")
    waiting: list[UUID] = Field(
        description="Orders over the limit of your role: `may_be_approved_by` says who may. The"
        " plan waits for them in `pending_approval`."
    )
