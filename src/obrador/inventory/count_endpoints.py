"""HTTP face of counting sheets."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from obrador.authz.access import Manager, Viewer, role_of
from obrador.authz.requester import Asking
from obrador.authz.roles import Role
from obrador.inventory import count_approval, count_showing, counts
from obrador.inventory.count_schemas import (
    CloseInput,
    CountEntry,
    CountInput,
    CountOutput,
    CountStatus,
    CountSummary,
    Differences,
    EntryOutput,
    FoundInput,
    RecountInput,
)
from obrador.kit.errors import Conflict
from obrador.kit.http import IN_A_TENANT, Language, NewId, Now, Session, problems
from obrador.kit.pagination import Page, Paging
from obrador.plan_changes import who

router = APIRouter(prefix="/inventory/counts", tags=["stock"], responses=IN_A_TENANT)
CONFLICT = problems(Conflict)


@router.get("")
async def list_counts(
    tenant: Viewer,
    session: Session,
    paging: Paging,
    status: Annotated[CountStatus | None, Query(description="Without it, all.")] = None,
) -> Page[CountSummary]:
    """Counting sheets, newest first."""
    return await count_showing.page(session, tenant, paging, status)


@router.post("", status_code=201, responses=CONFLICT)
async def make_count(
    tenant: Manager,
    session: Session,
    requester: Asking,
    now: Now,
    count_id: NewId,
    given: CountInput,
) -> CountOutput:
    """A new sheet: a line for each lot in stock, and for each ingredient of which there is none."""
    await counts.make(session, tenant, count_id, given, await who(session, requester, now))
    return await count_showing.show(session, tenant, count_id)


@router.get("/{id}")
async def get_count(tenant: Viewer, session: Session, id: UUID) -> CountOutput:
    """A sheet to count on."""
    return await count_showing.show(session, tenant, id)


@router.get("/{id}/sheet.csv", response_class=Response)
async def print_count(
    tenant: Viewer, session: Session, id: UUID, lang: Language = None
) -> Response:
    """The sheet as CSV, to print and to write on."""
    content = await count_showing.sheet_csv(session, tenant, id, lang)
    # The mark tells spreadsheet programs that it is UTF-8.
    return Response(
        "\ufeff" + content,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="count-{id}.csv"'},
    )


@router.get("/{id}/differences")
async def get_differences(tenant: Manager, session: Session, id: UUID) -> Differences:
    """What approval would post, or has posted, what that is worth, and who did what."""
    return await count_showing.show_differences(session, tenant, id)


@router.put("/{id}/lines/{line_id}", responses=CONFLICT)
async def enter_count(
    tenant: Manager,
    session: Session,
    requester: Asking,
    now: Now,
    id: UUID,
    line_id: UUID,
    given: CountEntry,
) -> EntryOutput:
    """Save what was counted of one line. Several people can count at once; of two counts of a line
    the later one holds."""
    by = await who(session, requester, now)
    return await counts.enter(session, tenant, id, line_id, given, by)


@router.post("/{id}/lines", status_code=201, responses=CONFLICT)
async def add_found(
    tenant: Manager,
    session: Session,
    requester: Asking,
    now: Now,
    id: UUID,
    line_id: NewId,
    given: FoundInput,
) -> EntryOutput:
    """Save what was found although the sheet has no line for it; approval makes a lot of it."""
    by = await who(session, requester, now)
    return await counts.found(session, tenant, id, line_id, given, by)


@router.post("/{id}/recount", responses=CONFLICT)
async def recount(
    tenant: Manager,
    session: Session,
    requester: Asking,
    now: Now,
    id: UUID,
    given: RecountInput,
) -> Differences:
    """Have lines counted again before the sheet can be approved."""
    by = await who(session, requester, now)
    await counts.recount(session, tenant, id, given.line_ids, by)
    return await count_showing.show_differences(session, tenant, id)


@router.post("/{id}/approve", responses=CONFLICT)
async def approve_count(
    tenant: Manager,
    session: Session,
    requester: Asking,
    now: Now,
    id: UUID,
    given: CloseInput | None = None,
) -> Differences:
    """Post the differences. Where they come to more than the policy's `count_limit`, an owner
    does."""
    by = await who(session, requester, now)
    is_owner = await role_of(session, requester, tenant) is Role.OWNER
    reason = given.reason if given else ""
    await count_approval.approve(session, tenant, id, by, is_owner=is_owner, reason=reason)
    return await count_showing.show_differences(session, tenant, id)


@router.post("/{id}/cancel", responses=CONFLICT)
async def cancel_count(
    tenant: Manager,
    session: Session,
    requester: Asking,
    now: Now,
    id: UUID,
    given: CloseInput | None = None,
) -> Differences:
    """Give a sheet up; stock stays as it is."""
    by = await who(session, requester, now)
    await counts.cancel(session, tenant, id, by, given.reason if given else "")
    return await count_showing.show_differences(session, tenant, id)
