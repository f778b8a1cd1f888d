"""What happened to a bakery's ingredients over some days, and what that cost. Pure.

Axes of arrays: T days, N ingredients; quantities in base units, money in minor units.
"""

from dataclasses import dataclass

from obrador.procurement.items import HOLDING, SPOILAGE
from obrador.procurement.projection import NOTHING, Supply
from obrador.simulation.seasons import Floats, Ints


@dataclass(frozen=True)
class Ledger:
    """What happened. closing = opening + received − used − expired on every day, and used + short
    is the season's use."""

    opening: Floats
    """(N,) on the first morning."""
    received: Floats
    """(T, N)"""
    used: Floats
    """(T, N)"""
    short: Floats
    """(T, N) what was not there; nothing is baked later for it."""
    expired: Floats
    """(T, N)"""
    closing: Floats
    """(T, N)"""
    used_minor: Floats
    """(T,) what the goods that were used had cost."""
    expired_minor: Floats
    """(T,) what those that expired had cost."""
    stock_minor: Floats
    """(T,) what those in stock in the evening had cost."""
    fees_minor: Floats
    """(T,) of the deliveries that came."""
    orders: Ints
    """(T,) orders placed."""
    supplies: tuple[tuple[Supply, ...], ...]
    """(N,) stock of the first morning, and all that came."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What some days cost."""

    goods_minor: float
    """What was used, at the price it was bought for."""
    fees_minor: float
    holding_minor: float
    expired_minor: float
    """What was thrown away, at its price, and getting rid of it."""
    shortage_minor: float
    days_short: int
    """Days and ingredients of which something was lacking."""
    orders: int
    mean_stock_minor: float

    @property
    def total_minor(self) -> float:
        """All of it. What is left in stock has not been paid for in this."""
        return (
            self.goods_minor
            + self.fees_minor
            + self.holding_minor
            + self.expired_minor
            + self.shortage_minor
        )


def bill(ledger: Ledger, shortage_minor: Floats, first: int = 0) -> Bill:
    """What the days from the `first` on cost.

    Args:
        shortage_minor: (N,) of a unit that is lacking.
    """
    short = ledger.short[first:]
    return Bill(
        goods_minor=float(ledger.used_minor[first:].sum()),
        fees_minor=float(ledger.fees_minor[first:].sum()),
        holding_minor=HOLDING * float(ledger.stock_minor[first:].sum()),
        expired_minor=(1 + SPOILAGE) * float(ledger.expired_minor[first:].sum()),
        shortage_minor=float((short @ shortage_minor).sum()),
        days_short=int((short > NOTHING).sum()),
        orders=int(ledger.orders[first:].sum()),
        mean_stock_minor=float(ledger.stock_minor[first:].mean()),
    )
