"""Tables of ingredients and stock."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
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
    """receipt, consumption, waste, count or adjustment."""
    quantity: Mapped[Decimal] = mapped_column(Numeric(16, 3))
    """Signed, in the item's base unit."""
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str] = mapped_column(String(300), server_default="")

    __table_args__ = (
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
