"""HTTP face of alerts."""

from uuid import UUID

from fastapi import APIRouter

from obrador.alerts import service
from obrador.alerts.domain import Severity, Status
from obrador.alerts.schemas import AlertOutput
from obrador.authz.access import Manager, Viewer
from obrador.authz.requester import Asking, id_of
from obrador.crud import CONFLICT
from obrador.kit.http import IN_A_TENANT, Language, Now, Session
from obrador.kit.pagination import Page, Paging

router = APIRouter(prefix="/alerts", tags=["alerts"], responses=IN_A_TENANT)


@router.get("")
async def list_alerts(
    tenant: Viewer,
    session: Session,
    paging: Paging,
    lang: Language = None,
    status: Status | None = None,
    severity: Severity | None = None,
) -> Page[AlertOutput]:
    """What to look at, newest first; without a status, what waits for somebody."""
    return await service.page(session, tenant, paging, lang, status=status, severity=severity)


@router.post("/{id}/acknowledge", responses=CONFLICT)
async def acknowledge_alert(
    tenant: Manager, session: Session, id: UUID, requester: Asking, now: Now, lang: Language = None
) -> AlertOutput:
    """Say that somebody looks after it."""
    return await service.acknowledge(session, tenant, id, id_of(requester), now, lang)


@router.post("/{id}/resolve")
async def resolve_alert(
    tenant: Manager, session: Session, id: UUID, requester: Asking, now: Now, lang: Language = None
) -> AlertOutput:
    """Say that nothing is left to do about it."""
    return await service.resolve(session, tenant, id, id_of(requester), now, lang)
