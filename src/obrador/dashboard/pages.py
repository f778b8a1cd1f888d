"""Pages. They show what the services of the contexts say and touch no table."""

from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.alerts import service as alerts
from obrador.authz.access import Manager
from obrador.authz.requester import id_of
from obrador.dashboard.attention import load_matters
from obrador.dashboard.forms import Form, error_words, identity, see, tried, whole
from obrador.dashboard.live import live
from obrador.dashboard.rendering import Day
from obrador.dashboard.today_words import WORKED_BY, load_making, offer
from obrador.dashboard.unplanned import neighbours, unplanned
from obrador.dashboard.visiting import Visit, Visiting
from obrador.dashboard.yesterday import load_yesterday
from obrador.kit.cache import Cache
from obrador.kit.errors import Forbidden, ObradorError
from obrador.kit.http import Caching
from obrador.kit.i18n import Speech
from obrador.orchestration.briefing import Briefing
from obrador.orchestration.cached_briefing import cached_brief
from obrador.orchestration.endpoints import Durable, InForce, named
from obrador.orchestration.regeneration import plan_again
from obrador.procurement import approving as buying
from obrador.production import approving as baking

router = APIRouter(include_in_schema=False)


@router.get("/bakeries/{tenant_id}/today", response_class=HTMLResponse)
async def today(visit: Visiting, cache: Caching, day: Day = None) -> Response:
    """The morning at a glance."""
    return await _page(visit, cache, day or visit.today)


@router.get("/bakeries/{tenant_id}/today/live")
async def follow(visit: Visiting, cache: Caching, day: Day = None) -> Response:
    """The same as it changes."""

    async def now(visit: Visit) -> str:
        name, values = await _seen(visit, cache, day or visit.today)
        return visit.part(f"{name}_now.html", here="today", **values)

    return await live(visit, now)


@router.post("/bakeries/{tenant_id}/today/approve", response_class=HTMLResponse)
async def approve(
    visit: Visiting, _: Manager, cache: Caching, given: Form, day: Day = None
) -> Response:
    """Approve the bake, the orders that are due, or both, as they were read: all or nothing."""
    on = day or visit.today

    async def work() -> None:
        by = await visit.by()
        if given.get("schedule"):
            _check(visit.may_bake)
            await baking.approve(
                visit.session,
                visit.tenant,
                identity(given, "schedule"),
                whole(given, "schedule_version"),
                by,
            )
        if given.get("plan"):
            _check(visit.may_buy)
            await buying.approve(
                visit.session,
                visit.tenant,
                identity(given, "plan"),
                whole(given, "plan_version"),
                by,
                visit.role,
                on,
            )

    error = await tried(visit.session, work())
    plan = await _plan(visit, cache, on) if error else None
    # Whoever taps twice has approved it the first time.
    if error is None or (plan and plan.schedule.status in WORKED_BY and not offer(visit, plan)):
        return see(f"{visit.home}/today", date=on.isoformat(), done="approved")
    return await _page(visit, cache, on, error)


@router.post("/bakeries/{tenant_id}/today/seen", response_class=HTMLResponse)
async def see_alert(
    visit: Visiting, _: Manager, cache: Caching, given: Form, day: Day = None
) -> Response:
    """Say that somebody looks after an alert."""
    on = day or visit.today

    async def work() -> None:
        own_id, by = identity(given, "alert"), id_of(visit.requester)
        await alerts.acknowledge(
            visit.session, visit.tenant, own_id, by, visit.now, visit.say.language
        )

    error = await tried(visit.session, work())
    if error is None:
        return see(f"{visit.home}/today", "attention", date=on.isoformat())
    return await _page(visit, cache, on, error)


@router.post("/bakeries/{tenant_id}/today/plan", response_class=HTMLResponse)
async def plan_now(
    visit: Visiting,
    _: Manager,
    cache: Caching,
    engine: Durable,
    settings: InForce,
    day: Day = None,
) -> Response:
    """Have the day planned, or planned again."""
    on = day or visit.today

    async def work() -> None:
        await plan_again(
            visit.session,
            engine,
            settings,
            visit.tenant,
            on,
            visit.now,
            kind="manual",
            triggered_by=named(visit.requester),
        )

    error = await tried(visit.session, work())
    if error is None:
        return see(f"{visit.home}/today", date=on.isoformat())
    return await _page(visit, cache, on, error)


def _check(may: bool) -> None:
    if not may:
        raise Forbidden("Your role in this bakery does not decide about this.")


def done_words(say: Speech, done: str) -> str:
    """What has just been done; empty: nothing that is known."""
    return {"approved": say.phrase("Approved.")}.get(done, "")


async def _plan(visit: Visit, cache: Cache, day: date) -> Briefing | None:
    return await cached_brief(cache, visit.session, visit.tenant, visit.bakery, day, visit.say)


async def _page(
    visit: Visit, cache: Cache, day: date, error: ObradorError | None = None
) -> Response:
    name, values = await _seen(visit, cache, day)
    return visit.page(
        f"{name}.html",
        "today",
        error.status if error else 200,
        error=error,
        error_words=error_words(visit.say, error) if error else "",
        done=done_words(visit.say, visit.request.query_params.get("done", "")),
        **values,
    )


async def _seen(visit: Visit, cache: Cache, day: date) -> tuple[str, dict[str, Any]]:
    """The name of the page's template, and what it shows of the day."""
    plan = await _plan(visit, cache, day)
    if plan is None:
        return "unplanned", await unplanned(visit, day)
    return "today", {
        **neighbours(day),
        "plan": plan,
        "making": await load_making(visit, day),
        "offer": offer(visit, plan),
        "may_plan": visit.may_move and day >= visit.today,
        "matters": await load_matters(visit, plan),
        "yesterday": await load_yesterday(visit, day),
    }
