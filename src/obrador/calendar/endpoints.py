"""HTTP face of a bakery's calendar."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile

from obrador.authz.access import Manager, Owner, Viewer
from obrador.authz.requester import Asking, id_of
from obrador.authz.roles import Role
from obrador.calendar import service
from obrador.calendar.schemas import (
    CalendarImportOutput,
    ConfirmInput,
    DecisionOutput,
    EventChanges,
    EventInput,
    ProposalsOutput,
)
from obrador.crud import CONFLICT, crud_routes
from obrador.kit.errors import TooLarge
from obrador.kit.http import IN_A_TENANT, Language, Now, Session, problems, uploaded
from obrador.tenants.domain import EventKind

router = APIRouter(prefix="/calendar", tags=["calendar"], responses=IN_A_TENANT)
routers = (
    router,
    crud_routes(
        "/calendar/events",
        "school holidays, and days that sell unlike others",
        service.events,
        given=EventInput,
        changes=EventChanges,
        kept_by=Role.PRODUCTION_MANAGER,
    ),
)


@router.post("/import", responses=problems(TooLarge))
async def import_calendar(
    tenant: Manager,
    session: Session,
    now: Now,
    file: Annotated[UploadFile, File(description="CSV, XLSX or iCalendar (.ics).")],
    kind: Annotated[EventKind, Form(description="Of what the file does not say it of.")] = "event",
    dry_run: Annotated[bool, Form(description="Check everything, keep nothing.")] = False,
) -> CalendarImportOutput:
    """A file of school holidays or events.

    Good entries are kept, the others come back with their place and the reason. An event is known
    by its kind, name and first day: importing a file again changes nothing.
    """
    async with uploaded(file) as path:
        report = await service.import_calendar(session, tenant, path, kind, now, dry_run=dry_run)
    return CalendarImportOutput.model_validate(report, from_attributes=True)


@router.get("/proposals")
async def list_proposals(
    tenant: Viewer, session: Session, now: Now, lang: Language = None
) -> ProposalsOutput:
    """Opening hours, holidays, closures and special days that sales speak for, and why."""
    return await service.proposals(session, tenant, now, lang)


@router.post("/proposals/{id}/confirm")
async def confirm_proposal(
    tenant: Owner,
    session: Session,
    id: UUID,
    requester: Asking,
    now: Now,
    given: ConfirmInput | None = None,
) -> DecisionOutput:
    """Change the calendar as proposed; it is no assumption any longer."""
    name = given.name if given else None
    return await service.confirm(session, tenant, id, id_of(requester), now, name)


@router.post("/proposals/{id}/dismiss", responses=CONFLICT)
async def dismiss_proposal(
    tenant: Owner, session: Session, id: UUID, requester: Asking, now: Now
) -> DecisionOutput:
    """Do not propose it again."""
    return await service.dismiss(session, tenant, id, id_of(requester), now)
