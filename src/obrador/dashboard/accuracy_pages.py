"""Accuracy: how near forecasts have come, which way that goes, and what the model is trained on."""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from obrador.authz.access import Manager
from obrador.dashboard.accuracy_picture import trend_charts
from obrador.dashboard.accuracy_words import (
    bands,
    ended_on,
    headline,
    health_words,
    job_words,
    leaning_words,
    mean_coverage,
    override_words,
    reason_words,
    rule_words,
    turn,
)
from obrador.dashboard.forms import Form, error_words, identity, see, tried
from obrador.dashboard.live import live
from obrador.dashboard.visiting import Visit, Visiting
from obrador.forecasting import service as forecasting
from obrador.forecasting.service import AccuracySummary, BackfillInput
from obrador.kit.errors import ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.orchestration.definitions import RETRAINING
from obrador.orchestration.due import next_run_of
from obrador.orchestration.endpoints import Durable, InForce
from obrador.orchestration.training_endpoints import train_model
from obrador.settings import Settings

router = APIRouter(prefix="/bakeries/{tenant_id}/accuracy", include_in_schema=False)

_DAYS = 30
_OFTEN = 15.0
"""Seconds after which it is looked whether a training has ended that nobody tells of."""
_COMPARED_AGAIN = 14
"""Days whose sales may have come late."""
Counted = Annotated[int, Query(ge=0, le=_COMPARED_AGAIN)]


@router.get("", response_class=HTMLResponse)
async def accuracy(visit: Visiting, settings: InForce, n: Counted = 0) -> Response:
    """The last comparison, the trend with best and worst products, and what is trained."""
    done = done_words(visit.say, visit.request.query_params.get("done", ""), n)
    return await _accuracy(visit, settings, done=done)


@router.get("/live")
async def follow_training(visit: Visiting, settings: InForce) -> Response:
    """The part about training, while one is under way."""

    job_id = new_id()

    async def part(now: Visit) -> str:
        return now.part("accuracy_training.html", **await _training(now, settings, job_id))

    return await live(visit, part, every=_OFTEN)


@router.post("/validate", response_class=HTMLResponse)
async def compare(visit: Visiting, _: Manager, settings: InForce) -> Response:
    """Compare the last two weeks with their sales again, which may have come late."""
    found: list[int] = []

    async def work() -> None:
        days = BackfillInput(
            first=visit.today - timedelta(days=_COMPARED_AGAIN),
            last=visit.today - timedelta(days=1),
        )
        outcome = await forecasting.backfill(visit.session, visit.tenant, days)
        found.append(len(outcome.validated))

    return await _posted(visit, settings, work(), "compared", n=found)


@router.post("/train", response_class=HTMLResponse)
async def train(
    visit: Visiting, _: Manager, engine: Durable, settings: InForce, given: Form
) -> Response:
    """Train the model now."""

    async def work() -> None:
        job_id = identity(given, "job_id")
        await train_model(
            visit.tenant, visit.requester, visit.session, engine, settings, visit.now, job_id
        )

    return await _posted(visit, settings, work(), "training")


@router.post("/jobs/{job_id}/cancel", response_class=HTMLResponse)
async def call_off(visit: Visiting, _: Manager, settings: InForce, job_id: UUID) -> Response:
    """Call a training off."""
    work = forecasting.cancel_job(visit.session, visit.tenant, job_id, visit.now)
    return await _posted(visit, settings, work, "cancelled")


def done_words(say: Speech, done: str, count: int) -> str:
    """What has just been done; empty: nothing that is known."""
    match done:
        case "compared" if not count:
            return say.phrase(
                "There is nothing to compare: no forecasts, or no sales of the last two weeks."
            )
        case "compared":
            return say.counted("{n} day compared again.", "{n} days compared again.", count)
        case "training":
            return say.phrase("A model is being trained: look again in a minute.")
        case "cancelled":
            return say.phrase("Called off. The model that was there goes on.")
        case _:
            return ""


async def _posted(
    visit: Visit,
    settings: Settings,
    work: Coroutine[Any, Any, object],
    done: str,
    n: list[int] | None = None,
) -> Response:
    """Go back to the page; or show it with what was wrong."""
    error = await tried(visit.session, work)
    if error is None:
        counted = {"n": str(n[0])} if n else {}
        return see(f"{visit.home}/accuracy", done=done, **counted)
    return await _accuracy(visit, settings, error=error)


async def _accuracy(
    visit: Visit, settings: Settings, error: ObradorError | None = None, done: str = ""
) -> Response:
    session, tenant, say, now = visit.session, visit.tenant, visit.say, visit.now
    seen = await forecasting.summary_of(session, tenant, _DAYS, now)
    trend = await forecasting.load_trends(session, [tenant], seen.first, seen.last)
    before = seen.before
    return visit.page(
        "accuracy.html",
        "accuracy",
        error.status if error else 200,
        seen=seen,
        headline=headline(say, seen),
        health=health_words(say, seen.overall.health) if seen.overall else ("", ""),
        turn=turn(say, seen.overall.mape, before.mape if before else None)
        if seen.overall
        else None,
        coverage=mean_coverage([each.accuracy.coverage for each in trend[tenant]]),
        charts=_charts(say, seen),
        nearest=[each for each in seen.best if each not in seen.worst],
        bands=bands(say, seen),
        leaning_words=leaning_words,
        changed=override_words(say, seen.overrides) if seen.overrides else "",
        **await _training(visit, settings, new_id()),
        error=error,
        error_words=error_words(say, error) if error else "",
        done=done,
    )


def _charts(say: Speech, seen: AccuracySummary) -> list[Markup]:
    return [Markup(each) for each in trend_charts(say, seen)] if seen.days else []  # noqa: S704


async def _training(visit: Visit, settings: Settings, job_id: UUID) -> dict[str, object]:
    """What the part about training shows.

    Args:
        job_id: of the training to ask for; asked for twice from one page, it is one.
    """
    return {
        "activity": await forecasting.training_activity(visit.session, visit.tenant, visit.now),
        "next_run": await _next_run(visit, settings),
        "job_id": job_id,
        "job_words": job_words,
        "reason_words": reason_words,
        "ended_on": ended_on,
        "rule": rule_words(visit.say, visit.bakery.policy),
    }


async def _next_run(visit: Visit, settings: Settings) -> str:
    """When it is next looked whether to train; empty: not by itself."""
    if settings.scheduler_disabled:
        return ""
    due = await next_run_of(
        visit.session, visit.tenant, RETRAINING, visit.now, settings.default_timezone
    )
    return visit.say.short_day(visit.local(due)) if due else ""
