"""Choosing suppliers by a score, for who prefers that to costs. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from obrador.suppliers.domain import Supplier

USUAL_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"price": 0.5, "lead_time": 0.2, "reliability": 0.2, "quality": 0.1}
)


def scores(
    prices: Sequence[float], suppliers: Sequence[Supplier], weights: Mapping[str, float]
) -> list[float]:
    """(K,) points from 0 to 1 for buying an ingredient from each of K suppliers.

    Simple additive weighting (Churchman and Ackoff 1954): `Σ weight · share / Σ weight`, with the
    share of the best: its price over this one's, its lead time over this one's (in days, counting
    that of the order), and reliability and quality as they are. What nobody has shown counts in
    full; whoever has shown nothing counts as the mean of those who have.

    Args:
        prices: (K,) of a unit, breaks not counted.
        weights: of `price`, `lead_time`, `reliability` and `quality`; what is not named counts
            nothing, and the usual ones hold where none counts anything.

    Example: 10.00 in 1 day and 8.00 in 3 days, otherwise alike, score 0.90 and 0.90 by the usual
    weights: 0.5 · 0.8 + 0.2 + 0.3 and 0.5 + 0.2 · 0.5 + 0.3.
    """
    counted = weights if any(weights.values()) else USUAL_WEIGHTS
    cheapest = min(prices, default=0.0)
    quickest = min((supplier.lead_time_days for supplier in suppliers), default=0)
    shares = {
        "price": [cheapest / price if price else 1.0 for price in prices],
        "lead_time": [(quickest + 1) / (supplier.lead_time_days + 1) for supplier in suppliers],
        "reliability": _known([supplier.reliability for supplier in suppliers]),
        "quality": _known([supplier.quality for supplier in suppliers]),
    }
    whole = sum(counted.values())
    return [
        sum(weight * shares[name][row] for name, weight in counted.items()) / whole
        for row in range(len(suppliers))
    ]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The supplier of an ingredient by score, and who came second."""

    supplier: int
    score: float
    runner_up: int | None
    runner_up_score: float | None


def choose(
    prices: Mapping[int, float], suppliers: Sequence[Supplier], weights: Mapping[str, float]
) -> Chosen:
    """The highest score among those who offer an ingredient; of equal ones, the first supplier.

    Args:
        prices: of a unit, by supplier; at least one.
    """
    offering = sorted(prices)
    points = scores(
        [prices[supplier] for supplier in offering],
        [suppliers[supplier] for supplier in offering],
        weights,
    )
    ranked = sorted(zip(points, offering, strict=True), key=lambda pair: (-pair[0], pair[1]))
    (score, best), second = ranked[0], ranked[1] if len(ranked) > 1 else None
    return Chosen(best, score, second and second[1], second and second[0])


def _known(values: Sequence[float | None]) -> list[float]:
    known = [value for value in values if value is not None]
    usual = sum(known) / len(known) if known else 1.0
    return [usual if value is None else value for value in values]
