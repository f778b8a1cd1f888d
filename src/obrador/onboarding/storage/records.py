"""A bakery's file as records of tables: rows that name each other in, rows with identifiers out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from obrador.authz.tenant import TenantId
from obrador.kit.ids import derived_id, new_id
from obrador.kit.names import name_key
from obrador.onboarding.bakery_file import (
    BakeryFile,
    ClosureRow,
    CustomerOrderRow,
    LotRow,
    OpeningRow,
    OpenOrderRow,
    PriceRow,
    RecipeRow,
    ShiftRow,
    SupplierRow,
)
from obrador.onboarding.storage.changes import beyond, exact, spread, to_write
from obrador.onboarding.storage.rows import NAMED, Key, Row, row_key, scope_key
from obrador.onboarding.storage.stored import ASSUMED_HOURS, Stored

Record = dict[str, Any]
Records = dict[str, list[Record]]
"""Of each table, by its name."""


@dataclass(frozen=True)
class Identities:
    """The bakery, and the identifiers of its named rows by part and key."""

    tenant: TenantId
    ids: Mapping[str, Mapping[str, UUID]]

    def of(self, part: str, name: str) -> UUID:
        """Of the row that has the name."""
        return self.ids[part][name_key(name)]


def identities(tenant: TenantId, file: BakeryFile, stored: Stored) -> Identities:
    """Those stored, and new ones for what the file brings, in its order."""
    return Identities(
        tenant,
        {
            part: {name_key(row.name): new_id() for row in getattr(file, part)}
            | dict(stored.ids[part])
            for part in NAMED
        },
    )


def named_records(part: str, rows: Collection[Row], ids: Identities) -> list[Record]:
    """Of a named part; of recipes without their components and steps."""
    found = []
    for row in rows:
        more: Record = {"id": ids.of(part, row.name), "name_key": name_key(row.name)}
        if part == "products":
            more["recipe_id"] = row.recipe and ids.of("recipes", row.recipe)
        found.append(_record(ids, row, "recipe", "components", "steps", **more))
    return found


def recipe_parts(rows: Collection[RecipeRow], ids: Identities) -> Records:
    """The recipes' components and steps."""
    components = [
        _record(
            ids,
            row,
            "item",
            "is_recipe",
            recipe_id=ids.of("recipes", recipe.name),
            position=position,
            ingredient_id=None if row.is_recipe else ids.of("ingredients", row.item),
            component_recipe_id=ids.of("recipes", row.item) if row.is_recipe else None,
        )
        for recipe in rows
        for position, row in enumerate(recipe.components)
    ]
    steps = [
        _record(ids, row, recipe_id=ids.of("recipes", recipe.name), position=position)
        for recipe in rows
        for position, row in enumerate(recipe.steps)
    ]
    return {"recipe_components": components, "recipe_steps": steps}


def new_records(
    rows: Collection[ShiftRow] | Collection[ClosureRow], ids: Identities
) -> list[Record]:
    """Of shifts or closures, which are replaced as a whole: each with a new identifier."""
    return [_record(ids, row, id=new_id()) for row in rows]


def hours_record(rows: Collection[OpeningRow], assumed: Collection[str]) -> Record:
    """What changes in a tenant when these are its hours; `assumed` is what was so far."""
    hours = {
        day: {"opens": f"{row.opens:%H:%M}", "closes": f"{row.closes:%H:%M}"}
        for row in rows
        for day in row.weekdays
    }
    assumed_here = {name for row in rows for name in row.assumed}
    still = [name for name, column in ASSUMED_HOURS.items() if column in assumed_here]
    return {
        "opening_hours": [hours.get(day) for day in range(7)],
        "open_on_holidays": any(row.on_holidays for row in rows),
        "assumed": [name for name in assumed if name not in ASSUMED_HOURS] + still,
    }


def price_records(rows: Collection[PriceRow], ids: Identities) -> list[Record]:
    """Of price lists."""
    return [
        _record(
            ids,
            row,
            "supplier",
            "ingredient",
            supplier_id=ids.of("suppliers", row.supplier),
            ingredient_id=ids.of("ingredients", row.ingredient),
        )
        for row in rows
    ]


def stock_records(
    rows: Collection[LotRow], stored: Stored, ids: Identities, now: datetime
) -> Records:
    """Lots, and the movements that make them hold what the rows say: the receipt of a lot that is
    new, a count of one that holds something else."""
    lots, movements = [], []
    for row in rows:
        held = stored.lots.get(row_key("lots", row)) or [(_lot_id(row, ids), Decimal(0))]
        kind = "count" if row_key("lots", row) in stored.lots else "receipt"
        remaining = [left for _, left in held]
        posting_id = new_id()
        changes = spread(exact(row.quantity), remaining)
        for (lot_id, left), change in zip(held, changes, strict=True):
            lots.append(_lot_record(ids, row, lot_id, left + change))
            if change:
                movement = {"tenant_id": ids.tenant, "id": new_id(), "lot_id": lot_id}
                facts = {"kind": kind, "quantity": change, "occurred_at": now, "reason": "import"}
                movements.append(movement | facts | {"posting_id": posting_id})
    return {"stock_lots": lots, "stock_movements": movements}


def order_id(tenant: TenantId, part: str, scope: Key) -> UUID:
    """Of the one order that files make in a scope (see `rows.scope_key`)."""
    return derived_id(part, tenant, *scope)


def without_settled(tenant: TenantId, file: BakeryFile, stored: Stored) -> BakeryFile:
    """The file without orders that it made earlier and that were received or cancelled since."""
    kept = {}
    for part, lines in stored.lines.items():
        settled = {line.order_id for line in lines if not line.is_untouched}
        kept[part] = tuple(
            row
            for row in getattr(file, part)
            if order_id(tenant, part, scope_key(part, row)) not in settled
        )
    return replace(file, **kept)


def own_lines(
    tenant: TenantId, part: str, rows: Collection[Row], stored: Stored
) -> tuple[set[UUID], dict[UUID, list[Row]]]:
    """Orders that the file makes and that change, and their lines: what it asks for beyond the
    other orders of the scope. An order that changes to nothing has no lines."""
    changed = to_write(part, rows, getattr(stored.file, part))
    own = {scope: order_id(tenant, part, scope) for scope in {scope_key(part, r) for r in changed}}
    others = [
        line.row
        for line in stored.lines[part]
        if line.is_open and line.order_id != own.get(scope_key(part, line.row))
    ]
    lines: dict[UUID, list[Row]] = {}
    for row in beyond(part, changed, others):
        lines.setdefault(own[scope_key(part, row)], []).append(row)
    return set(own.values()), lines


def purchase_records(
    orders: Mapping[UUID, list[OpenOrderRow]],
    suppliers: Mapping[str, SupplierRow],
    ids: Identities,
) -> Records:
    """Purchase orders as sent, with their lines."""
    heads, lines = [], []
    for own_id, rows in orders.items():
        supplier = suppliers[name_key(rows[0].supplier)]
        heads.append(
            {
                "tenant_id": ids.tenant,
                "id": own_id,
                "supplier_id": ids.of("suppliers", supplier.name),
                "order_on": rows[0].delivery_on - timedelta(days=supplier.lead_time_days),
                "delivery_on": rows[0].delivery_on,
                "status": "sent",
                "goods_minor": sum(row.packs * row.pack_price_minor for row in rows),
                "fee_minor": supplier.delivery_fee_minor,
            }
        )
        lines += [
            _record(
                ids,
                row,
                "supplier",
                "ingredient",
                "delivery_on",
                order_id=own_id,
                position=position,
                ingredient_id=ids.of("ingredients", row.ingredient),
            )
            for position, row in enumerate(rows)
        ]
    return {"purchase_orders": heads, "purchase_order_lines": lines}


def customer_records(orders: Mapping[UUID, list[CustomerOrderRow]], ids: Identities) -> Records:
    """Customers' orders with their lines."""
    heads = [
        _record(ids, rows[0], "product", "quantity", id=own_id) for own_id, rows in orders.items()
    ]
    lines = [
        {
            "tenant_id": ids.tenant,
            "order_id": own_id,
            "product_id": ids.of("products", row.product),
            "quantity": row.quantity,
        }
        for own_id, rows in orders.items()
        for row in rows
    ]
    return {"customer_orders": heads, "customer_order_lines": lines}


def _record(ids: Identities, row: Row, *without: str, **more: Any) -> Record:
    """The row's fields except some, as columns."""
    columns = [column.name for column in fields(row) if column.name not in without]
    return {"tenant_id": ids.tenant} | {name: getattr(row, name) for name in columns} | more


def _lot_id(row: LotRow, ids: Identities) -> UUID:
    item_id = ids.of("products" if row.is_product else "ingredients", row.item)
    return derived_id(
        "lot", ids.tenant, item_id, name_key(row.code), row.received_on, row.expires_on
    )


def _lot_record(ids: Identities, row: LotRow, lot_id: UUID, remaining: Decimal) -> Record:
    return _record(
        ids,
        row,
        "item",
        "is_product",
        "quantity",
        id=lot_id,
        ingredient_id=None if row.is_product else ids.of("ingredients", row.item),
        product_id=ids.of("products", row.item) if row.is_product else None,
        remaining=remaining,
    )
