"""Purchasing: the plan by supplier and day, why, what changed; approved, turned down, edited."""

from collections.abc import Coroutine
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import ProcurementManager
from obrador.dashboard.consequence_words import consequence_words, cost_words
from obrador.dashboard.forms import Form, Given, error_words, filled, see, tried, whole
from obrador.dashboard.order_words import load_known
from obrador.dashboard.purchasing_words import Desk, load_desk
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.errors import Fault, Invalid, ObradorError
from obrador.kit.i18n import Speech
from obrador.orchestration.endpoints import Durable, InForce
from obrador.orchestration.procurement_endpoints import regenerate_plan, reject_plan
from obrador.procurement import approving, editing
from obrador.procurement.edit_schemas import PlanChanges
from obrador.procurement.service import RejectInput

router = APIRouter(prefix="/bakeries/{tenant_id}/purchasing", include_in_schema=False)

_DONE = "done"


@router.get("", response_class=HTMLResponse)
async def purchasing(visit: Visiting, plan: Annotated[UUID | None, Query()] = None) -> Response:
    """The newest plan, or another one, and what is on its way."""
    return await _desk(visit, plan)


@router.post("/plans/{plan_id}/approve", response_class=HTMLResponse)
async def approve(visit: Visiting, _: ProcurementManager, plan_id: UUID, given: Form) -> Response:
    """Approve a plan as it was read: all of it, or what has to be ordered today."""

    async def work() -> None:
        until = visit.today if given.get("until") == "today" else None
        version = whole(given, "version")
        await approving.approve(
            visit.session, visit.tenant, plan_id, version, await visit.by(), visit.role, until
        )

    return await _decided(visit, plan_id, work(), "approved")


@router.post("/plans/{plan_id}/reject", response_class=HTMLResponse)
async def reject(
    visit: Visiting,
    _: ProcurementManager,
    engine: Durable,
    settings: InForce,
    plan_id: UUID,
    given: Form,
) -> Response:
    """Turn a plan down, with a reason of the list or in own words."""

    async def work() -> None:
        reason = " · ".join(filter(None, (given.get("quick"), given.get("reason"))))
        await reject_plan(
            visit.tenant,
            visit.requester,
            visit.session,
            engine,
            settings,
            visit.now,
            plan_id,
            whole(given, "version"),
            filled(RejectInput, {"reason": reason}),
        )

    return await _decided(visit, plan_id, work(), "rejected", given)


@router.post("/plans/{plan_id}/regenerate", response_class=HTMLResponse)
async def regenerate(
    visit: Visiting, _: ProcurementManager, engine: Durable, settings: InForce, plan_id: UUID
) -> Response:
    """Have the day planned again."""

    async def work() -> None:
        await regenerate_plan(
            visit.tenant, visit.requester, visit.session, engine, settings, visit.now, plan_id
        )

    return await _decided(visit, plan_id, work(), "regenerating")


@router.get("/plans/{plan_id}/edit", response_class=HTMLResponse)
async def edit_page(visit: Visiting, _: ProcurementManager, plan_id: UUID) -> Response:
    """The drafts of a plan, to change."""
    return await _edit_page(visit, plan_id, {})


@router.post("/plans/{plan_id}/edit", response_class=HTMLResponse)
async def edit(
    visit: Visiting, _: ProcurementManager, plan_id: UUID, given: Form, request: Request
) -> Response:
    """Show what follows from the changes; or save them."""
    desk = await load_desk(visit, plan_id)
    outcome: list[editing.Outcome] = []
    is_kept = given.get("do") == "save"

    async def work() -> None:
        changes = filled(PlanChanges, _changes(desk, given))
        outcome.append(
            await editing.edit(
                visit.session,
                visit.tenant,
                plan_id,
                whole(given, "version"),
                await visit.by(),
                changes.edits(),
                reason=changes.reason,
                dry_run=not is_kept,
            )
        )

    error = await tried(visit.session, work())
    if error is None and is_kept:
        return see(f"{visit.home}/purchasing", plan=str(plan_id), done="edited")
    return await _edit_page(visit, plan_id, given, outcome[0] if outcome else None, error)


def done_words(say: Speech, done: str) -> str:
    """What has just been done; empty: nothing that is known."""
    return {
        "approved": say.phrase("Approved. Send the orders now, one by one."),
        "rejected": say.phrase(
            "Turned down. Where its data was too old, a new plan is being made."
        ),
        "regenerating": say.phrase("A new plan is being made: reload in a moment."),
        "edited": say.phrase("Saved."),
    }.get(done, "")


def quick_reasons(say: Speech) -> tuple[str, ...]:
    """Why plans are usually turned down; the first has the day planned again at once."""
    return (
        say.phrase("Stale data"),
        say.phrase("Too much"),
        say.phrase("Too little"),
        say.phrase("Other supplier"),
    )


async def _decided(
    visit: Visit,
    plan_id: UUID,
    work: Coroutine[Any, Any, None],
    done: str,
    given: Given | None = None,
) -> Response:
    """Go back to the plan; or show it as it is now, with what was wrong and what was entered."""
    error = await tried(visit.session, work)
    if error is None:
        return see(f"{visit.home}/purchasing", plan=str(plan_id), done=done)
    return await _desk(visit, plan_id, given, error)


async def _desk(
    visit: Visit,
    plan_id: UUID | None,
    given: Given | None = None,
    error: ObradorError | None = None,
) -> Response:
    say = visit.say
    return visit.page(
        "purchasing.html",
        "purchasing",
        error.status if error else 200,
        desk=await load_desk(visit, plan_id),
        given=given or {},
        quick_reasons=quick_reasons(say),
        error=error,
        error_words=error_words(say, error) if error else "",
        done=done_words(say, visit.request.query_params.get(_DONE, "")),
    )


async def _edit_page(
    visit: Visit,
    plan_id: UUID,
    given: Given,
    outcome: editing.Outcome | None = None,
    error: ObradorError | None = None,
) -> Response:
    say, known = visit.say, await load_known(visit)
    return visit.page(
        "purchasing_edit.html",
        "purchasing",
        error.status if error else 200,
        desk=await load_desk(visit, plan_id),
        given=given,
        told=[] if outcome is None else consequence_words(say, known, outcome.told),
        cost=None if outcome is None else cost_words(say, outcome.told),
        error=error,
        error_words=error_words(say, error) if error else "",
    )


def _changes(desk: Desk, given: Given) -> dict[str, object]:
    """What differs between the form and the plan's drafts, as the API takes it.

    Raises:
        Invalid: nothing does.
    """
    drafts = [each for each in desk.plan.orders if each.status == "draft"] if desk.plan else []
    lines = [
        {"order_id": order.id, "position": line.position, "packs": packs}
        for order in drafts
        for line in order.lines
        if (packs := given.get(f"packs.{order.id}.{line.position}", ""))
        not in ("", str(line.packs))
    ]
    days = [
        {"id": order.id, "delivery_on": day}
        for order in drafts
        if (day := given.get(f"day.{order.id}", "")) not in ("", order.delivery_on.isoformat())
    ]
    if not lines and not days:
        raise Invalid("Nothing is changed.", [Fault("form", "is as the plan is")])
    return {"lines": lines, "orders": days, "reason": given.get("reason", "")}
