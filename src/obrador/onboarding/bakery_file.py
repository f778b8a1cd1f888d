"""A whole bakery as plain data whose parts name each other, as people do in a workbook.

The workbook, the starter library and the demo generator all produce a `BakeryFile`; `storage`
writes one to the database in bulk and reads one back. Names are compared by `kit.names.name_key`.
Quantities are in base units (g, ml, piece); money is in minor units. `assumed` lists the fields
that a starter filled in.
"""

from dataclasses import dataclass
from datetime import date, time

from obrador.catalogue.domain import Step


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What is sold."""

    name: str
    category: str = ""
    unit: str = "piece"
    price_minor: int | None = None
    salvage_minor: int = 0
    shelf_life_days: int = 1
    recipe: str | None = None
    ready_by: time | None = None
    par_levels: tuple[float, ...] | None = None
    daily_max: float | None = None
    issuing: str = "oldest_first"
    disposal_minor: int = 0
    goodwill_minor: int = 0
    holding_minor: int = 0
    variable_cost_minor: int = 0
    min_display: float = 0.0
    waves: tuple[time, ...] = ()
    is_active: bool = True
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """What goes into a recipe: the name of an ingredient or of another recipe."""

    item: str
    quantity: float
    is_recipe: bool = False
    waste_share: float = 0.0


@dataclass(frozen=True, slots=True)
class RecipeRow:
    """How it is made; see `catalogue.domain.Recipe`."""

    name: str
    kind: str
    unit: str
    yield_quantity: float
    components: tuple[ComponentRow, ...]
    steps: tuple[Step, ...] = ()
    waste_share: float = 0.0
    batch_min: float = 0.0
    batch_max: float | None = None
    batch_multiple: float = 1.0
    lead_days: int = 0
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EquipmentRow:
    """Machines of one kind."""

    name: str
    kind: str
    count: int
    capacity: float
    available_from: time | None = None
    available_to: time | None = None
    changeover_minutes: int = 0
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """When how many people work."""

    weekdays: tuple[int, ...]
    starts: time
    ends: time
    people: int


@dataclass(frozen=True, slots=True)
class IngredientRow:
    """What is bought."""

    name: str
    unit: str
    category: str = ""
    shelf_life_days: int | None = None
    service_level: float | None = None
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """Who delivers."""

    name: str
    lead_time_days: int
    delivery_weekdays: tuple[int, ...]
    email: str | None = None
    lead_time_sd_days: float = 0.0
    order_cutoff: time | None = None
    min_order_minor: int = 0
    delivery_fee_minor: int = 0
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A line of a price list."""

    supplier: str
    ingredient: str
    pack_size: float
    min_packs: int
    pack_price_minor: int


@dataclass(frozen=True, slots=True)
class LotRow:
    """Stock on hand of an ingredient or a product."""

    item: str
    quantity: float
    received_on: date
    expires_on: date | None = None
    code: str = ""
    is_product: bool = False


@dataclass(frozen=True, slots=True)
class OpenOrderRow:
    """A line ordered from a supplier and still to come; lines of one supplier and delivery day
    make one purchase order."""

    supplier: str
    ingredient: str
    packs: int
    pack_size: float
    pack_price_minor: int
    delivery_on: date


@dataclass(frozen=True, slots=True)
class CustomerOrderRow:
    """A line of a firm order; lines of one customer, day and time make one order."""

    customer: str
    product: str
    quantity: float
    due_date: date
    due_time: time | None = None
    in_forecast: bool = False


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """When the shop is open on some weekdays; on weekdays without a row it is closed."""

    weekdays: tuple[int, ...]
    opens: time
    closes: time
    on_holidays: bool = False
    """Also on public holidays; one and the same for all rows."""
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosureRow:
    """Days on which the shop stays closed although its hours say open."""

    first_day: date
    last_day: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BakeryFile:
    """All of it. Parts that are empty are left as they are when it is stored."""

    products: tuple[ProductRow, ...] = ()
    recipes: tuple[RecipeRow, ...] = ()
    equipment: tuple[EquipmentRow, ...] = ()
    shifts: tuple[ShiftRow, ...] = ()
    ingredients: tuple[IngredientRow, ...] = ()
    suppliers: tuple[SupplierRow, ...] = ()
    prices: tuple[PriceRow, ...] = ()
    lots: tuple[LotRow, ...] = ()
    open_orders: tuple[OpenOrderRow, ...] = ()
    customer_orders: tuple[CustomerOrderRow, ...] = ()
    opening_hours: tuple[OpeningRow, ...] = ()
    closures: tuple[ClosureRow, ...] = ()
