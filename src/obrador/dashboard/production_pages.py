"""A day's production on a time line and as a list: decided on, planned again, worked by."""

from collections.abc import Coroutine
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from obrador.authz.access import ProductionManager
from obrador.dashboard.forms import (
    Form,
    Given,
    decimal,
    error_words,
    filled,
    identity,
    see,
    tried,
    whole,
)
from obrador.dashboard.gantt import gantt_svg
from obrador.dashboard.live import live
from obrador.dashboard.production_words import load_day
from obrador.dashboard.rendering import Day
from obrador.dashboard.unplanned import neighbours, unplanned
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.errors import Fault, Invalid, ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.schemas import in_base_unit
from obrador.orchestration.endpoints import Durable, InForce
from obrador.orchestration.production_endpoints import regenerate_schedule, reject_schedule
from obrador.production import approving, batch_work
from obrador.production.batch_work import Yield
from obrador.production.schemas import CancelInput, CompleteInput
from obrador.production.service import RejectInput

router = APIRouter(prefix="/bakeries/{tenant_id}/production", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
async def production(visit: Visiting, day: Day = None) -> Response:
    """A day's batches, what has become of them and what can be done with them."""
    return await _page(visit, day)


@router.get("/live")
async def follow(visit: Visiting, day: Day = None) -> Response:
    """The same as it changes: others start and complete batches, or the day is planned again."""

    async def now(visit: Visit) -> str:
        name, values = await _seen(visit, day or visit.today)
        return visit.part(f"{name}_now.html", here="production", **values)

    return await live(visit, now)


@router.post("/schedules/{schedule_id}/approve", response_class=HTMLResponse)
async def approve(
    visit: Visiting, _: ProductionManager, schedule_id: UUID, given: Form, day: Day = None
) -> Response:
    """Approve a schedule as it was read."""

    async def work() -> None:
        version = whole(given, "version")
        await approving.approve(visit.session, visit.tenant, schedule_id, version, await visit.by())

    return await _decided(visit, day, work(), "approved")


@router.post("/schedules/{schedule_id}/reject", response_class=HTMLResponse)
async def reject(
    visit: Visiting,
    _: ProductionManager,
    engine: Durable,
    settings: InForce,
    schedule_id: UUID,
    given: Form,
    day: Day = None,
) -> Response:
    """Turn a schedule down, with a reason of the list or in own words."""

    async def work() -> None:
        reason = " · ".join(filter(None, (given.get("quick"), given.get("reason"))))
        await reject_schedule(
            visit.tenant,
            visit.requester,
            visit.session,
            engine,
            settings,
            visit.now,
            schedule_id,
            whole(given, "version"),
            filled(RejectInput, {"reason": reason}),
        )

    return await _decided(visit, day, work(), "rejected", given)


@router.post("/schedules/{schedule_id}/regenerate", response_class=HTMLResponse)
async def regenerate(
    visit: Visiting,
    _: ProductionManager,
    engine: Durable,
    settings: InForce,
    schedule_id: UUID,
    day: Day = None,
) -> Response:
    """Have the day planned again."""

    async def work() -> None:
        await regenerate_schedule(
            visit.tenant, visit.requester, visit.session, engine, settings, visit.now, schedule_id
        )

    return await _decided(visit, day, work(), "regenerating")


@router.post("/batches/{batch_id}/start", response_class=HTMLResponse)
async def start(visit: Visiting, _: ProductionManager, batch_id: UUID, day: Day = None) -> Response:
    """Begin a batch now."""

    async def work() -> None:
        await batch_work.start(visit.session, visit.tenant, batch_id, await visit.by(), None)

    return await _worked(visit, day, batch_id, work(), {})


@router.post("/batches/{batch_id}/complete", response_class=HTMLResponse)
async def complete(
    visit: Visiting, _: ProductionManager, batch_id: UUID, given: Form, day: Day = None
) -> Response:
    """End a batch with what it gave."""

    async def work() -> None:
        outcome = _yield(given)
        posting_id = identity(given, "posting_id")
        await batch_work.complete(
            visit.session, visit.tenant, batch_id, await visit.by(), outcome, posting_id
        )

    return await _worked(visit, day, batch_id, work(), given)


@router.post("/batches/{batch_id}/cancel", response_class=HTMLResponse)
async def cancel(
    visit: Visiting, _: ProductionManager, batch_id: UUID, given: Form, day: Day = None
) -> Response:
    """Give a batch up."""

    async def work() -> None:
        why = filled(CancelInput, {"reason": given.get("reason", "")})
        posting_id = identity(given, "posting_id")
        await batch_work.cancel(
            visit.session, visit.tenant, batch_id, await visit.by(), why.reason, posting_id
        )

    return await _worked(visit, day, batch_id, work(), given)


_BASES = {"kg": "g", "l": "ml", "piece": "piece"}


def _yield(given: Given) -> Yield:
    """What the form says a batch gave.

    Raises:
        Invalid: that are no quantities.
    """
    numbers = {name: decimal(given.get(name, "")) for name in ("made", "wasted")}
    told = filled(CompleteInput, numbers | {"note": given.get("note", "")})
    unit = given.get("unit", "")
    if unit not in _BASES:
        raise Invalid("unit: choose kg, l or piece.", [Fault("unit", "is none of kg, l, piece")])
    made = told.made and in_base_unit(told.made, unit, _BASES[unit], "made")
    wasted = in_base_unit(told.wasted, unit, _BASES[unit], "wasted")
    return Yield(made, wasted, told.note, None)


def done_words(say: Speech, done: str) -> str:
    """What has just been done; empty: nothing that is known."""
    return {
        "approved": say.phrase("Approved. Start the first batch when you are ready."),
        "rejected": say.phrase(
            "Turned down. Where its data was too old, a new plan is being made."
        ),
        "regenerating": say.phrase("A new plan is being made: reload in a moment."),
        "edited": say.phrase("Saved."),
    }.get(done, "")


def quick_reasons(say: Speech) -> tuple[str, ...]:
    """Why schedules are usually turned down; the first has the day planned again at once."""
    return (
        say.phrase("Stale data"),
        say.phrase("Too much"),
        say.phrase("Too little"),
        say.phrase("Wrong times"),
    )


async def _decided(
    visit: Visit,
    day: date | None,
    work: Coroutine[Any, Any, None],
    done: str,
    given: Given | None = None,
) -> Response:
    """Go back to the day; or show it as it is now, with what was wrong and what was entered."""
    error = await tried(visit.session, work)
    if error is None:
        on = (day or visit.today).isoformat()
        return see(f"{visit.home}/production", date=on, done=done)
    return await _page(visit, day, given, error)


async def _worked(
    visit: Visit,
    day: date | None,
    batch_id: UUID,
    work: Coroutine[Any, Any, None],
    given: Given,
) -> Response:
    """Go back to the batch, or to what was wrong with it. Scripts ask for its row alone."""
    error = await tried(visit.session, work)
    on = day or visit.today
    if "HX-Request" in visit.request.headers:
        return await _row(visit, on, batch_id, given, error)
    if error is None:
        return see(f"{visit.home}/production", f"batch-{batch_id}", date=on.isoformat())
    return await _page(visit, on, given, error, batch_id)


async def _row(
    visit: Visit, day: date, batch_id: UUID, given: Given, error: ObradorError | None
) -> Response:
    """A batch of the list, and how far the day is."""
    plan = await load_day(visit, day)
    return visit.page(
        "production_batch.html",
        "production",
        plan=plan,
        day=day,
        batch=next((each for each in plan.batches if each.id == batch_id), None) if plan else None,
        batch_id=batch_id,
        is_part=True,
        failed_batch=batch_id if error else None,
        given=given,
        error=error,
        error_words=error_words(visit.say, error) if error else "",
    )


async def _page(
    visit: Visit,
    day: date | None,
    given: Given | None = None,
    error: ObradorError | None = None,
    failed_batch: UUID | None = None,
) -> Response:
    name, values = await _seen(visit, day or visit.today)
    told = {
        "failed_batch": failed_batch,
        "given": given or {},
        "error": error,
        "error_words": error_words(visit.say, error) if error else "",
        "done": done_words(visit.say, visit.request.query_params.get("done", "")),
    }
    status = error.status if error else 200
    return visit.page(f"{name}.html", "production", status, **values | told)


async def _seen(visit: Visit, day: date) -> tuple[str, dict[str, Any]]:
    """The name of the page's template, and what it shows of the day as long as nobody has failed to
    do something."""
    plan = await load_day(visit, day)
    if plan is None:
        return "unplanned", await unplanned(visit, day)
    drawn = gantt_svg(visit.say, plan.seen, visit.now, is_inline=True)
    return "production", {
        **neighbours(day),
        "plan": plan,
        "picture": Markup(drawn),  # noqa: S704  it escapes every name
        "quick_reasons": quick_reasons(visit.say),
        "is_part": False,
        "failed_batch": None,
        "given": {},
        "error": None,
        "error_words": "",
    }
