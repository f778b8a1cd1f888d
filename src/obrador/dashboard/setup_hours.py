"""Set up: when the shop is open, and which days are unlike others."""

from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import Owner
from obrador.authz.roles import Role
from obrador.calendar import service as calendar
from obrador.calendar.schemas import EventInput, EventOutput
from obrador.dashboard.forms import Form, Given, filled, identity, see, tried
from obrador.dashboard.setup_faults import faults_of, refusal_words
from obrador.dashboard.setup_fields import WEEKDAYS, Choices, Field, Group
from obrador.dashboard.setup_thing import MOST, Row, Thing, Words
from obrador.dashboard.setup_words import weekday_name
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.errors import ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.kit.pagination import PageRequest
from obrador.tenants import managing
from obrador.tenants.domain import shop_days
from obrador.tenants.schemas import ClosureInput, TenantChanges, TenantOutput

router = APIRouter(prefix="/bakeries/{tenant_id}/setup/hours", include_in_schema=False)

_YEAR = 365
_CLOSURES = PageRequest(limit=200)


@router.get("", response_class=HTMLResponse)
async def hours(visit: Visiting) -> Response:
    """Opening hours, closures, and the public holidays of the year ahead."""
    return await _page(visit)


@router.post("", response_class=HTMLResponse)
async def change(visit: Visiting, _: Owner, given: Form) -> Response:
    """Other hours."""

    async def work() -> None:
        values = {
            "opening_hours": [_day(given, day) for day in WEEKDAYS],
            "open_on_holidays": bool(given.get("open_on_holidays")),
        }
        changes = filled(TenantChanges, values)
        await managing.change(visit.session, visit.requester, visit.tenant, changes)

    return await _done(visit, work(), "saved", given)


@router.post("/closures", response_class=HTMLResponse)
async def close(visit: Visiting, _: Owner, given: Form) -> Response:
    """Close the shop for some days."""

    async def work() -> None:
        first = given.get("first_day", "")
        values = {
            "first_day": first,
            "last_day": given.get("last_day") or first,
            "reason": given.get("reason", ""),
        }
        closure = filled(ClosureInput, values)
        closure_id = identity(given, "new_id")
        await managing.add_closure(visit.session, visit.tenant, closure_id, closure)

    return await _done(visit, work(), "added", given)


@router.post("/closures/{closure_id}/remove", response_class=HTMLResponse)
async def open_again(visit: Visiting, _: Owner, closure_id: UUID) -> Response:
    """Open on these days after all."""
    work = managing.remove_closure(visit.session, visit.tenant, closure_id)
    return await _done(visit, work, "removed", {})


class Events(Thing):
    """Days that a calendar names."""

    path, resource, given = "calendar", calendar.events, EventInput
    kept_by, has_search = Role.PRODUCTION_MANAGER, False

    def words(self, say: Speech) -> Words:
        """What they are called."""
        return Words(
            many=say.phrase("Holidays and events"),
            add=say.phrase("Add a day"),
            lead=say.phrase("School holidays, the fair, the local saint: days unlike others."),
            none=say.phrase("None yet."),
        )

    def headings(self, say: Speech) -> tuple[str, ...]:
        """What it is, and when."""
        return say.phrase("What it is"), say.phrase("When")

    async def rows(self, visit: Visit, words: str) -> list[Row]:
        """All, by day."""
        page = await self.resource.page(visit.session, visit.tenant, PageRequest(limit=MOST))
        return [
            Row(each.id, each.name, self.cells(visit, each))
            for each in sorted(page.items, key=lambda each: (each.first_day, each.name))
        ]

    def cells(self, visit: Visit, item: EventOutput) -> tuple[str, ...]:
        """What it is, and when."""
        say = visit.say
        days = f"{say.short_day(item.first_day)} {item.first_day.year}"
        if item.last_day != item.first_day:
            days += f" – {say.short_day(item.last_day)}"
        if item.is_yearly:
            days += f" · {say.phrase('every year')}"
        return dict(_kinds(say))[item.kind], days

    async def groups(self, visit: Visit) -> Sequence[Group]:
        """Its form."""
        say = visit.say
        fields = (
            Field("name", say.phrase("Name"), is_required=True),
            Field("kind", say.phrase("What it is"), "choice", choices=_kinds(say), usual="event"),
            Field("first_day", say.phrase("First day"), "day", is_required=True),
            Field("last_day", say.phrase("Last day"), "day", is_required=True),
            Field("is_yearly", say.phrase("On these dates every year"), "tick"),
        )
        return (Group(say.phrase("Which days"), fields),)


def _kinds(say: Speech) -> Choices:
    return ("event", say.phrase("Event")), ("school_holiday", say.phrase("School holidays"))


def _day(given: Given, day: int) -> dict[str, str] | None:
    """When the shop opens and closes; None: it stays closed."""
    found = {name: given.get(f"{name}.{day}", "") for name in ("opens", "closes")}
    entered = {name: at for name, at in found.items() if at}
    return entered or None


async def _done(
    visit: Visit, work: Coroutine[Any, Any, object], done: str, given: Given
) -> Response:
    error = await tried(visit.session, work)
    if error is None:
        return see(f"{visit.home}/setup/hours", done=done)
    return await _page(visit, given, error)


async def _page(
    visit: Visit, given: Given | None = None, error: ObradorError | None = None
) -> Response:
    say, session, tenant = visit.say, visit.session, visit.tenant
    found = await managing.get(session, tenant)
    closures = (await managing.page_of_closures(session, tenant, _CLOSURES)).items
    ahead = shop_days(visit.bakery, visit.today, _YEAR)
    shown = given if given is not None and "opens.0" in given else _inputs(found)
    return visit.page(
        "setup_hours.html",
        "setup",
        error.status if error else 200,
        found=found,
        assumed=found.assumed,
        weekdays=[(day, weekday_name(say, day)) for day in WEEKDAYS],
        closures=sorted(closures, key=lambda each: each.first_day, reverse=True),
        holidays=[
            (visit.today + timedelta(days=place), name, bool(ahead.is_open[place]))
            for place, name in enumerate(ahead.holiday)
            if name
        ],
        new_id=new_id(),
        shown=shown,
        given=given or {},
        may=visit.role is Role.OWNER,
        where=f"{visit.home}/setup/hours",
        faults=faults_of(say, error),
        error=error,
        error_words=refusal_words(say, error) if error else "",
        done=say.phrase("Saved.") if "done" in visit.request.query_params else "",
    )


def _inputs(found: TenantOutput) -> dict[str, str]:
    shown = {"open_on_holidays": "1"} if found.open_on_holidays else {}
    for day, each in enumerate(found.opening_hours):
        if each is not None:
            shown |= {
                f"opens.{day}": f"{each.opens:%H:%M}",
                f"closes.{day}": f"{each.closes:%H:%M}",
            }
    return shown
