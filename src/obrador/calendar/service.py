"""Use cases of a bakery's calendar: its events, and what its sales propose."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.calendar import repository
from obrador.calendar.departures import special_days
from obrador.calendar.domain import Closing, HolidayRule, OnDate, Proposal, SpecialDay, Week
from obrador.calendar.importing import CalendarReport, check_room, import_calendar, merge
from obrador.calendar.proposing import propose_calendar, record_of
from obrador.calendar.schemas import (
    DecisionOutput,
    EventOutput,
    ProposalOutput,
    ProposalsOutput,
    span_fault,
)
from obrador.calendar.wording import special_name
from obrador.kit.clock import business_date
from obrador.kit.errors import Conflict, Fault, Invalid, NotFound
from obrador.kit.i18n import Speech
from obrador.kit.names import name_key
from obrador.resources import Resource
from obrador.sales import service as sales
from obrador.tenants import service as tenants
from obrador.tenants.domain import Bakery, Event
from obrador.tenants.service import CalendarEvent, CalendarEvents, speech_of

__all__ = [
    "CalendarReport",
    "confirm",
    "dismiss",
    "events",
    "import_calendar",
    "list_events",
    "proposals",
]

_HISTORY_DAYS = 3 * 366
_RECENT_DAYS = 13 * 7
_YEARS_AHEAD = 2
_LONGEST_NAME = 200


class EventResource(Resource[CalendarEvent, EventOutput]):
    """Days that a calendar names."""

    async def check(self, session: AsyncSession, tenant: TenantId, row: CalendarEvent) -> None:
        """Days follow each other also when only one of them was changed, and there is room.

        Raises:
            Invalid: they do not, the event lasts too long, or the calendar is full.
        """
        fault = span_fault(row.first_day, row.last_day, row.is_yearly)
        if fault:
            raise Invalid("last_day: {fault}.", [Fault("last_day", fault)], fault=fault)
        check_room(len(await CalendarEvents(session, tenant).all()))


events = EventResource(CalendarEvents, EventOutput)


async def list_events(session: AsyncSession, tenant: TenantId) -> list[Event]:
    """All that the bakery's calendar names, by day and name."""
    return [tenants.to_event(row) for row in await CalendarEvents(session, tenant).all()]


async def proposals(
    session: AsyncSession, tenant: TenantId, now: datetime, language: str | None
) -> ProposalsOutput:
    """What the bakery's sales propose for its calendar and nobody has decided on."""
    _, found = await _proposals(session, tenant, now)
    decided = await repository.decisions(session, tenant)
    say = await speech_of(session, tenant, language)
    return ProposalsOutput(
        items=[ProposalOutput.of(each, say) for each in found if each.id not in decided]
    )


async def confirm(
    session: AsyncSession,
    tenant: TenantId,
    proposal_id: UUID,
    by: UUID | None,
    now: datetime,
    name: str | None = None,
) -> DecisionOutput:
    """Change the calendar as proposed. Repeating it changes nothing.

    Raises:
        NotFound: nothing of the kind is proposed, now or when it was decided on.
        Invalid: the calendar is full, or the name is none.
    """
    if name is not None and not 0 < len(name_key(name)) <= _LONGEST_NAME:
        raise Invalid("Give the day a name of up to 200 letters.", [Fault("name", "1 to 200")])
    await tenants.lock(session, tenant)
    if (await repository.decisions(session, tenant)).get(proposal_id) != "confirmed":
        bakery, found = await _proposals(session, tenant, now)
        proposal = _found(found, proposal_id)
        say = await speech_of(session, tenant, None)
        today = business_date(now, bakery.time_zone)
        await _apply(session, tenant, proposal, say, today, name)
        await repository.decide(session, tenant, proposal_id, "confirmed", by, now)
    return DecisionOutput(id=proposal_id, decision="confirmed")


async def dismiss(
    session: AsyncSession, tenant: TenantId, proposal_id: UUID, by: UUID | None, now: datetime
) -> DecisionOutput:
    """Do not propose it again. Repeating it changes nothing.

    Raises:
        NotFound: nothing of the kind is proposed, now or when it was decided on.
        Conflict: it was confirmed.
    """
    await tenants.lock(session, tenant)
    decision = (await repository.decisions(session, tenant)).get(proposal_id)
    if decision == "confirmed":
        raise Conflict("It was confirmed. Change the calendar itself: hours, closures or events.")
    if decision is None:
        _found((await _proposals(session, tenant, now))[1], proposal_id)
        await repository.decide(session, tenant, proposal_id, "dismissed", by, now)
    return DecisionOutput(id=proposal_id, decision="dismissed")


async def _proposals(
    session: AsyncSession, tenant: TenantId, now: datetime
) -> tuple[Bakery, list[Proposal]]:
    """From the three years before the last sale: who tries an old export has none of late."""
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    today = business_date(now, bakery.time_zone)
    newest = await sales.last_sale_date(session, tenant)
    if newest is None:
        return bakery, []
    last = min(newest, today - timedelta(days=1))
    first = last - timedelta(days=_HISTORY_DAYS)
    history = (await sales.load_history(session, [tenant], first, last))[tenant]
    record = record_of(bakery, history)
    if record is None:
        return bakery, []
    recent = last - timedelta(days=_RECENT_DAYS - 1)
    times = await sales.trading_times(session, tenant, bakery.time_zone, recent, last)
    return bakery, [
        *propose_calendar(bakery, record, times, today),
        *special_days(bakery.country, record),
    ]


def _found(proposed: list[Proposal], proposal_id: UUID) -> Proposal:
    proposal = next((each for each in proposed if each.id == proposal_id), None)
    if proposal is None:
        raise NotFound("Nothing of the kind is proposed now: look at the list again.")
    return proposal


async def _apply(
    session: AsyncSession,
    tenant: TenantId,
    proposal: Proposal,
    say: Speech,
    today: date,
    name: str | None,
) -> None:
    match change := proposal.change:
        case Week(hours):
            await tenants.state_hours(session, tenant, hours)
        case HolidayRule(is_open):
            await tenants.state_open_on_holidays(session, tenant, is_open)
        case Closing(first, last):
            await tenants.close_on(session, tenant, [(first, last)])
        case SpecialDay():
            called = name or special_name(say, change.rule)
            await merge(session, tenant, _events(proposal, change, called, today))


def _events(proposal: Proposal, change: SpecialDay, name: str, today: date) -> list[Event]:
    """One for all years, or one each for those in which the day was seen and for those to come."""
    first = proposal.past[0].first_day
    if isinstance(change.rule, OnDate):
        return [Event("event", name, first, first, is_yearly=True)]
    years = range(first.year, today.year + _YEARS_AHEAD + 1)
    days = [day for year in years if (day := change.rule.day_of(year)) is not None]
    return [Event("event", name, day, day) for day in days]
