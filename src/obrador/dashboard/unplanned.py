"""A day without a plan: it is being made, could not be made, or nobody has asked for it."""

from datetime import date, timedelta

from fastapi.responses import Response

from obrador.dashboard.forms import error_words
from obrador.dashboard.today_words import load_making
from obrador.dashboard.visiting import Visit
from obrador.kit.errors import ObradorError
from obrador.orchestration import service as orchestration

_DAY = timedelta(days=1)


async def unplanned(
    visit: Visit, here: str, day: date, error: ObradorError | None = None
) -> Response:
    """What is known of the plan, and how to come by one."""
    return visit.page(
        "unplanned.html",
        here,
        error.status if error else 200,
        day=day,
        day_before=day - _DAY,
        day_after=day + _DAY,
        making=await load_making(visit, day),
        may_plan=visit.may_move and day >= visit.today,
        last_planned=await orchestration.last_date(visit.session, visit.tenant),
        error=error,
        error_words=error_words(visit.say, error) if error else "",
    )
