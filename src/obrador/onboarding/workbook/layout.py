"""Sheets and their columns. A sheet's name is that of the part whose rows it holds, a column's
that of the field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from obrador.catalogue.domain import Step
from obrador.onboarding.bakery_file import (
    ClosureRow,
    ComponentRow,
    CustomerOrderRow,
    EquipmentRow,
    IngredientRow,
    LotRow,
    OpeningRow,
    OpenOrderRow,
    PriceRow,
    ProductRow,
    RecipeRow,
    ShiftRow,
    SupplierRow,
)
from obrador.onboarding.workbook.kinds import (
    DATE,
    FLAG,
    INTEGER,
    LEVELS,
    MONEY,
    NUMBER,
    QUANTITY,
    SHARE,
    TEXT,
    TIME,
    TIMES,
    UNIT,
    WEEKDAYS,
    Kind,
    choice,
)


@dataclass(frozen=True)
class Column:
    """A field of a row."""

    field: str
    kind: Kind
    is_required: bool = False
    offers: str | None = None
    """The sheet whose first column is offered for choice."""


@dataclass(frozen=True)
class Sheet:
    """A part of the file."""

    part: str
    row: type[Any]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """The column of the field."""
        return next((column for column in self.columns if column.field == name), None)


def _must(field: str, kind: Kind, offers: str | None = None) -> Column:
    return Column(field, kind, is_required=True, offers=offers)


_BASE_UNIT = choice("base_units")
_ASSUMED = Column("assumed", TEXT)

SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "products",
        ProductRow,
        (
            _must("name", TEXT),
            Column("category", TEXT),
            Column("unit", _BASE_UNIT),
            Column("price_minor", MONEY),
            Column("salvage_minor", MONEY),
            Column("shelf_life_days", INTEGER),
            Column("recipe", TEXT, offers="recipes"),
            Column("ready_by", TIME),
            Column("par_levels", LEVELS),
            Column("daily_max", NUMBER),
            Column("issuing", choice("issuing")),
            Column("disposal_minor", MONEY),
            Column("goodwill_minor", MONEY),
            Column("holding_minor", MONEY),
            Column("variable_cost_minor", MONEY),
            Column("min_display", NUMBER),
            Column("waves", TIMES),
            Column("is_active", FLAG),
            _ASSUMED,
        ),
    ),
    Sheet(
        "recipes",
        RecipeRow,
        (
            _must("name", TEXT),
            _must("kind", choice("recipe_kinds")),
            _must("yield_quantity", QUANTITY),
            _must("unit", UNIT),
            Column("waste_share", SHARE),
            Column("batch_min", QUANTITY),
            Column("batch_max", QUANTITY),
            Column("batch_multiple", QUANTITY),
            Column("lead_days", INTEGER),
            _ASSUMED,
        ),
    ),
    Sheet(
        "components",
        ComponentRow,
        (
            _must("recipe", TEXT, "recipes"),
            _must("item", TEXT, "ingredients"),
            Column("is_recipe", choice("component_kinds")),
            _must("quantity", QUANTITY),
            _must("unit", UNIT),
            Column("waste_share", SHARE),
        ),
    ),
    Sheet(
        "steps",
        Step,
        (
            _must("recipe", TEXT, "recipes"),
            _must("kind", choice("step_kinds")),
            _must("fixed_minutes", INTEGER),
            Column("minutes_per_unit", QUANTITY),
            Column("equipment_kind", TEXT),
            Column("capacity_per_unit", QUANTITY),
            Column("people", INTEGER),
            Column("max_wait_minutes", INTEGER),
            Column("temperature", INTEGER),
        ),
    ),
    Sheet(
        "equipment",
        EquipmentRow,
        (
            _must("name", TEXT),
            _must("kind", TEXT),
            _must("count", INTEGER),
            _must("capacity", NUMBER),
            Column("available_from", TIME),
            Column("available_to", TIME),
            Column("changeover_minutes", INTEGER),
            _ASSUMED,
        ),
    ),
    Sheet(
        "shifts",
        ShiftRow,
        (
            _must("weekdays", WEEKDAYS),
            _must("starts", TIME),
            _must("ends", TIME),
            _must("people", INTEGER),
        ),
    ),
    Sheet(
        "ingredients",
        IngredientRow,
        (
            _must("name", TEXT),
            _must("unit", _BASE_UNIT),
            Column("category", TEXT),
            Column("shelf_life_days", INTEGER),
            Column("service_level", SHARE),
            _ASSUMED,
        ),
    ),
    Sheet(
        "suppliers",
        SupplierRow,
        (
            _must("name", TEXT),
            _must("lead_time_days", INTEGER),
            _must("delivery_weekdays", WEEKDAYS),
            Column("email", TEXT),
            Column("lead_time_sd_days", NUMBER),
            Column("order_cutoff", TIME),
            Column("min_order_minor", MONEY),
            Column("delivery_fee_minor", MONEY),
            _ASSUMED,
        ),
    ),
    Sheet(
        "prices",
        PriceRow,
        (
            _must("supplier", TEXT, "suppliers"),
            _must("ingredient", TEXT, "ingredients"),
            _must("pack_size", QUANTITY),
            _must("unit", UNIT),
            _must("min_packs", INTEGER),
            _must("pack_price_minor", MONEY),
        ),
    ),
    Sheet(
        "lots",
        LotRow,
        (
            _must("item", TEXT, "ingredients"),
            Column("is_product", choice("item_kinds")),
            _must("quantity", QUANTITY),
            _must("unit", UNIT),
            _must("received_on", DATE),
            Column("expires_on", DATE),
            Column("code", TEXT),
        ),
    ),
    Sheet(
        "open_orders",
        OpenOrderRow,
        (
            _must("supplier", TEXT, "suppliers"),
            _must("ingredient", TEXT, "ingredients"),
            _must("packs", INTEGER),
            _must("pack_size", QUANTITY),
            _must("unit", UNIT),
            _must("pack_price_minor", MONEY),
            _must("delivery_on", DATE),
        ),
    ),
    Sheet(
        "customer_orders",
        CustomerOrderRow,
        (
            _must("customer", TEXT),
            _must("product", TEXT, "products"),
            _must("quantity", NUMBER),
            _must("due_date", DATE),
            Column("due_time", TIME),
            Column("in_forecast", FLAG),
        ),
    ),
    Sheet(
        "opening_hours",
        OpeningRow,
        (
            _must("weekdays", WEEKDAYS),
            _must("opens", TIME),
            _must("closes", TIME),
            Column("on_holidays", FLAG),
            _ASSUMED,
        ),
    ),
    Sheet(
        "closures",
        ClosureRow,
        (
            _must("first_day", DATE),
            _must("last_day", DATE),
            Column("reason", TEXT),
        ),
    ),
)
SHEET: Mapping[str, Sheet] = {sheet.part: sheet for sheet in SHEETS}
