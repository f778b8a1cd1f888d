"""Live: what runs now, how far it is, and what has just ended."""

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from obrador.dashboard import platform_words as words
from obrador.dashboard.live import live
from obrador.dashboard.platform_coming import load_coming
from obrador.dashboard.platform_visiting import HOME, PlatformVisit, VisitingPlatform
from obrador.kit.pagination import PageRequest
from obrador.orchestration import reports, statistics
from obrador.orchestration.models import Execution
from obrador.orchestration.progress import UNFINISHED, Progress, progress_of
from obrador.orchestration.reports import ExecutionFilter

router = APIRouter(prefix=HOME, include_in_schema=False)

_MOST_RUNNING = 20
_MOST_ENDED = 6
_MOST_COMING = 3
_ENDED = tuple(status for status in words.STATUSES if status not in UNFINISHED)
_OFTEN = 1.0


@dataclass(frozen=True, slots=True)
class Watched:
    """An execution and how far it is."""

    row: Execution
    far: Progress

    @property
    def waiting(self) -> int:
        """Bakeries whose turn has not come."""
        return self.far.tenants_total - self.far.tenants_done - self.far.running

    def count(self, status: str) -> int:
        """How many bakeries are so."""
        known = {
            "all": self.far.tenants_total,
            "running": self.far.running,
            "failed": self.far.failed,
            "partial_success": self.far.partial,
            "completed": self.far.tenants_done - self.far.failed - self.far.partial,
            "pending": self.waiting,
        }
        return known.get(status, 0)

    @property
    def share(self) -> float:
        """Of its steps that are done, 0 to 1."""
        return self.far.steps_done / self.far.steps_total if self.far.steps_total else 0.0


@router.get("")
async def front() -> Response:
    """What runs now is what operators open first."""
    return RedirectResponse(f"{HOME}/live")


@router.get("/live", response_class=HTMLResponse)
async def now(visit: VisitingPlatform) -> Response:
    """What runs now."""
    coming = (await load_coming(visit))[:_MOST_COMING]
    return visit.page("platform_live.html", "live", 200, coming=coming, **await _values(visit))


@router.get("/live/now")
async def follow(visit: VisitingPlatform) -> Response:
    """The same, sent anew while it moves."""
    return await live(visit, _part, every=_OFTEN)


async def _part(visit: PlatformVisit) -> str:
    return visit.part("platform_live_now.html", **await _values(visit))


async def _values(visit: PlatformVisit) -> dict[str, object]:
    session = visit.session
    rows = await reports.executions(
        session, ExecutionFilter(statuses=UNFINISHED), PageRequest(limit=_MOST_RUNNING)
    )
    far = await progress_of(session, [row.id for row in rows.rows])
    ended = await reports.executions(
        session, ExecutionFilter(statuses=_ENDED), PageRequest(limit=_MOST_ENDED)
    )
    return {
        "running": [Watched(row, far[row.id]) for row in rows.rows if row.id in far],
        "ended": ended.rows,
        "health": await statistics.health(session, visit.settings),
        "words": words,
    }
