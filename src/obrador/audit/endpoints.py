"""HTTP face of what was done."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from obrador.audit import service
from obrador.audit.schemas import AuditOutput
from obrador.audit.service import Wanted
from obrador.authz.access import Owner, Platform
from obrador.kit.errors import Forbidden, Unauthenticated
from obrador.kit.http import ANYWHERE, IN_A_TENANT, Session, problems
from obrador.kit.pagination import Page, Paging

router = APIRouter(prefix="/audit", tags=["access"], responses=IN_A_TENANT)
platform = APIRouter(
    prefix="/orchestrator/audit",
    tags=["access"],
    responses=ANYWHERE | problems(Unauthenticated, Forbidden),
)


async def _wanted(
    actor_id: Annotated[UUID | None, Query(description="A person's, or an API key's.")] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to", description="Not included.")] = None,
) -> Wanted:
    return Wanted(actor_id, since, until)


Asked = Annotated[Wanted, Depends(_wanted)]


@router.get("")
async def list_audit(
    tenant: Owner, session: Session, paging: Paging, wanted: Asked
) -> Page[AuditOutput]:
    """Who did what in the bakery, when and from where, the newest first."""
    return await service.page(session, tenant, paging, wanted)


@platform.get("")
async def list_all_audit(
    _: Platform, session: Session, paging: Paging, wanted: Asked
) -> Page[AuditOutput]:
    """Who did what anywhere, the newest first."""
    return await service.page(session, None, paging, wanted)
