"""Use cases of members and API keys, and by name those of invitations."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import service as authn
from obrador.authn.models import User
from obrador.authn.tokens import API_KEY_PREFIX, random_token, token_hash
from obrador.authz import repository
from obrador.authz.invitations import (
    invite,
    page_of_invitations,
    withdraw_invitation,
)
from obrador.authz.models import Membership
from obrador.authz.repository import ApiKeys, Members
from obrador.authz.requester import LocalOwner, Person, Program, Requester
from obrador.authz.roles import Role
from obrador.authz.schemas import (
    ApiKeyInput,
    ApiKeyOutput,
    Me,
    MemberInput,
    MemberOutput,
    NewApiKey,
    TenantRole,
)
from obrador.authz.tenant import TenantId
from obrador.kit.errors import Conflict, Fault, Invalid, NotFound
from obrador.kit.pagination import Page, PageRequest

__all__ = [
    "add_key",
    "add_member",
    "change_member",
    "invite",
    "me",
    "page_of_invitations",
    "page_of_keys",
    "page_of_members",
    "remove_member",
    "revoke_key",
    "withdraw_invitation",
]


async def me(session: AsyncSession, requester: Requester) -> Me:
    """Who asks, and what they may do."""
    match requester:
        case LocalOwner():
            return Me(kind="local_owner", roles=[])
        case Program(tenant_id=tenant_id, role=role):
            return Me(kind="program", roles=[TenantRole(tenant_id=tenant_id, role=role)])
        case Person(user_id=user_id, is_platform_admin=is_admin):
            user = await authn.get_user(session, user_id)
            roles = [
                TenantRole(tenant_id=each.tenant_id, role=Role(each.role))
                for each in await repository.roles_of(session, user_id)
            ]
            return Me(
                kind="person",
                user_id=user_id,
                email=user.email,
                name=user.name,
                is_platform_admin=is_admin,
                roles=roles,
            )


async def page_of_members(
    session: AsyncSession, tenant: TenantId, paging: PageRequest
) -> Page[MemberOutput]:
    """Who works at the bakery."""
    found = await Members(session, tenant).page(paging)
    items = [_member(membership, user) for membership, user in found.rows]
    return Page[MemberOutput](items=items, next_cursor=found.next_cursor)


async def add_member(session: AsyncSession, tenant: TenantId, given: MemberInput) -> MemberOutput:
    """Somebody new at the bakery, with the account they have or a new one.

    Raises:
        Conflict: they work there already, in another role.
        Invalid: they need a password to start with, or the first member is no owner.
    """
    members = await Members(session, tenant).lock_all()
    user = await authn.find_by_email(session, given.email)
    if user is None:
        user = await _new_user(session, given)
    if user.id not in members:
        members[user.id] = Membership(tenant_id=tenant, user_id=user.id, role=given.role)
        _check_owner(members.values())
        session.add(members[user.id])
        await session.flush()
    if members[user.id].role != given.role:
        raise Conflict(
            "{email} works here already, as {role}. Change the role there.",
            [Fault("email", "is a member")],
            email=given.email,
            role=members[user.id].role,
        )
    return _member(members[user.id], user)


async def change_member(
    session: AsyncSession, tenant: TenantId, user_id: UUID, role: Role
) -> MemberOutput:
    """Another role for somebody.

    Raises:
        NotFound: they do not work at the bakery.
        Invalid: nobody would own it any more.
    """
    members = await Members(session, tenant).lock_all()
    if user_id not in members:
        raise NotFound("There is no member {id} here.", id=user_id)
    members[user_id].role = role
    _check_owner(members.values())
    await session.flush()
    return _member(members[user_id], await authn.get_user(session, user_id))


async def remove_member(session: AsyncSession, tenant: TenantId, user_id: UUID) -> None:
    """Without somebody; their account stays. Raises as `change_member`."""
    members = await Members(session, tenant).lock_all()
    if user_id not in members:
        raise NotFound("There is no member {id} here.", id=user_id)
    leaving = members.pop(user_id)
    _check_owner(members.values())
    await session.delete(leaving)
    await session.flush()


async def page_of_keys(
    session: AsyncSession, tenant: TenantId, paging: PageRequest
) -> Page[ApiKeyOutput]:
    """Keys for programs, revoked ones too."""
    found = await ApiKeys(session, tenant).page(paging)
    items = [ApiKeyOutput.model_validate(row) for row in found.rows]
    return Page[ApiKeyOutput](items=items, next_cursor=found.next_cursor)


async def add_key(
    session: AsyncSession, tenant: TenantId, key_id: UUID, given: ApiKeyInput, now: datetime
) -> NewApiKey:
    """A new key, which is shown this once; or, without it, the one made with this id before."""
    keys = ApiKeys(session, tenant)
    key = random_token(API_KEY_PREFIX)
    facts = given.model_dump() | {"key_hash": token_hash(key), "created_at": now}
    row = await keys.add(keys.made(key_id, facts))
    is_new = row.key_hash == token_hash(key)
    shown = ApiKeyOutput.model_validate(row)
    return NewApiKey(**shown.model_dump(), key=key if is_new else None)


async def revoke_key(
    session: AsyncSession, tenant: TenantId, key_id: UUID, now: datetime
) -> ApiKeyOutput:
    """The key, which opens nothing any more.

    Raises:
        NotFound: it is not there.
    """
    keys = ApiKeys(session, tenant)
    row = await keys.lock(key_id)
    row = await keys.change(row, {"revoked_at": row.revoked_at or now})
    return ApiKeyOutput.model_validate(row)


async def _new_user(session: AsyncSession, given: MemberInput) -> User:
    if given.password is None:
        raise Invalid(
            "{email} has no account yet. Give a password to start with.",
            [Fault("password", "is needed for a new account")],
            email=given.email,
        )
    return await authn.add_user(session, given.email, given.password, name=given.name)


def _check_owner(members: Iterable[Membership]) -> None:
    if not any(each.role == Role.OWNER for each in members):
        raise Invalid(
            "A bakery has at least one owner. Make somebody the owner first.",
            [Fault("role", "leaves the bakery without an owner")],
        )


def _member(membership: Membership, user: User) -> MemberOutput:
    return MemberOutput(
        user_id=user.id, email=user.email, name=user.name, role=Role(membership.role)
    )
