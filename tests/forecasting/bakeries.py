"""Small bakeries to forecast."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from uuid import UUID

import numpy as np

from obrador.catalogue.domain import Product
from obrador.forecasting.domain import DemandHistory, Floats
from obrador.forecasting.history import demand_history
from obrador.sales.domain import SalesHistory
from obrador.tenants.domain import Bakery, Hours, Policy

MONDAY = date(2024, 1, 1)
EVERY_DAY = (Hours(time(7), time(20)),) * 7
BAKERY = Bakery(
    id=UUID(int=1),
    name="Obrador",
    time_zone="Europe/Madrid",
    country="ES",
    subdivision="MD",
    locale="es",
    currency="EUR",
    opening_hours=EVERY_DAY,
    open_on_holidays=True,
    closures=(),
    policy=Policy(),
)
SHUT_ON_MONDAYS = replace(BAKERY, opening_hours=(None, *EVERY_DAY[1:]))


def products(count: int, category: str = "bread") -> tuple[Product, ...]:
    return tuple(
        Product(UUID(int=100 + number), f"product {number}", category, "piece", 100)
        for number in range(count)
    )


def sales(
    sold: Sequence[Sequence[float]] | Floats,
    first: date = MONDAY,
    sold_out_minute: Floats | None = None,
) -> SalesHistory:
    values = np.array(sold, dtype=np.float64)
    return SalesHistory(
        product_ids=tuple(product.id for product in products(len(values))),
        first=first,
        sold=values,
        sold_out_minute=np.full_like(values, np.nan)
        if sold_out_minute is None
        else sold_out_minute,
    )


def history(
    sold: Sequence[Sequence[float]] | Floats,
    horizon: int = 7,
    bakery: Bakery = BAKERY,
    first: date = MONDAY,
) -> DemandHistory:
    """What `sold`, one row per product, says on the morning after its last day."""
    known = sales(sold, first)
    morning = first + timedelta(days=known.sold.shape[1])
    return demand_history(bakery, products(len(known.sold)), known, morning, horizon)
