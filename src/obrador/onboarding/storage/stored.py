"""What a bakery has in the database, as a file: records of tables in, rows that name each other
out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import time
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from obrador.catalogue.domain import Step
from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import (
    BakeryFile,
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
from obrador.onboarding.storage.changes import added_up, exact
from obrador.onboarding.storage.rows import NAMED, Key, Row, row_key

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = Mapping[str, Any]
"""A row of a table, numbers as floats and lists as tuples."""
Records = Mapping[str, Sequence[Record]]
"""Of each table, by its name. Lines of orders come with the columns of their order."""

OPEN = ("approved", "sent", "partially_received")
"""Status of purchase orders of which something is still to come."""

ASSUMED_HOURS = {"opening_hours": "opens", "open_on_holidays": "on_holidays"}
"""What may be assumed of a tenant, and the field of its hours that says so."""

_T = TypeVar("_T", bound="DataclassInstance")
_Names = Mapping[UUID | None, str]


@dataclass(frozen=True)
class OrderLine:
    """A line of a purchase order or of a customer's order."""

    order_id: UUID
    row: Row
    """With what is still to come."""
    is_open: bool
    is_untouched: bool
    """As it was made: nothing received, not cancelled."""


@dataclass(frozen=True)
class Stored:
    """What a bakery has, and the identifiers of it."""

    file: BakeryFile
    ids: Mapping[str, Mapping[str, UUID]]
    """Of the rows of each named part, by the key of their name."""
    lots: Mapping[Key, Sequence[tuple[UUID, Decimal]]]
    """Lots of a row, by its key, and what is left of each."""
    lines: Mapping[str, Sequence[OrderLine]]
    """Of `open_orders` and `customer_orders`, open or not."""
    assumed: Sequence[str]
    """Fields of the bakery itself that nobody has confirmed yet."""


def stored(records: Records) -> Stored:
    """All that the records tell, in their order."""
    names = {part: {row["id"]: row["name"] for row in records[part]} for part in NAMED}
    items: _Names = {**names["ingredients"], **names["recipes"], **names["products"]}
    lots = [(row["id"], _lot(row, items)) for row in records["stock_lots"]]
    lines = {
        "open_orders": [_purchase_line(row, names) for row in records["purchase_order_lines"]],
        "customer_orders": [_customer_line(row, names) for row in records["customer_order_lines"]],
    }
    return Stored(
        file=BakeryFile(
            products=tuple(
                _row(ProductRow, row, recipe=names["recipes"].get(row["recipe_id"]))
                for row in records["products"]
            ),
            recipes=tuple(_recipes(records, items)),
            equipment=tuple(_row(EquipmentRow, row) for row in records["equipment"]),
            shifts=tuple(_row(ShiftRow, row) for row in records["shifts"]),
            ingredients=tuple(_row(IngredientRow, row) for row in records["ingredients"]),
            suppliers=tuple(_row(SupplierRow, row) for row in records["suppliers"]),
            prices=tuple(
                _row(
                    PriceRow,
                    row,
                    supplier=names["suppliers"][row["supplier_id"]],
                    ingredient=names["ingredients"][row["ingredient_id"]],
                )
                for row in records["supplier_prices"]
            ),
            lots=tuple(added_up("lots", [row for _, row in lots])),
            open_orders=_to_come("open_orders", lines["open_orders"]),
            customer_orders=_to_come("customer_orders", lines["customer_orders"]),
            opening_hours=tuple(_opening_hours(records["tenants"][0])),
            closures=tuple(_row(ClosureRow, row) for row in records["closures"]),
        ),
        ids={
            part: {name_key(name): row_id for row_id, name in names[part].items()} for part in NAMED
        },
        lots=_lots_by_key(lots),
        lines=lines,
        assumed=records["tenants"][0]["assumed"],
    )


def _row(kind: type[_T], record: Record, **more: Any) -> _T:
    names = [column.name for column in fields(kind) if column.name in record]
    return kind(**{name: record[name] for name in names} | more)


def _opening_hours(tenant: Record) -> Iterator[OpeningRow]:
    weekdays: dict[tuple[str, str], list[int]] = defaultdict(list)
    for weekday, hours in enumerate(tenant["opening_hours"]):
        if hours:
            weekdays[hours["opens"], hours["closes"]].append(weekday)
    assumed = tuple(
        sorted(name for stored, name in ASSUMED_HOURS.items() if stored in tenant["assumed"])
    )
    for (opens, closes), days in weekdays.items():
        hours = time.fromisoformat(opens), time.fromisoformat(closes)
        yield OpeningRow(tuple(days), *hours, tenant["open_on_holidays"], assumed)


def _recipes(records: Records, items: _Names) -> Iterator[RecipeRow]:
    components, steps = defaultdict(list), defaultdict(list)
    for row in records["recipe_components"]:
        made_id = row["component_recipe_id"]
        item = items[made_id or row["ingredient_id"]]
        component = _row(ComponentRow, row, item=item, is_recipe=made_id is not None)
        components[row["recipe_id"]].append(component)
    for row in records["recipe_steps"]:
        steps[row["recipe_id"]].append(_row(Step, row))
    for row in records["recipes"]:
        yield _row(
            RecipeRow, row, components=tuple(components[row["id"]]), steps=tuple(steps[row["id"]])
        )


def _lot(record: Record, items: _Names) -> LotRow:
    product_id = record["product_id"]
    return _row(
        LotRow,
        record,
        item=items[product_id or record["ingredient_id"]],
        quantity=record["remaining"],
        is_product=product_id is not None,
    )


def _lots_by_key(lots: Iterable[tuple[UUID, LotRow]]) -> dict[Key, list[tuple[UUID, Decimal]]]:
    found: dict[Key, list[tuple[UUID, Decimal]]] = defaultdict(list)
    for lot_id, row in lots:
        found[row_key("lots", row)].append((lot_id, exact(row.quantity)))
    return found


def _purchase_line(record: Record, names: Mapping[str, _Names]) -> OrderLine:
    to_come = record["packs"] - record["received"] / record["pack_size"]
    row = _row(
        OpenOrderRow,
        record,
        supplier=names["suppliers"][record["supplier_id"]],
        ingredient=names["ingredients"][record["ingredient_id"]],
        packs=max(0, ceil(to_come)),
    )
    untouched = record["status"] == "sent" and record["received"] == 0
    return OrderLine(record["order_id"], row, record["status"] in OPEN, untouched)


def _customer_line(record: Record, names: Mapping[str, _Names]) -> OrderLine:
    row = _row(CustomerOrderRow, record, product=names["products"][record["product_id"]])
    is_open = not record["is_cancelled"]
    return OrderLine(record["order_id"], row, is_open, is_untouched=is_open)


def _to_come(part: str, lines: Iterable[OrderLine]) -> tuple[Any, ...]:
    rows = added_up(part, [line.row for line in lines if line.is_open])
    return tuple(row for row in rows if part != "open_orders" or row.packs > 0)
