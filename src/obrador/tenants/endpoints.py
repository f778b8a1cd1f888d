"""HTTP face of the bakeries themselves."""

from uuid import UUID

from fastapi import APIRouter

from obrador.authz.access import Owner, Viewer
from obrador.authz.requester import Asking
from obrador.kit.errors import Forbidden, Unauthenticated
from obrador.kit.http import ANYWHERE, IN_A_TENANT, NewId, Session, problems
from obrador.kit.pagination import Page, Paging
from obrador.tenants import managing
from obrador.tenants.schemas import (
    ClosureInput,
    ClosureOutput,
    TenantChanges,
    TenantInput,
    TenantOutput,
)

bakeries = APIRouter(prefix="/tenants", tags=["tenants"], responses=ANYWHERE)
bakery = APIRouter(tags=["tenants"], responses=IN_A_TENANT)
closures = APIRouter(prefix="/closures", tags=["tenants"], responses=IN_A_TENANT)
routers = (bakery, closures)


@bakeries.get("", responses=problems(Unauthenticated, Forbidden))
async def list_tenants(session: Session, requester: Asking, paging: Paging) -> Page[TenantOutput]:
    """All bakeries that you may see."""
    return await managing.page(session, requester, paging)


@bakeries.post("", status_code=201, responses=problems(Unauthenticated, Forbidden))
async def create_tenant(
    session: Session, requester: Asking, new_id: NewId, given: TenantInput
) -> TenantOutput:
    """A new bakery; who makes it owns it."""
    return await managing.create(session, requester, new_id, given)


@bakery.get("")
async def get_tenant(tenant: Viewer, session: Session) -> TenantOutput:
    """The bakery."""
    return await managing.get(session, tenant)


@bakery.patch("")
async def change_tenant(
    tenant: Owner, session: Session, requester: Asking, changes: TenantChanges
) -> TenantOutput:
    """Other values for the fields given, which count as confirmed; the rest stays."""
    return await managing.change(session, requester, tenant, changes)


@closures.get("")
async def list_closures(tenant: Viewer, session: Session, paging: Paging) -> Page[ClosureOutput]:
    """Days on which the shop stays closed."""
    return await managing.page_of_closures(session, tenant, paging)


@closures.post("", status_code=201)
async def add_closure(
    tenant: Owner, session: Session, closure_id: NewId, given: ClosureInput
) -> ClosureOutput:
    """Close the shop for some days."""
    return await managing.add_closure(session, tenant, closure_id, given)


@closures.delete("/{id}", status_code=204)
async def remove_closure(tenant: Owner, session: Session, id: UUID) -> None:
    """Open the shop on these days after all."""
    await managing.remove_closure(session, tenant, id)
