"""HTTP face of notifications."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from obrador.authz.access import Owner, Viewer, role_of
from obrador.authz.requester import Asking, id_of
from obrador.authz.roles import Role
from obrador.kit.http import IN_A_TENANT, Language, Now, Session
from obrador.kit.pagination import Page, Paging
from obrador.notifications import service
from obrador.notifications.schemas import (
    MailPreference,
    NotificationOutput,
    OwnWish,
    Preferences,
    RoleWish,
)

notifications = APIRouter(prefix="/notifications", tags=["notifications"], responses=IN_A_TENANT)
preferences = APIRouter(
    prefix="/notification-preferences", tags=["notifications"], responses=IN_A_TENANT
)
routers = (notifications, preferences)


async def own_role(tenant: Viewer, requester: Asking, session: Session) -> Role:
    """The role of whoever asks in the bakery of the path, which `Viewer` has seen there is."""
    return await role_of(session, requester, tenant) or Role.VIEWER


OwnRole = Annotated[Role, Depends(own_role)]


@notifications.get("")
async def list_notifications(
    tenant: Viewer,
    session: Session,
    paging: Paging,
    role: OwnRole,
    requester: Asking,
    lang: Language = None,
    unread: bool = False,
) -> Page[NotificationOutput]:
    """What your role was told, newest first."""
    return await service.page(session, tenant, paging, role, id_of(requester), lang, unread=unread)


@notifications.post("/{id}/read")
async def read_notification(
    tenant: Viewer,
    session: Session,
    id: UUID,
    role: OwnRole,
    requester: Asking,
    now: Now,
    lang: Language = None,
) -> NotificationOutput:
    """Say that you have read it."""
    return await service.mark_read(session, tenant, id, role, id_of(requester), now, lang)


@preferences.get("")
async def get_preferences(tenant: Viewer, session: Session, requester: Asking) -> Preferences:
    """Who hears of what."""
    return await service.get_preferences(session, tenant, id_of(requester))


@preferences.put("")
async def set_role_preference(
    tenant: Owner, session: Session, given: RoleWish, requester: Asking
) -> Preferences:
    """Say whether a role hears of a kind of notification."""
    return await service.set_role_wish(session, tenant, given, id_of(requester))


@preferences.put("/me")
async def set_own_preference(
    tenant: Viewer, session: Session, given: OwnWish, requester: Asking
) -> Preferences:
    """Mute a kind of notification for yourself, or hear of it again."""
    return await service.set_own_wish(session, tenant, given, id_of(requester))


@preferences.get("/mail")
async def get_mail_preference(
    tenant: Viewer, session: Session, requester: Asking
) -> MailPreference:
    """When you get mail."""
    return await service.get_mail_preference(session, tenant, id_of(requester))


@preferences.put("/mail")
async def set_mail_preference(
    tenant: Viewer, session: Session, given: MailPreference, requester: Asking
) -> MailPreference:
    """Say when you want mail, and in which language."""
    return await service.set_mail_preference(session, tenant, given, id_of(requester))
