"""Health: what is wrong and what to do, who takes part, and what it all takes."""

from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.requester import AT_THIS_MACHINE
from obrador.dashboard import platform_words as words
from obrador.dashboard.platform_findings import Seen, findings
from obrador.dashboard.platform_visiting import HOME, PlatformVisit, VisitingPlatform
from obrador.kit.cache import CacheKey
from obrador.kit.http import Caching
from obrador.kit.vitals import vitals
from obrador.orchestration import statistics, telemetry
from obrador.orchestration.schemas import Statistics

router = APIRouter(prefix=HOME, include_in_schema=False)

_DAYS = 7
_MOST_INSTANCES = 20
_KIND = "platform"
_SECONDS = 300


@router.get("/health", response_class=HTMLResponse)
async def health(visit: VisitingPlatform, cache: Caching) -> Response:
    """How the platform is."""
    session, settings = visit.session, visit.settings
    figures = await statistics.figures(session, settings)
    leader = await statistics.leader(session, settings)
    seen = Seen(
        settings,
        await statistics.health(session, settings),
        figures,
        await vitals(session),
        cache.state,
        await telemetry.late(session, settings, visit.now),
    )
    alive = [each for each in leader.instances if each.status == "alive"]
    return visit.page(
        "platform_health.html",
        "health",
        seen=seen,
        findings=findings(visit.say, seen),
        leader=leader,
        instances=alive[:_MOST_INSTANCES],
        instances_count=len(alive),
        entries=await cache.entries(),
        words=words,
    )


@router.get("/health/takes", response_class=HTMLResponse)
async def takes(visit: VisitingPlatform, cache: Caching) -> Response:
    """What runs take and cost: a part of the page before, which fetches it once it is shown, as it
    takes longer to add up; without scripts, a page."""
    is_part = "hx-request" in visit.request.headers
    template, heading = (
        ("platform_takes.html", "h3") if is_part else ("platform_takes_page.html", "h2")
    )
    return visit.page(
        template, "health", heading=heading, week=await _week(visit, cache), words=words
    )


async def _week(visit: PlatformVisit, cache: Caching) -> Statistics:
    """What the last days took; of ten thousand bakeries it takes seconds to add up, so it is kept
    for some minutes."""
    last = visit.now.date()

    async def make() -> bytes:
        first = last - timedelta(days=_DAYS - 1)
        found = await statistics.statistics(visit.session, visit.settings, first, last, None)
        return found.model_dump_json().encode()

    key = CacheKey(AT_THIS_MACHINE, _KIND, f"statistics {last}")
    content = await cache.get_or_make(key, _SECONDS, make)
    return Statistics.model_validate_json(content or await make())
