"""How safe each ingredient is to be, and the safety stock that this takes with a supplier. Pure."""

from collections.abc import Sequence
from math import sqrt

from obrador.inventory.domain import Ingredient
from obrador.procurement.calendar import review_days
from obrador.procurement.classes import classes, level_of
from obrador.procurement.domain import SafetyStock
from obrador.procurement.requirements import Requirement
from obrador.procurement.safety_stock import safety_stock, share_of_demand
from obrador.suppliers.domain import Supplier
from obrador.tenants.domain import Policy


def service_levels(
    policy: Policy,
    ingredients: Sequence[Ingredient],
    needs: Sequence[Requirement],
    prices: Sequence[float],
) -> list[float]:
    """(N,) an ingredient's own, or that of its class, or the bakery's.

    Args:
        needs: (N,)
        prices: (N,) of a unit.
    """
    usual = [policy.service_level] * len(ingredients)
    if policy.class_levels:
        groups = classes(
            [float(need.mean.sum()) * price for need, price in zip(needs, prices, strict=True)],
            [_variation(need) for need in needs],
        )
        usual = [level_of(group, policy.class_levels, policy.service_level) for group in groups]
    return [
        ingredient.service_level or level
        for ingredient, level in zip(ingredients, usual, strict=True)
    ]


def safety_with(
    policy: Policy,
    level: float,
    ingredient: Ingredient,
    need: Requirement,
    supplier: Supplier | None,
) -> SafetyStock:
    """Against the lead time of a supplier; None: nobody delivers. What comes for one delivery's
    interval and the safety stock on top have to be used within the shelf life."""
    mean, sd = float(need.mean.mean()), sqrt(need.variance.mean())
    review = 0.0 if supplier is None else review_days(supplier)
    lead = 0.0 if supplier is None else supplier.lead_time_days + review
    life = ingredient.shelf_life_days
    most = None if life is None or supplier is None else mean * max(0.0, life - review)
    if policy.safety_stock == "percentage":
        return share_of_demand(policy.safety_share, demand_mean=mean, lead_days=lead, most=most)
    return safety_stock(
        level,
        demand_mean=mean,
        demand_sd=sd,
        lead_days=lead,
        lead_sd=0.0 if supplier is None else supplier.lead_time_sd_days,
        most=most,
    )


def _variation(need: Requirement) -> float:
    """Coefficient of variation of a day's use: between the days, and by forecast error."""
    mean = float(need.mean.mean())
    return sqrt(float(need.mean.var()) + float(need.variance.mean())) / mean if mean else 0.0
