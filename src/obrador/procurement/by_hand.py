"""The reason of a line that a person has added: what it is for, by the same figures. Pure."""

from obrador.procurement.consequences import Setting
from obrador.procurement.domain import LineReason, Projection
from obrador.procurement.projection import Flow


def reason_by_hand(
    setting: Setting, projection: Projection, flow: Flow, day: int, lead_days: int
) -> LineReason:
    """Why an ingredient might be bought for a day.

    Args:
        flow: its stock without that.
    """
    life = setting.ingredients[projection.ingredient_id].shelf_life_days or setting.days
    days = slice(day, min(setting.days, day + life))
    demand, receipts = sum(projection.requirement[days]), sum(flow.receipts[days])
    at_hand = flow.closing[day - 1] if day else projection.opening
    stock = max(0.0, at_hand - sum(flow.expired[days]))
    return LineReason(
        covers_from=days.start,
        covers_to=days.stop - 1,
        demand=demand,
        stock=stock,
        receipts=receipts,
        safety_stock=projection.safety.quantity,
        net=demand + projection.safety.quantity - stock - receipts,
        lead_days=lead_days,
        bent_by=(),
        runner_up=None,
        runner_up_extra_minor=None,
    )
