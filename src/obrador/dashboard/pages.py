"""Pages. They show what the services of the contexts say and touch no table."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from obrador.authz.access import Viewer, home_of
from obrador.authz.requester import Asking
from obrador.dashboard.rendering import Day, page, speech_for
from obrador.kit.clock import business_date
from obrador.kit.http import Caching, Now, Session
from obrador.orchestration import service as orchestration
from obrador.orchestration.cached_briefing import cached_brief
from obrador.tenants import service as tenants

router = APIRouter(include_in_schema=False)


@router.get("/", response_class=HTMLResponse)
async def front(request: Request, session: Session, requester: Asking) -> Response:
    """The bakery's day, or how to begin when there is none."""
    home = await home_of(session, requester)
    if home is None:
        return page(request, speech_for(request), "welcome.html")
    return RedirectResponse(f"/bakeries/{home}/today")


@router.get("/bakeries/{tenant_id}/today", response_class=HTMLResponse)
async def today(
    request: Request,
    session: Session,
    cache: Caching,
    now: Now,
    tenant: Viewer,
    day: Day = None,
) -> Response:
    """The morning at a glance."""
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    say = speech_for(request, bakery)
    day = day or business_date(now, bakery.time_zone)
    plan = await cached_brief(cache, session, tenant, bakery, day, say)
    if plan is None:
        last_planned = await orchestration.last_date(session, tenant)
        return page(
            request,
            say,
            "unplanned.html",
            here="today",
            bakery=bakery,
            day=day,
            last_planned=last_planned,
        )
    return page(request, say, "today.html", here="today", plan=plan)
