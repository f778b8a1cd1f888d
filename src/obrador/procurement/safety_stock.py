"""How much to keep for demand and deliveries that turn out otherwise than expected."""

from math import sqrt
from statistics import NormalDist

from obrador.procurement.domain import SafetyStock


def safety_stock(
    service_level: float,
    *,
    demand_mean: float,
    demand_sd: float,
    lead_days: float,
    lead_sd: float = 0.0,
    most: float | None = None,
) -> SafetyStock:
    """Safety stock when both demand and lead time are uncertain: Z·√(L·σ_d² + d̄²·σ_L²).

    With Z the standard normal quantile of the service level, d̄ and σ_d mean and standard
    deviation of a day's demand, L lead time plus review period in days, and σ_L the standard
    deviation of the lead time in days. With a certain lead time this is Z·σ_d·√L.

    Source: Chopra and Meindl, Supply Chain Management, "Impact of supply uncertainty on safety
    inventory": for 2,500 computers a day with σ_d 500 and 7 ± 7 days of lead time, the 90 %
    service level takes 1.2816·√(7·500² + 2500²·7²) = 22,491.

    Args:
        service_level: share of cycles without a stock-out, in (0, 1); below 0.5 counts as 0.5.
        demand_mean: base units a day.
        demand_sd: base units a day.
        lead_days: lead time plus review period.
        lead_sd: days.
        most: no more base units than this, because of shelf life.

    Raises:
        StatisticsError: the service level is not in (0, 1).
    """
    z = max(0.0, NormalDist().inv_cdf(service_level))
    wanted = z * sqrt(lead_days * demand_sd**2 + (demand_mean * lead_sd) ** 2)
    is_capped = most is not None and wanted > most
    return SafetyStock(
        quantity=most if most is not None and is_capped else wanted,
        service_level=service_level,
        lead_days=lead_days,
        demand_mean=demand_mean,
        demand_sd=demand_sd,
        lead_sd=lead_sd,
        capped_by_shelf_life=is_capped,
    )


def share_of_demand(
    share: float, *, demand_mean: float, lead_days: float, most: float | None = None
) -> SafetyStock:
    """Safety stock as a share of what is used until a delivery comes: share · d̄ · L.

    Args:
        share: 0 or more.
        demand_mean: base units a day.
        lead_days: lead time plus review period.
        most: no more base units than this, because of shelf life.

    Example: half of what 9 days take at 100 g a day is 450 g.
    """
    wanted = share * demand_mean * lead_days
    is_capped = most is not None and wanted > most
    return SafetyStock(
        quantity=most if most is not None and is_capped else wanted,
        service_level=0.0,
        lead_days=lead_days,
        demand_mean=demand_mean,
        demand_sd=0.0,
        lead_sd=0.0,
        capped_by_shelf_life=is_capped,
    )
