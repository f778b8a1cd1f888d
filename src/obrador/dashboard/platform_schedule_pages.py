"""Schedule: what runs next, holidays, what was missed; to switch on or off, or to run now."""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.dashboard import platform_words as words
from obrador.dashboard.forms import Form, Given, error_words, filled, see, tried
from obrador.dashboard.platform_coming import load_coming, load_holidays, rule_words
from obrador.dashboard.platform_visiting import HOME, PlatformVisit, VisitingPlatform
from obrador.kit.errors import ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.pagination import PageRequest
from obrador.orchestration import managing, reports, run_facts
from obrador.orchestration.endpoints import Durable, InForce, execute_workflow
from obrador.orchestration.reports import ExecutionFilter
from obrador.orchestration.schemas import ExecuteInput, ExecutionStarted

router = APIRouter(prefix=f"{HOME}/schedule", include_in_schema=False)

_MISSED_DAYS = 14
_MOST_MISSED = 10
_MOST_COMING = 40


@router.get("", response_class=HTMLResponse)
async def schedule(visit: VisitingPlatform) -> Response:
    """What runs when."""
    return await _page(visit)


@router.post("/{workflow_id}/enable", response_class=HTMLResponse)
async def enable(visit: VisitingPlatform, workflow_id: UUID) -> Response:
    """Let it fire by itself from now on."""
    work = managing.enable(visit.session, workflow_id, True, visit.now)
    return await _done(visit, work, "enabled")


@router.post("/{workflow_id}/disable", response_class=HTMLResponse)
async def disable(visit: VisitingPlatform, workflow_id: UUID) -> Response:
    """Let it fire no more by itself."""
    work = managing.enable(visit.session, workflow_id, False, visit.now)
    return await _done(visit, work, "disabled")


@router.post("/{workflow_id}/run", response_class=HTMLResponse)
async def run(
    visit: VisitingPlatform, engine: Durable, settings: InForce, workflow_id: UUID, given: Form
) -> Response:
    """Run it now: for the bakeries named, or all; for a date, or each one's today."""
    started: list[ExecutionStarted] = []

    async def work() -> None:
        named = [name for name in map(str.strip, given.get("bakeries", "").split(",")) if name]
        values = {
            "tenants": await run_facts.ids_named(visit.session, named) if named else None,
            "business_date": given.get("date"),
            "force_regenerate": bool(given.get("force")),
        }
        wanted = filled(ExecuteInput, values)
        started.append(
            await execute_workflow(
                visit.requester, visit.session, engine, settings, visit.now, workflow_id, wanted
            )
        )

    error = await tried(visit.session, work())
    if error is None:
        done = "started" if started[0].is_new else "asked"
        return see(f"{HOME}/executions/{started[0].id}", done=done)
    return await _page(visit, error, workflow_id, given)


def done_words(say: Speech, done: str) -> str:
    """What has just been done; empty: nothing that is known."""
    return {
        "enabled": say.phrase("Switched on: it runs by itself from now on."),
        "disabled": say.phrase("Switched off: it does not run by itself. What runs goes on."),
    }.get(done, "")


async def _done(visit: PlatformVisit, work: Coroutine[Any, Any, object], done: str) -> Response:
    error = await tried(visit.session, work)
    return see(f"{HOME}/schedule", done=done) if error is None else await _page(visit, error)


async def _page(
    visit: PlatformVisit,
    error: ObradorError | None = None,
    at: UUID | None = None,
    given: Given | None = None,
) -> Response:
    """The page; with what was wrong with a form, and what was entered into it."""
    coming = await load_coming(visit)
    next_of = {each.workflow: each for each in reversed(coming)}
    places = {name: place for place, name in enumerate(dict.fromkeys(e.workflow for e in coming))}
    rows = await managing.schedule(visit.session)
    first = visit.now.date() - timedelta(days=_MISSED_DAYS)
    missed = await reports.executions(
        visit.session,
        ExecutionFilter(statuses=("missed",), first=first),
        PageRequest(limit=_MOST_MISSED),
    )
    return visit.page(
        "platform_schedule.html",
        "schedule",
        error.status if error else 200,
        workflows=sorted(rows, key=lambda row: places.get(row.name, len(places))),
        coming=coming[:_MOST_COMING],
        next_of=next_of,
        holidays=await load_holidays(visit),
        rule_words=rule_words,
        missed=missed.rows,
        at=at,
        given=given or {},
        error=error,
        error_words=error_words(visit.say, error) if error else "",
        done=done_words(visit.say, visit.request.query_params.get("done", "")),
        words=words,
    )
