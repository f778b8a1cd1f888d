"""How soon an ingredient can come. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from obrador.procurement.calendar import deliveries
from obrador.suppliers.domain import Price, Supplier
from obrador.tenants.domain import Bakery


def first_deliveries(
    suppliers: Sequence[Supplier],
    prices: Sequence[Price],
    bakery: Bakery,
    first_day: date,
    now: datetime,
    days: int,
) -> dict[UUID, int]:
    """By ingredient, the first of `days` days from `first_day` on which anybody who offers it can
    deliver what is ordered at `now` (local time); without those that nobody can."""
    earliest = {
        supplier.id: found[0].day
        for supplier in suppliers
        if (found := deliveries(supplier, bakery, first_day, now, days))
    }
    reached: dict[UUID, int] = {}
    for price in prices:
        if price.supplier_id in earliest:
            day = earliest[price.supplier_id]
            reached[price.ingredient_id] = min(day, reached.get(price.ingredient_id, day))
    return reached
