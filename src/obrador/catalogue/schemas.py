"""What the API takes and gives of products, recipes, equipment and shifts."""

from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from obrador.catalogue.domain import MOST_WAVES, Issuing, StepKind
from obrador.kit.schemas import (
    AnyUnit,
    Exact,
    Fields,
    Kept,
    KeptAssumed,
    LocalTime,
    Moment,
    Money,
    Name,
    PositiveQuantity,
    Quantity,
    Share,
    Text,
    Unit,
    Weekdays,
)

Category = Annotated[Text, StringConstraints(max_length=60)]
EquipmentKind = Annotated[Text, StringConstraints(min_length=1, max_length=40)]
Minutes = Annotated[int, Field(ge=0, le=7 * 1440)]


class ProductInput(Fields):
    """What is sold."""

    name: Name
    category: Category = ""
    unit: Unit = "piece"
    price: Money | None = None
    salvage: Money = Field(Decimal(0), description="What a left-over unit still brings.")
    shelf_life_days: Annotated[int, Field(ge=1, le=3650)] = 1
    recipe_id: UUID | None = None
    ready_by: LocalTime | None = Field(None, description="Without it, when the shop opens.")
    par_levels: Annotated[list[Quantity], Field(min_length=7, max_length=7)] | None = Field(
        None, description="Fewest on the shelf per weekday, from Monday."
    )
    daily_max: Quantity | None = None
    issuing: Issuing = Field(
        "oldest_first", description="Which units are sold while several days' bakes lie there."
    )
    disposal: Money = Field(Decimal(0), description="What throwing away a unit costs.")
    goodwill: Money = Field(
        Decimal(0), description="What a customer who finds none costs, beside the margin."
    )
    holding: Money = Field(
        Decimal(0), description="What a unit costs that is left in the evening, each day."
    )
    variable_cost: Money = Field(
        Decimal(0), description="Energy and work that a unit more takes, beside its ingredients."
    )
    min_display: Quantity = Field(
        Decimal(0), description="Fewest that lie on the shelf when a bake is ready."
    )
    waves: Annotated[list[LocalTime], Field(max_length=MOST_WAVES)] = Field(
        default_factory=list,
        description="When further bakes of the day are ready, in order, after `ready_by`.",
    )
    is_active: bool = True


class ProductChanges(ProductInput, partial=True):
    """What to change of a product."""


class ProductOutput(KeptAssumed, ProductInput):
    """A product as it is."""

    currency: str


class ComponentInput(Fields):
    """What goes into a recipe: an ingredient, or what another recipe makes."""

    ingredient_id: UUID | None = None
    recipe_id: UUID | None = None
    quantity: PositiveQuantity
    unit: AnyUnit | None = None
    waste_share: Share = Decimal(0)

    @model_validator(mode="after")
    def _one_item(self) -> Self:
        if (self.ingredient_id is None) == (self.recipe_id is None):
            raise ValueError("name either an ingredient_id or a recipe_id")
        return self


class ComponentOutput(Fields):
    """What goes into a recipe, in its base unit."""

    ingredient_id: UUID | None
    recipe_id: UUID | None
    quantity: PositiveQuantity
    unit: Unit
    waste_share: Share


class StepFields(Fields):
    """One step; it takes `fixed_minutes` and `minutes_per_unit` of the recipe's yield."""

    kind: StepKind
    fixed_minutes: Minutes = 0
    minutes_per_unit: Annotated[Exact, Field(ge=0, le=1440, decimal_places=4)] = Decimal(0)
    equipment_kind: EquipmentKind | None = None
    capacity_per_unit: Annotated[Exact, Field(ge=0, le=1_000, decimal_places=8)] = Field(
        Decimal(0), description="How much of the equipment's capacity one unit takes."
    )
    people: Annotated[int, Field(ge=0, le=1000)] = 0
    max_wait_minutes: Minutes | None = Field(None, description="Longest pause before the next.")
    temperature: Annotated[int, Field(ge=-60, le=600)] | None = Field(None, description="In °C.")


class RecipeFields(Fields):
    """How a product or a semi-finished good (dough, filling) is made."""

    name: Name
    kind: Literal["product", "semi_finished"] = "product"
    unit: Unit
    yield_quantity: PositiveQuantity = Field(
        description="What the components as listed give, before waste."
    )
    waste_share: Share = Decimal(0)
    batch_min: Quantity = Decimal(0)
    batch_max: PositiveQuantity | None = None
    batch_multiple: PositiveQuantity = Decimal(1)
    lead_days: Annotated[int, Field(ge=0, le=14)] = Field(
        0, description="1: made the day before it is used."
    )
    steps: Annotated[list[StepFields], Field(max_length=50)] = Field(
        default_factory=list, description="None: made to order, and not scheduled."
    )


class RecipeInput(RecipeFields):
    """A recipe."""

    components: Annotated[list[ComponentInput], Field(max_length=200)] = Field(default_factory=list)


class RecipeChanges(RecipeInput, partial=True):
    """What to change of a recipe. Components and steps are replaced as a whole."""


class RecipeOutput(KeptAssumed, RecipeFields):
    """A recipe as it is."""

    components: list[ComponentOutput]


class EquipmentInput(Fields):
    """Machines of one kind."""

    name: Name
    kind: EquipmentKind
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    capacity: PositiveQuantity = Field(description="Of each one: trays, kg, ...")
    available_from: LocalTime | None = None
    available_to: LocalTime | None = None
    changeover_minutes: Annotated[int, Field(ge=0, le=1440)] = 0
    out_of_order_from: Moment | None = None
    out_of_order_to: Moment | None = None


class EquipmentChanges(EquipmentInput, partial=True):
    """What to change of equipment."""


class EquipmentOutput(KeptAssumed, EquipmentInput):
    """Equipment as it is."""


class ShiftInput(Fields):
    """When how many people work."""

    weekdays: Weekdays
    starts: LocalTime
    ends: LocalTime = Field(description="At or before the start: on the next day.")
    people: Annotated[int, Field(ge=1, le=1000)]


class ShiftChanges(ShiftInput, partial=True):
    """What to change of a shift."""


class ShiftOutput(Kept, ShiftInput):
    """A shift as it is."""
