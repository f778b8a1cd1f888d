"""Executions: what has run, for whom and how it went; tried again, or ended before its time."""

from collections import defaultdict
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import chosen_tenants
from obrador.dashboard import platform_words as words
from obrador.dashboard.forms import error_words, see, tried
from obrador.dashboard.live import live
from obrador.dashboard.platform_live_pages import Watched
from obrador.dashboard.platform_visiting import HOME, PlatformVisit, VisitingPlatform
from obrador.dashboard.waterfall import scale_of, waterfall_svg
from obrador.kit.errors import ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.pagination import PageRequest
from obrador.kit.schemas import Day
from obrador.orchestration import managing, reports, run_facts, snapshots
from obrador.orchestration.endpoints import (
    Durable,
    InForce,
    cancel_execution,
    retry_execution,
)
from obrador.orchestration.models import Execution
from obrador.orchestration.progress import UNFINISHED, progress
from obrador.orchestration.reports import ExecutionFilter, RunFilter
from obrador.orchestration.schemas import ExecutionStatus, FailedStep, RunStatus

router = APIRouter(prefix=HOME, include_in_schema=False)

_PAGE = 25
_OFTEN = 1.0
_MOST_FAILURES, _MOST_EXAMPLES = 10, 3
_RETRIABLE = ("failed", "partial_success", "cancelled", "missed")
Cursor = Annotated[UUID | None, Query()]
Status = Annotated[ExecutionStatus | Literal[""], Query()]
Kind = Annotated[Literal["", "scheduled", "manual", "event", "test"], Query(alias="type")]
Which = Annotated[RunStatus | Literal["", "all"], Query(alias="status")]
_FIRST_SHOWN: tuple[RunStatus, ...] = ("running", "failed", "partial_success")
"""Bakeries that one looks for first, if there are any."""


@router.get("/executions", response_class=HTMLResponse)
async def executions(
    visit: VisitingPlatform,
    cursor: Cursor = None,
    workflow: Annotated[str, Query(max_length=60)] = "",
    status: Status = "",
    kind: Kind = "",
    day: Annotated[Day | Literal[""], Query()] = "",
) -> Response:
    """Those that were due last first, by what was asked for."""
    on = day or None
    wanted = ExecutionFilter(
        workflow or None, (status,) if status else (), None, on, on, kind or None
    )
    found = await reports.executions(visit.session, wanted, PageRequest(cursor, _PAGE))
    return visit.page(
        "platform_executions.html",
        "executions",
        found=found,
        workflows=[row.name for row in await managing.schedule(visit.session)],
        chosen={"workflow": workflow, "status": status, "type": kind, "day": day},
        words=words,
    )


@router.get("/executions/{id}", response_class=HTMLResponse)
async def execution(
    visit: VisitingPlatform, id: UUID, status: Which = "", cursor: Cursor = None
) -> Response:
    """An execution: how far it is, its bakeries' runs side by side, and what is worth knowing."""
    return await _page(visit, id, status, cursor)


@router.get("/executions/{id}/now")
async def follow(
    visit: VisitingPlatform, id: UUID, status: Which = "", cursor: Cursor = None
) -> Response:
    """What moves of it, sent anew while it does."""
    await reports.execution(visit.session, id)

    async def part(again: PlatformVisit) -> str:
        values = await _values(again, id, status, cursor)
        return again.part("platform_execution_now.html", **values)

    return await live(visit, part, every=_OFTEN)


@router.post("/executions/{id}/retry", response_class=HTMLResponse)
async def retry(visit: VisitingPlatform, engine: Durable, settings: InForce, id: UUID) -> Response:
    """Run again what failed of it, or all of it if it was missed."""
    work = retry_execution(visit.requester, visit.session, engine, settings, visit.now, id)
    return await _done(visit, id, work, "retried")


@router.post("/executions/{id}/cancel", response_class=HTMLResponse)
async def cancel(visit: VisitingPlatform, engine: Durable, id: UUID) -> Response:
    """End it before its time."""
    work = cancel_execution(visit.requester, visit.session, visit.request, engine, visit.now, id)
    return await _done(visit, id, work, "cancelled")


@router.get("/bakeries/{bakery_id}/runs/{run_id}", response_class=HTMLResponse)
async def run(visit: VisitingPlatform, bakery_id: UUID, run_id: UUID) -> Response:
    """A bakery's run: its steps, what it was planned from, and what it told others."""
    session = visit.session
    (tenant,) = await chosen_tenants(session, visit.requester, [bakery_id])
    found = await reports.run_detail(session, tenant, run_id, visit.settings)
    began = found.started_at or found.created_at
    told = await run_facts.told_between(session, tenant, began, found.completed_at or visit.now)
    scale = scale_of([found], visit.now)
    return visit.page(
        "platform_run.html",
        "executions",
        run=found,
        name=(await run_facts.names_of(session, [tenant]))[tenant],
        snapshot=await snapshots.kept(session, tenant, found.business_date, found.revision),
        told=told,
        picture=waterfall_svg(visit.say, scale, found, found.steps, visit.now),
        words=words,
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """The same step with the same error, of some bakeries."""

    step: str
    error: str
    count: int
    examples: tuple[FailedStep, ...]


def failures_of(steps: Sequence[FailedStep]) -> list[Failure]:
    """What failed alike together, what struck most bakeries first: the same for all is ours or the
    database's, of one bakery it is its data."""
    alike: dict[tuple[str, str], list[FailedStep]] = defaultdict(list)
    for step in steps:
        alike[step.step, step.error or ""].append(step)
    found = [Failure(*key, len(own), tuple(own[:_MOST_EXAMPLES])) for key, own in alike.items()]
    return sorted(found, key=lambda each: -each.count)


def done_words(say: Speech, done: str) -> str:
    """What has just been done; empty: nothing that is known."""
    return {
        "retried": say.phrase("What failed runs again now."),
        "cancelled": say.phrase("Cancelled. Bakeries that were done keep their plans."),
        "started": say.phrase("It runs now."),
        "asked": say.phrase("All of this had its run already: here it is. Force it to run anew."),
    }.get(done, "")


async def _done(
    visit: PlatformVisit, id: UUID, work: Coroutine[Any, Any, object], done: str
) -> Response:
    error = await tried(visit.session, work)
    if error is None:
        return see(f"{HOME}/executions/{id}", done=done)
    return await _page(visit, id, "", None, error)


async def _page(
    visit: PlatformVisit,
    id: UUID,
    status: str,
    cursor: UUID | None,
    error: ObradorError | None = None,
) -> Response:
    values = await _values(visit, id, status, cursor)
    logs = await reports.logs(visit.session, id, PageRequest(limit=100))
    failures = failures_of(await reports.failed_steps(visit.session, id))[:_MOST_FAILURES]
    shown = [step.tenant_id for failure in failures for step in failure.examples]
    return visit.page(
        "platform_execution.html",
        "executions",
        error.status if error else 200,
        logs=logs,
        failures=failures,
        failed_names=await run_facts.names_of(visit.session, shown),
        error=error,
        error_words=error_words(visit.say, error) if error else "",
        done=done_words(visit.say, visit.request.query_params.get("done", "")),
        **values,
    )


async def _values(
    visit: PlatformVisit, id: UUID, status: str, cursor: UUID | None
) -> dict[str, object]:
    session = visit.session
    each = Watched(await reports.execution(session, id), await progress(session, id))
    chosen = status or next((own for own in _FIRST_SHOWN if each.count(own)), "all")
    found = await reports.runs_of_execution(
        session,
        id,
        RunFilter(statuses=() if chosen == "all" else (chosen,)),
        PageRequest(cursor, _PAGE),
        visit.settings,
    )
    steps = await run_facts.steps_of(session, found.rows)
    scale = scale_of(found.rows, visit.now)
    return {
        "each": each,
        "scale": scale,
        "runs": found,
        "names": await run_facts.names_of(session, [run.tenant_id for run in found.rows]),
        "pictures": {
            run.id: waterfall_svg(visit.say, scale, run, steps.get(run.id, ()), visit.now)
            for run in found.rows
        },
        "at_work": {
            run.id: words.step_words(visit.say, _next_step(each.row, len(steps.get(run.id, ()))))
            for run in found.rows
            if run.status == "running"
        },
        "chosen": chosen,
        "is_moving": each.row.status in UNFINISHED,
        "is_retriable": each.row.status in _RETRIABLE,
        "words": words,
    }


def _next_step(row: Execution, done: int) -> str:
    """The step that a run works on after so many; empty: it is about to end."""
    names = [step["stage"] for step in row.steps]
    return names[done] if done < len(names) else ""
