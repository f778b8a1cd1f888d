"""HTTP face of who may do what."""

from uuid import UUID

from fastapi import APIRouter

from obrador.authz import service
from obrador.authz.access import Owner, see_own
from obrador.authz.requester import Asking
from obrador.authz.schemas import (
    ApiKeyInput,
    ApiKeyOutput,
    InvitationInput,
    InvitationOutput,
    Me,
    MemberChanges,
    MemberInput,
    MemberOutput,
    NewApiKey,
    NewInvitation,
)
from obrador.kit.errors import Conflict, Forbidden, Unauthenticated
from obrador.kit.http import ANYWHERE, IN_A_TENANT, NewId, Now, Session, problems
from obrador.kit.pagination import Page, Paging
from obrador.kit.post import Posting

me_route = APIRouter(
    prefix="/auth", tags=["access"], responses=ANYWHERE | problems(Unauthenticated, Forbidden)
)
members = APIRouter(prefix="/members", tags=["access"], responses=IN_A_TENANT)
invitations = APIRouter(prefix="/invitations", tags=["access"], responses=IN_A_TENANT)
api_keys = APIRouter(prefix="/api-keys", tags=["access"], responses=IN_A_TENANT)
routers = (members, invitations, api_keys)


@me_route.get("/me")
async def me(session: Session, requester: Asking) -> Me:
    """Who asks, and what they may do."""
    await see_own(session, requester)
    return await service.me(session, requester)


@members.get("")
async def list_members(tenant: Owner, session: Session, paging: Paging) -> Page[MemberOutput]:
    """Who works at the bakery."""
    return await service.page_of_members(session, tenant, paging)


@members.post("", status_code=201, responses=problems(Conflict))
async def add_member(tenant: Owner, session: Session, given: MemberInput) -> MemberOutput:
    """Somebody new at the bakery. Adding them again in the same role changes nothing."""
    return await service.add_member(session, tenant, given)


@members.patch("/{user_id}")
async def change_member(
    tenant: Owner, session: Session, user_id: UUID, changes: MemberChanges
) -> MemberOutput:
    """Another role for somebody."""
    return await service.change_member(session, tenant, user_id, changes.role)


@members.delete("/{user_id}", status_code=204)
async def remove_member(tenant: Owner, session: Session, user_id: UUID) -> None:
    """Somebody leaves; the last owner cannot."""
    await service.remove_member(session, tenant, user_id)


@invitations.get("")
async def list_invitations(
    tenant: Owner, session: Session, paging: Paging
) -> Page[InvitationOutput]:
    """Invitations that nobody has taken yet; their links are not shown again."""
    return await service.page_of_invitations(session, tenant, paging)


@invitations.post("", status_code=201, responses=problems(Conflict))
async def invite(
    tenant: Owner,
    session: Session,
    invitation_id: NewId,
    given: InvitationInput,
    now: Now,
    post: Posting,
) -> NewInvitation:
    """Send somebody a link that makes them a member: good once, for a week."""
    return await service.invite(session, tenant, invitation_id, given, now, post)


@invitations.delete("/{id}", status_code=204)
async def withdraw_invitation(tenant: Owner, session: Session, id: UUID) -> None:
    """The link opens nothing any more."""
    await service.withdraw_invitation(session, tenant, id)


@api_keys.get("")
async def list_keys(tenant: Owner, session: Session, paging: Paging) -> Page[ApiKeyOutput]:
    """Keys for programs, revoked ones too; the keys themselves are not shown again."""
    return await service.page_of_keys(session, tenant, paging)


@api_keys.post("", status_code=201, responses=problems(Conflict))
async def add_key(
    tenant: Owner, session: Session, key_id: NewId, given: ApiKeyInput, now: Now
) -> NewApiKey:
    """A new key. Keep it now: it is shown this once."""
    return await service.add_key(session, tenant, key_id, given, now)


@api_keys.delete("/{id}")
async def revoke_key(tenant: Owner, session: Session, id: UUID, now: Now) -> ApiKeyOutput:
    """The key opens nothing any more; that it was there stays on record."""
    return await service.revoke_key(session, tenant, id, now)
