"""Tables of ingredients and stock."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified, Named
from obrador.kit.ids import new_id


class Ingredient(Base, Named):
    """What is bought."""

    __tablename__ = "ingredients"

    category: Mapped[str] = mapped_column(String(60), server_default="")
    unit: Mapped[str] = mapped_column(String(5))
    """Base unit: g, ml or piece."""
    shelf_life_days: Mapped[int | None] = mapped_column(Integer)
    """From delivery; null: keeps longer than any plan looks ahead."""
    service_level: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    """Null: the tenant's policy."""

    __table_args__ = (
        UniqueConstraint("tenant_id", "name_key"),
        CheckConstraint("shelf_life_days >= 1", name="shelf_life"),
        CheckConstraint("service_level > 0 and service_level < 1", name="service_level"),
    )


class StockLot(Base, Identified):
    """What arrived, or was baked, together and expires together."""

    __tablename__ = "stock_lots"

    ingredient_id: Mapped[UUID | None] = mapped_column(Uuid)
    product_id: Mapped[UUID | None] = mapped_column(Uuid)
    recipe_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Of a semi-finished good: a dough or filling that was made ahead."""
    batch_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The batch that made it; null: it was delivered, or entered by hand."""
    counted_on: Mapped[date | None] = mapped_column(Date)
    """Day of its last count."""
    code: Mapped[str] = mapped_column(String(60), server_default="")
    received_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    """Last day on which it may be used; null: it keeps."""
    remaining: Mapped[Decimal] = mapped_column(Numeric(16, 3))
    """Always the sum of the lot's movements, written with them in one statement."""

    @property
    def item_id(self) -> UUID:
        """What it is of: an ingredient, a product, or the recipe of a semi-finished good."""
        return self.ingredient_id or self.product_id or self.recipe_id or self.id

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "ingredient_id"], ["ingredients.tenant_id", "ingredients.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "product_id"], ["products.tenant_id", "products.id"]),
        ForeignKeyConstraint(["tenant_id", "recipe_id"], ["recipes.tenant_id", "recipes.id"]),
        CheckConstraint("num_nonnulls(ingredient_id, product_id, recipe_id) = 1", name="one_item"),
        CheckConstraint("remaining >= 0", name="never_negative"),
        Index(
            "ix_stock_lots_in_stock",
            "tenant_id",
            "ingredient_id",
            "expires_on",
            postgresql_where=text("remaining > 0"),
        ),
        Index(
            "ix_stock_lots_made_in_stock",
            "tenant_id",
            text("coalesce(product_id, recipe_id)"),
            postgresql_where=text("remaining > 0 and ingredient_id is null"),
        ),
    )


class StockMovement(Base, Identified):
    """One change of one lot. Movements are never altered."""

    __tablename__ = "stock_movements"

    lot_id: Mapped[UUID] = mapped_column(Uuid)
    posting_id: Mapped[UUID] = mapped_column(
        Uuid, default=new_id, server_default=text("gen_random_uuid()")
    )
    """Movements that were posted together: one use may draw from several lots."""
    kind: Mapped[str] = mapped_column(String(20))
    """See `domain.MovementKind`. What reverses a posting is of the same kind, with the other sign,
    so that sums of a kind are right."""
    quantity: Mapped[Decimal] = mapped_column(Numeric(16, 3))
    """Signed, in the item's base unit."""
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str] = mapped_column(String(300), server_default="")
    cause: Mapped[str | None] = mapped_column(String(40))
    """Of waste, one of `domain.Cause`; null: one of the bakery's own, or nobody said."""
    waste_reason_id: Mapped[UUID | None] = mapped_column(Uuid)
    counterparty: Mapped[str] = mapped_column(String(200), server_default="")
    """Of a transfer: who got it."""
    reverses_id: Mapped[UUID | None] = mapped_column(Uuid)
    """The posting that was a mistake."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "waste_reason_id"], ["waste_reasons.tenant_id", "waste_reasons.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "lot_id"],
            ["stock_lots.tenant_id", "stock_lots.id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("quantity <> 0", name="moves_something"),
        Index(None, "tenant_id", "lot_id"),
        Index(None, "tenant_id", "occurred_at"),
        Index(None, "tenant_id", "posting_id"),
    )


class WasteReason(Base, Named):
    """A reason for waste of a bakery's own, beside those of `domain.Cause`."""

    __tablename__ = "waste_reasons"

    __table_args__ = (UniqueConstraint("tenant_id", "name_key"),)


class StockCount(Base, Identified):
    """A sheet that stock is counted on."""

    __tablename__ = "stock_counts"

    scope: Mapped[str] = mapped_column(String(10))
    """all, category or due."""
    category: Mapped[str] = mapped_column(String(60), server_default="")
    is_blind: Mapped[bool] = mapped_column(Boolean)
    """Who counts does not see what is expected."""
    status: Mapped[str] = mapped_column(String(10), server_default="counting")
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CountLine(Base, Identified):
    """One lot of a sheet, or an item of which there is none."""

    __tablename__ = "stock_count_lines"

    count_id: Mapped[UUID] = mapped_column(Uuid)
    lot_id: Mapped[UUID | None] = mapped_column(Uuid)
    """Null: nothing is expected; what is found becomes a lot."""
    ingredient_id: Mapped[UUID | None] = mapped_column(Uuid)
    product_id: Mapped[UUID | None] = mapped_column(Uuid)
    recipe_id: Mapped[UUID | None] = mapped_column(Uuid)
    code: Mapped[str] = mapped_column(String(60), server_default="")
    expires_on: Mapped[date | None] = mapped_column(Date)
    expected: Mapped[Decimal] = mapped_column(Numeric(16, 3), server_default="0")
    """What stock held, on paper, when it was counted; before that, when the sheet was made."""
    counted: Mapped[Decimal | None] = mapped_column(Numeric(16, 3))
    """Null: not yet; such a lot is left as it is."""
    counted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    counted_by: Mapped[str] = mapped_column(String(254), server_default="")
    is_recount: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """Somebody wants it counted again."""
    posted: Mapped[Decimal | None] = mapped_column(Numeric(16, 3))
    """By how much its approval has changed stock; null: it has not been approved."""
    value_minor: Mapped[int | None] = mapped_column(Integer)
    """Of what was posted; null: no price is known."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "count_id"],
            ["stock_counts.tenant_id", "stock_counts.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "lot_id"],
            ["stock_lots.tenant_id", "stock_lots.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "ingredient_id"],
            ["ingredients.tenant_id", "ingredients.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["products.tenant_id", "products.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "recipe_id"],
            ["recipes.tenant_id", "recipes.id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("counted >= 0", name="never_negative"),
        CheckConstraint("num_nonnulls(ingredient_id, product_id, recipe_id) = 1", name="one_item"),
        Index("uq_stock_count_lines_lot", "tenant_id", "count_id", "lot_id", unique=True),
        Index(
            "ix_stock_count_lines_counted",
            "tenant_id",
            "lot_id",
            "counted_at",
            postgresql_where=text("posted is not null"),
        ),
    )
