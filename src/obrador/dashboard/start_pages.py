"""The first run of a bakery: its sales, when it opens, and the first plan.

Nothing is remembered of how far it has come but what the bakery has: who is interrupted goes on
where that tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import Owner
from obrador.calendar import service as calendar
from obrador.catalogue import service as catalogue
from obrador.dashboard.forms import Form, Given, error_words, filled, see, tried
from obrador.dashboard.import_words import long_date, outcome_words
from obrador.dashboard.rendering import Day
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.errors import Invalid, NotFound, ObradorError
from obrador.kit.i18n import Speech
from obrador.onboarding.assume import assume_missing
from obrador.orchestration import reports, statistics
from obrador.orchestration import service as orchestration
from obrador.orchestration.definitions import MORNING
from obrador.orchestration.endpoints import Durable, InForce, plan_day
from obrador.orchestration.progress import UNFINISHED, progress
from obrador.orchestration.repository import PLANNED
from obrador.orchestration.schemas import PlanInput
from obrador.sales import service as sales
from obrador.tenants import managing
from obrador.tenants.schemas import TenantChanges

router = APIRouter(prefix="/bakeries/{tenant_id}/setup", include_in_schema=False)

RECENT = timedelta(days=28)
"""Sales that end earlier are an old export: the first plan is then for the day after them."""
_MONDAY = date(2024, 1, 1)
_WAIT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Opening:
    """A weekday of the form."""

    name: str
    is_open: bool
    opens: str
    closes: str


@router.get("/start")
async def start(visit: Visiting, _: Owner) -> Response:
    """Go on where the first run was left."""
    return see(f"{visit.home}/{await next_step(visit)}")


@router.get("/start/sales", response_class=HTMLResponse)
async def ask_for_sales(visit: Visiting, _: Owner) -> Response:
    """A file of sales, or none yet."""
    return visit.page("welcome_sales.html", "setup", error=None, error_words="")


@router.get("/start/hours", response_class=HTMLResponse)
async def ask_for_hours(
    visit: Visiting, _: Owner, imported: Annotated[UUID | None, Query()] = None
) -> Response:
    """When the shop opens, as far as sales tell it already."""
    return await _hours(visit, imported=imported)


@router.post("/start/hours", response_class=HTMLResponse)
async def take_hours(
    visit: Visiting, _: Owner, engine: Durable, settings: InForce, given: Form
) -> Response:
    """Keep the hours, assume what is missing, and have the first plan made: all or nothing."""
    days: list[date] = []

    async def work() -> None:
        day = _day(given, await first_day(visit))
        changes = {"opening_hours": _week(given), "open_on_holidays": "on_holidays" in given}
        await managing.change(
            visit.session, visit.requester, visit.tenant, filled(TenantChanges, changes)
        )
        await assume_missing(visit.session, visit.tenant, day, visit.now)
        wanted = PlanInput(business_date=day)
        await plan_day(
            visit.tenant, visit.requester, visit.session, engine, settings, visit.now, wanted
        )
        days.append(day)

    error = await tried(visit.session, work())
    if error is not None:
        return await _hours(visit, given, error)
    return see(f"{visit.home}/setup/planning", date=days[0].isoformat())


@router.get("/planning", response_class=HTMLResponse)
async def planning(visit: Visiting, settings: InForce, day: Day = None) -> Response:
    """How far the plan is; then the plan."""
    day = day or visit.today
    run = await reports.run_of(visit.session, visit.tenant, day, MORNING)
    if run is None:
        return see(f"{visit.home}/setup/start")
    if run.status in PLANNED:
        return see(f"{visit.home}/today", **_dated(visit, day))
    is_running = run.status in UNFINISHED
    far = await progress(visit.session, run.execution_id) if run.execution_id else None
    is_alone = False
    if is_running and (visit.now - run.created_at).total_seconds() > _WAIT_SECONDS:
        is_alone = not (await statistics.health(visit.session, settings)).workers
    return visit.page(
        "welcome_planning.html",
        "setup",
        day=day,
        run=run,
        is_running=is_running,
        is_alone=is_alone,
        far=far,
    )


@router.post("/planning")
async def plan_again(
    visit: Visiting, _: Owner, engine: Durable, settings: InForce, day: Day = None
) -> Response:
    """Have a plan made that failed."""
    day = day or visit.today
    await assume_missing(visit.session, visit.tenant, day, visit.now)
    wanted = PlanInput(business_date=day)
    await plan_day(
        visit.tenant, visit.requester, visit.session, engine, settings, visit.now, wanted
    )
    return see(f"{visit.home}/setup/planning", date=day.isoformat())


async def next_step(visit: Visit) -> str:
    """The page with which the first run goes on; when it is over, that of today."""
    if await orchestration.last_date(visit.session, visit.tenant) is not None:
        return "today"
    day = await first_day(visit)
    if await reports.run_of(visit.session, visit.tenant, day, MORNING) is not None:
        return f"setup/planning?date={day}"
    waiting = await sales.waiting_upload(visit.session, visit.tenant, visit.now)
    if waiting is not None:
        return f"setup/import/{waiting.id}"
    if await catalogue.product_ids(visit.session, visit.tenant):
        return "setup/start/hours"
    return "setup/start/sales"


async def first_day(visit: Visit) -> date:
    """The day that is planned first: today, unless sales ended long ago."""
    last = await sales.last_sale_date(visit.session, visit.tenant)
    if last is None or visit.today - last <= RECENT:
        return visit.today
    return last + timedelta(days=1)


async def _hours(
    visit: Visit,
    given: Given | None = None,
    error: ObradorError | None = None,
    imported: UUID | None = None,
) -> Response:
    say = visit.say
    proposed = await calendar.proposals(visit.session, visit.tenant, visit.now, say.language)
    by_kind = {each.kind: each for each in reversed(proposed.items)}
    hours, holidays = by_kind.get("opening_hours"), by_kind.get("open_on_holidays")
    week = hours.opening_hours if hours else visit.bakery.opening_hours
    on_holidays = holidays.open_on_holidays if holidays else visit.bakery.open_on_holidays
    day = await first_day(visit)
    return visit.page(
        "welcome_hours.html",
        "setup",
        error.status if error else 200,
        week=_openings(
            say, [(each.opens, each.closes) if each else None for each in week or ()], given
        ),
        on_holidays="on_holidays" in given if given is not None else on_holidays,
        evidence=hours.evidence if hours else "",
        day=(given or {}).get("day") or day.isoformat(),
        is_old=day != visit.today,
        ended=long_date(say, day - timedelta(days=1)),
        has_products=bool(await catalogue.product_ids(visit.session, visit.tenant)),
        outcome=await _outcome(visit, imported),
        error=error,
        error_words=error_words(say, error) if error else "",
    )


async def _outcome(visit: Visit, imported: UUID | None) -> str:
    """What the import that led here did."""
    if imported is None:
        return ""
    try:
        upload = await sales.find_upload(visit.session, visit.tenant, imported, visit.now)
    except NotFound:
        return ""
    outcome = sales.outcome_of(upload)
    return outcome_words(visit.say, outcome) if outcome else ""


def _openings(
    say: Speech, week: Sequence[tuple[time, time] | None], given: Given | None
) -> list[Opening]:
    """The week as the form shows it: what was entered, or what is known. A closed day shows the
    hours of the others, in case it is not closed."""
    usual = next((each for each in week if each), (time(8), time(20)))
    found = []
    for number, hours in enumerate(week):
        opens, closes = (f"{at:%H:%M}" for at in hours or usual)
        if given is not None:
            opens = given.get(f"opens.{number}", opens)
            closes = given.get(f"closes.{number}", closes)
        is_open = f"open.{number}" in given if given is not None else hours is not None
        name = say.weekday(_MONDAY + timedelta(days=number))
        found.append(Opening(name, is_open, opens, closes))
    return found


def _week(given: Given) -> list[Mapping[str, str] | None]:
    """The week as the API takes it.

    Raises:
        Invalid: no day is open.
    """
    week: list[Mapping[str, str] | None] = [
        {name: given.get(f"{name}.{number}", "") for name in ("opens", "closes")}
        if f"open.{number}" in given
        else None
        for number in range(7)
    ]
    if not any(week):
        raise Invalid("Tick at least one day.")
    return week


def _day(given: Given, otherwise: date) -> date:
    """The day to plan.

    Raises:
        Invalid: it is none.
    """
    return filled(PlanInput, {"business_date": given.get("day")}).business_date or otherwise


def _dated(visit: Visit, day: date) -> dict[str, str]:
    return {} if day == visit.today else {"date": day.isoformat()}
