"""Tables of what is made, how, on what and by whom."""

from datetime import datetime, time
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    String,
    Time,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from obrador.kit.db import Base, Identified, Named, TenantOwned

Quantity = Numeric(14, 3)
Share = Numeric(6, 5)


class Recipe(Base, Named):
    """How a product or a semi-finished good (dough, filling) is made."""

    __tablename__ = "recipes"

    kind: Mapped[str] = mapped_column(String(20))
    """`product` or `semi_finished`."""
    unit: Mapped[str] = mapped_column(String(5))
    yield_quantity: Mapped[Decimal] = mapped_column(Quantity)
    """What the components as listed give, in `unit`, before waste."""
    waste_share: Mapped[Decimal] = mapped_column(Share, server_default="0")
    batch_min: Mapped[Decimal] = mapped_column(Quantity, server_default="0")
    batch_max: Mapped[Decimal | None] = mapped_column(Quantity)
    batch_multiple: Mapped[Decimal] = mapped_column(Quantity, server_default="1")
    lead_days: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """1: made the day before it is used (overnight doughs)."""
    components: Mapped[list["RecipeComponent"]] = relationship(
        order_by="RecipeComponent.position",
        foreign_keys="[RecipeComponent.tenant_id, RecipeComponent.recipe_id]",
        cascade="all, delete-orphan",
        lazy="raise",
    )
    steps: Mapped[list["RecipeStep"]] = relationship(
        order_by="RecipeStep.position", cascade="all, delete-orphan", lazy="raise"
    )

    __table_args__ = (
        UniqueConstraint("tenant_id", "name_key"),
        CheckConstraint("yield_quantity > 0", name="yield_positive"),
        CheckConstraint("waste_share >= 0 and waste_share < 1", name="waste_share"),
    )


class RecipeComponent(Base, TenantOwned):
    """An ingredient or a semi-finished good that goes into a recipe."""

    __tablename__ = "recipe_components"

    recipe_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    ingredient_id: Mapped[UUID | None] = mapped_column(Uuid)
    component_recipe_id: Mapped[UUID | None] = mapped_column(Uuid)
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    """For `recipes.yield_quantity`, in the base unit of what goes in."""
    waste_share: Mapped[Decimal] = mapped_column(Share, server_default="0")

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "recipe_id"], ["recipes.tenant_id", "recipes.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "component_recipe_id"], ["recipes.tenant_id", "recipes.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "ingredient_id"], ["ingredients.tenant_id", "ingredients.id"]
        ),
        CheckConstraint(
            "num_nonnulls(ingredient_id, component_recipe_id) = 1", name="one_component"
        ),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index(None, "tenant_id", "ingredient_id"),
        Index(None, "tenant_id", "component_recipe_id"),
    )


class RecipeStep(Base, TenantOwned):
    """One step of the process: mix, ferment, shape, proof, bake, cool, ..."""

    __tablename__ = "recipe_steps"

    recipe_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    fixed_minutes: Mapped[int] = mapped_column(Integer)
    minutes_per_unit: Mapped[Decimal] = mapped_column(Numeric(8, 4), server_default="0")
    equipment_kind: Mapped[str | None] = mapped_column(String(40))
    capacity_per_unit: Mapped[Decimal] = mapped_column(Numeric(12, 8), server_default="0")
    """Share of the equipment's capacity (trays, kg) that one unit of the recipe's yield takes."""
    people: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    max_wait_minutes: Mapped[int | None] = mapped_column(Integer)
    """Longest pause before the next step; null: as long as you like."""
    temperature: Mapped[int | None] = mapped_column(SmallInteger)
    """Oven temperature in °C; ovens bake together only what shares it."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "recipe_id"], ["recipes.tenant_id", "recipes.id"], ondelete="CASCADE"
        ),
        CheckConstraint("fixed_minutes >= 0 and minutes_per_unit >= 0", name="duration"),
    )


class Product(Base, Named):
    """What is sold."""

    __tablename__ = "products"

    category: Mapped[str] = mapped_column(String(60), server_default="")
    unit: Mapped[str] = mapped_column(String(5), server_default="piece")
    price_minor: Mapped[int | None] = mapped_column(Integer)
    salvage_minor: Mapped[int] = mapped_column(Integer, server_default="0")
    """What a left-over unit still brings."""
    shelf_life_days: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    recipe_id: Mapped[UUID | None] = mapped_column(Uuid)
    ready_by: Mapped[time | None] = mapped_column(Time)
    """Null: when the shop opens."""
    par_levels: Mapped[list[Decimal] | None] = mapped_column(ARRAY(Quantity))
    """Fewest on the shelf per weekday, from Monday."""
    daily_max: Mapped[Decimal | None] = mapped_column(Quantity)
    issuing: Mapped[str] = mapped_column(String(20), server_default="oldest_first")
    """See `domain.Issuing`."""
    disposal_minor: Mapped[int] = mapped_column(Integer, server_default="0")
    """What throwing away a unit costs."""
    goodwill_minor: Mapped[int] = mapped_column(Integer, server_default="0")
    """What a lost sale costs beside its margin."""
    holding_minor: Mapped[int] = mapped_column(Integer, server_default="0")
    """What a unit costs that is left in the evening."""
    variable_cost_minor: Mapped[int] = mapped_column(Integer, server_default="0")
    """Energy and work of a unit more."""
    min_display: Mapped[Decimal] = mapped_column(Quantity, server_default="0")
    """Fewest on the shelf when a bake is ready."""
    waves: Mapped[list[time]] = mapped_column(ARRAY(Time), server_default="{}")
    """When the second and further bakes of a day are ready."""
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))

    __table_args__ = (
        UniqueConstraint("tenant_id", "name_key"),
        ForeignKeyConstraint(["tenant_id", "recipe_id"], ["recipes.tenant_id", "recipes.id"]),
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("shelf_life_days >= 1", name="shelf_life"),
        CheckConstraint("array_length(par_levels, 1) = 7", name="par_levels_per_weekday"),
        CheckConstraint(
            "least(disposal_minor, goodwill_minor, holding_minor, variable_cost_minor) >= 0",
            name="costs_not_negative",
        ),
        CheckConstraint("min_display >= 0", name="min_display_not_negative"),
    )


class Equipment(Base, Named):
    """Mixers, proofers, ovens, ...: machines of one kind."""

    __tablename__ = "equipment"

    kind: Mapped[str] = mapped_column(String(40))
    count: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    capacity: Mapped[Decimal] = mapped_column(Quantity)
    """Of each one: trays, kg, ..., the measure of `recipe_steps.capacity_per_unit`."""
    available_from: Mapped[time | None] = mapped_column(Time)
    available_to: Mapped[time | None] = mapped_column(Time)
    changeover_minutes: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """Empty time between two bakes of different temperature."""
    out_of_order_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    out_of_order_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        UniqueConstraint("tenant_id", "name_key"),
        CheckConstraint("count >= 1 and capacity > 0", name="usable"),
        Index(
            "ix_equipment_out_of_order",
            "tenant_id",
            postgresql_where=text("out_of_order_from is not null or out_of_order_to is not null"),
        ),
    )


class Shift(Base, Identified):
    """When how many people work."""

    __tablename__ = "shifts"

    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    """0 is Monday."""
    starts: Mapped[time] = mapped_column(Time)
    ends: Mapped[time] = mapped_column(Time)
    """At or before `starts`: on the next day."""
    people: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (CheckConstraint("people >= 1", name="people"),)
