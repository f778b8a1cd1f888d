"""Sales and firm orders as plain data."""

from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FirmOrder:
    """What a customer will fetch or get for sure."""

    product_id: UUID
    due_date: date
    due_time: time | None
    quantity: float
    in_forecast: bool
    """Sales history contains this customer's purchases, so the forecast has them already."""


@dataclass(frozen=True)
class SalesHistory:
    """Daily sales of one bakery, locations added up, as dense arrays. Axes: P products, D days."""

    product_ids: tuple[UUID, ...]
    first: date
    sold: NDArray[np.float64]
    """(P, D) NaN where there is no record."""
    sold_out_minute: NDArray[np.float64]
    """(P, D) minute of the day from which none was left; NaN where some was."""


@dataclass(frozen=True)
class PriceHistory:
    """What one bakery's products were sold at, mean of a day. Axes: P products, D days."""

    product_ids: tuple[UUID, ...]
    first: date
    minor: NDArray[np.float64]
    """(P, D) minor units of money; NaN where unknown."""


@dataclass(frozen=True, slots=True)
class DaySales:
    """What one bakery sold on one day, locations added up: what a forecast is compared with."""

    product_ids: tuple[UUID, ...]
    sold: NDArray[np.float64]
    """(P,)"""
    sold_out_minute: NDArray[np.float64]
    """(P,) minute of the day from which none was left; NaN where some was."""
    has_locations: bool = False
    """Sold at several."""


@dataclass(frozen=True, slots=True)
class LocationSales:
    """What one location of a bakery sold on one day, and what it had sold before."""

    location: str
    product_ids: tuple[UUID, ...]
    sold: NDArray[np.float64]
    """(P,)"""
    before: NDArray[np.float64]
    """(P,) in the `SHARE_DAYS` days before."""


SHARE_DAYS = 28
"""Over which the share of a location in what its bakery sells is taken."""
