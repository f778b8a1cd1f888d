"""Editing a production schedule: quantities and starts, with what follows before it is saved."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import ProductionManager
from obrador.dashboard.forms import Form, Given, decimal, error_words, filled, see, tried, whole
from obrador.dashboard.production_consequences import consequence_words, cost_words
from obrador.dashboard.production_words import BatchWords, DayWords, load_day
from obrador.dashboard.rendering import Day
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.errors import Fault, Invalid, NotFound, ObradorError
from obrador.kit.schemas import in_base_unit
from obrador.production import editing
from obrador.production.domain import FIRST_MINUTE, LAST_MINUTE, moment_at
from obrador.production.editing import BatchEdit, Edited
from obrador.production.schemas import ScheduleChanges

router = APIRouter(
    prefix="/bakeries/{tenant_id}/production/schedules/{schedule_id}/edit",
    include_in_schema=False,
)
_DAY = timedelta(days=1)


@router.get("", response_class=HTMLResponse)
async def edit_page(
    visit: Visiting, _: ProductionManager, schedule_id: UUID, day: Day = None
) -> Response:
    """What is not begun yet, to change."""
    return await _page(visit, await _plan(visit, day, schedule_id), {})


@router.post("", response_class=HTMLResponse)
async def edit(
    visit: Visiting, _: ProductionManager, schedule_id: UUID, given: Form, day: Day = None
) -> Response:
    """Show what follows from the changes; or save them."""
    plan = await _plan(visit, day, schedule_id)
    outcome: list[Edited] = []
    is_kept = given.get("do") == "save"

    async def work() -> None:
        changes = filled(ScheduleChanges, _changes(visit, plan, given))
        wanted = [BatchEdit(each.id, each.quantity, each.starts_at) for each in changes.batches]
        outcome.append(
            await editing.edit(
                visit.session,
                visit.tenant,
                schedule_id,
                whole(given, "version"),
                await visit.by(),
                wanted,
                reason=changes.reason,
                dry_run=not is_kept,
            )
        )

    error = await tried(visit.session, work())
    on = plan.schedule.business_date
    if error is None and is_kept:
        return see(f"{visit.home}/production", date=on.isoformat(), done="edited")
    return await _page(visit, plan, given, outcome[0] if outcome else None, error)


async def _plan(visit: Visit, day: date | None, schedule_id: UUID) -> DayWords:
    """The day's schedule, if it is still that one.

    Raises:
        NotFound: it is not there, or another has taken its place.
    """
    plan = await load_day(visit, day or visit.today)
    if plan is None or plan.id != schedule_id:
        raise NotFound("This plan does not stand any more: open the day's production again.")
    return plan


async def _page(
    visit: Visit,
    plan: DayWords,
    given: Given,
    outcome: Edited | None = None,
    error: ObradorError | None = None,
) -> Response:
    return visit.page(
        "production_edit.html",
        "production",
        error.status if error else 200,
        plan=plan,
        batches=[each for each in plan.batches if each.status == "planned"],
        given=given,
        after={} if outcome is None else {each.id: each for each in outcome.schedule.batches},
        told=[] if outcome is None else consequence_words(visit, plan, outcome),
        cost=None if outcome is None else cost_words(visit, plan, outcome),
        error=error,
        error_words=error_words(visit.say, error) if error else "",
    )


def _changes(visit: Visit, plan: DayWords, given: Given) -> dict[str, object]:
    """What differs between the form and the plan, as the API takes it.

    Raises:
        Invalid: nothing does, or something is no quantity or time.
    """
    found = [change for batch in plan.batches if (change := _change(visit, plan, batch, given))]
    if not found:
        raise Invalid("Nothing is changed.", [Fault("form", "is as the plan is")])
    return {"batches": found, "reason": given.get("reason", "")}


def _change(
    visit: Visit, plan: DayWords, batch: BatchWords, given: Given
) -> dict[str, object] | None:
    wanted = dict(_differences(visit, plan, batch, given))
    return {"id": batch.id} | wanted if wanted else None


def _differences(
    visit: Visit, plan: DayWords, batch: BatchWords, given: Given
) -> Iterator[tuple[str, object]]:
    quantity = given.get(f"quantity.{batch.id}", "")
    start = given.get(f"start.{batch.id}", "")
    if decimal(quantity) not in ("", batch.planned):
        amount = _number(batch, quantity)
        yield "quantity", in_base_unit(amount, batch.unit, batch.line.unit, batch.label)
    if start not in ("", visit.say.clock(batch.line.starts_at)):
        yield "starts_at", _moment(visit, plan, batch, start)


def _number(batch: BatchWords, text: str) -> Decimal:
    try:
        number = Decimal(decimal(text))
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or number <= 0:
        fault = Fault(batch.label, "{text} is no quantity above 0: call it off instead", text=text)
        raise Invalid("That is no quantity to bake.", [fault])
    return number


def _moment(visit: Visit, plan: DayWords, batch: BatchWords, text: str) -> datetime:
    """The clock's time that is nearest to when the batch starts now, of those that belong to the
    day's work: from the evening before on."""
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        fault = Fault(batch.label, "{text} is no time such as 04:30", text=text)
        raise Invalid("That is no time to start at.", [fault]) from None
    day, zone = plan.schedule.business_date, visit.bakery.time_zone
    first, last = (moment_at(minute, day, zone) for minute in (FIRST_MINUTE, LAST_MINUTE))
    days = (day - _DAY, day, day + _DAY)
    possible = [datetime.combine(each, clock, ZoneInfo(zone)) for each in days]
    return min(
        (moment for moment in possible if first <= moment < last),
        key=lambda moment: abs(moment - batch.line.starts_at),
    )
