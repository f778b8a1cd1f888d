"""A day without a plan: it is being made, could not be made, or nobody has asked for it."""

from datetime import date, timedelta
from typing import Any

from obrador.dashboard.today_words import load_making
from obrador.dashboard.visiting import Visit
from obrador.orchestration import service as orchestration

_DAY = timedelta(days=1)


def neighbours(day: date) -> dict[str, date]:
    """A day, and those that its page leads to."""
    return {"day": day, "day_before": day - _DAY, "day_after": day + _DAY}


async def unplanned(visit: Visit, day: date) -> dict[str, Any]:
    """What the page of a day without a plan shows."""
    return {
        **neighbours(day),
        "making": await load_making(visit, day),
        "may_plan": visit.may_move and day >= visit.today,
        "last_planned": await orchestration.last_date(visit.session, visit.tenant),
    }
