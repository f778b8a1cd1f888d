"""Who may work for a bakery: the only door through which a request comes to a `TenantId`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from typing import Annotated, cast
from uuid import UUID

import structlog
from fastapi import Depends, Request
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import repository
from obrador.authz.models import Membership
from obrador.authz.noted import noted
from obrador.authz.repository import tenants
from obrador.authz.requester import (
    Asking,
    Credentials,
    LocalOwner,
    Person,
    Program,
    Requester,
    is_service,
    who_asks,
)
from obrador.authz.roles import Role
from obrador.authz.tenant import TenantId
from obrador.kit.db import Database
from obrador.kit.errors import Forbidden, NotFound
from obrador.kit.fence import confine, lift
from obrador.kit.http import Now, Session
from obrador.kit.queries import any_of

log = structlog.get_logger()
_UNKNOWN = "There is no such bakery here."


def allowed(*least: Role) -> Callable[..., Awaitable[TenantId]]:
    """A dependency: the tenant of the path, for whoever has one of these roles or a higher one.

    Raises:
        Unauthenticated: nobody knows who asks.
        NotFound: there is no such bakery, or the requester does not belong to it.
        Forbidden: the role there is too low.
    """

    async def check(tenant_id: UUID, requester: Asking, session: Session) -> TenantId:
        return await _allowed(session, requester, tenant_id, *least)

    return check


def allowed_services(
    *, must_exist: bool, least: Role = Role.OWNER
) -> Callable[..., Awaitable[TenantId]]:
    """A dependency: the tenant of the path, for whoever has this role or a higher one, and for
    another installation that shows the service token, whatever the tenant.

    Args:
        must_exist: here; an installation that only computes need not know the bakery.

    Raises:
        Unauthenticated, NotFound, Forbidden: as `allowed`.
    """

    async def check(
        tenant_id: UUID, request: Request, session: Session, now: Now, credentials: Credentials
    ) -> TenantId:
        if not is_service(request, credentials):
            requester = await who_asks(request, session, now, credentials)
            return await _allowed(session, requester, tenant_id, least)
        await confine(session, [tenant_id])
        if must_exist and not await repository.exists(session, tenant_id):
            raise NotFound(_UNKNOWN)
        noted(session).is_service = True
        return _entered(session, tenant_id)

    return check


async def _allowed(
    session: AsyncSession, requester: Requester, tenant_id: UUID, *least: Role
) -> TenantId:
    await confine(session, [tenant_id])
    role = await role_of(session, requester, tenant_id)
    if role is None:
        raise NotFound(_UNKNOWN)
    tenant = _entered(session, tenant_id)
    if not any(role.includes(each) for each in least):
        needed = " or ".join(least)
        raise Forbidden(
            "This needs the role {needed}; yours in this bakery is {role}.",
            needed=needed,
            role=role,
        )
    return tenant


def _entered(session: AsyncSession, tenant_id: UUID) -> TenantId:
    tenant = TenantId(tenant_id)
    noted(session).tenant = tenant
    return tenant


Viewer = Annotated[TenantId, Depends(allowed(Role.VIEWER))]
ProductionManager = Annotated[TenantId, Depends(allowed(Role.PRODUCTION_MANAGER))]
ProcurementManager = Annotated[TenantId, Depends(allowed(Role.PROCUREMENT_MANAGER))]
Manager = Annotated[TenantId, Depends(allowed(Role.PRODUCTION_MANAGER, Role.PROCUREMENT_MANAGER))]
Owner = Annotated[TenantId, Depends(allowed(Role.OWNER))]
OwnerOrService = Annotated[TenantId, Depends(allowed_services(must_exist=False))]
ProductionManagerOrService = Annotated[
    TenantId, Depends(allowed_services(must_exist=False, least=Role.PRODUCTION_MANAGER))
]
ViewerOrService = Annotated[
    TenantId, Depends(allowed_services(must_exist=False, least=Role.VIEWER))
]
OwnerOrServiceOfKnown = Annotated[TenantId, Depends(allowed_services(must_exist=True))]


async def role_of(session: AsyncSession, requester: Requester, tenant_id: UUID) -> Role | None:
    """The requester's role in a bakery; None if there is no such bakery, or none of theirs."""
    match requester:
        case LocalOwner():
            return await _owner_of(session, tenant_id)
        case Program(tenant_id=own, role=role):
            return role if own == tenant_id else None
        case Person(user_id=user_id, is_platform_admin=is_admin):
            if not is_admin:
                return await repository.role_of_member(session, user_id, tenant_id)
            return await _owner_of(session, tenant_id)


async def role_in(session: AsyncSession, requester: Requester, tenant: TenantId) -> Role:
    """The requester's role in a bakery that they have been allowed into.

    Raises:
        NotFound: they have lost it since.
    """
    role = await role_of(session, requester, tenant)
    if role is None:
        raise NotFound(_UNKNOWN)
    return role


async def _owner_of(session: AsyncSession, tenant_id: UUID) -> Role | None:
    return Role.OWNER if await repository.exists(session, tenant_id) else None


def may_run_platform(requester: Requester) -> bool:
    """Whether the requester decides about bakeries that are not theirs."""
    return isinstance(requester, LocalOwner) or (
        isinstance(requester, Person) and requester.is_platform_admin
    )


async def for_the_platform(requester: Asking, session: Session) -> Requester:
    """Let whoever runs the platform see all bakeries.

    Raises:
        Forbidden: the requester does not.
    """
    if not may_run_platform(requester):
        raise Forbidden("This is for who runs the platform.")
    await lift(session)
    if isinstance(requester, Person):
        log.info("platform_admin_access", user=str(requester.user_id))
    return requester


Platform = Annotated[Requester, Depends(for_the_platform)]
"""Whoever runs the platform: everybody else is refused."""


async def chosen_tenants(
    session: AsyncSession, requester: Requester, tenant_ids: Collection[UUID]
) -> list[TenantId]:
    """The bakeries that somebody who runs the platform has named.

    Raises:
        Forbidden: the requester does not run the platform.
        NotFound: there is no such bakery; names those that are not there.
    """
    await for_the_platform(requester, session)
    found = set(
        await session.scalars(select(tenants.c.id).where(tenants.c.id == any_of(tenant_ids)))
    )
    missing = [str(each) for each in tenant_ids if each not in found]
    if missing:
        raise NotFound("There is no bakery {ids}.", ids=", ".join(missing[:5]))
    return [TenantId(each) for each in sorted(found)]


async def is_guest(session: AsyncSession, person: Person, tenant: TenantId) -> bool:
    """Whether somebody who runs the platform is in a bakery that they do not work at."""
    return await repository.role_of_member(session, person.user_id, tenant) is None


async def enter(session: AsyncSession, tenant: TenantId) -> None:
    """Let another transaction work for a bakery that the door has let a request into."""
    await confine(session, [tenant])


@asynccontextmanager
async def again_for_platform(database: Database, _: Requester) -> AsyncIterator[AsyncSession]:
    """Another transaction for whom `Platform` has let in: of what goes on after the request's own
    has ended, such as a stream."""
    async with database.transaction() as session:
        await lift(session)
        yield session


def visible_tenants(requester: Requester) -> Select[TenantId]:
    """A query of the ids of all bakeries that the requester may see."""
    match requester:
        case Program(tenant_id=own):
            query = select(tenants.c.id).where(tenants.c.id == own)
        case Person(user_id=user_id, is_platform_admin=False):
            query = select(Membership.tenant_id).where(Membership.user_id == user_id)
        case _:
            query = select(tenants.c.id)
    return cast("Select[TenantId]", query)


async def see_own(session: AsyncSession, requester: Requester) -> None:
    """Let the transaction see all bakeries that the requester may see: for what is about more than
    one of them."""
    await lift(session)
    if not may_run_platform(requester):
        await confine(session, list(await session.scalars(visible_tenants(requester))))


async def home_of(session: AsyncSession, requester: Requester) -> UUID | None:
    """The bakery that a requester sees first: one that is no demo, and of those the newest."""
    await see_own(session, requester)
    query = (
        select(tenants.c.id)
        .where(tenants.c.id.in_(visible_tenants(requester)), tenants.c.status == "active")
        .order_by(tenants.c.is_demo, tenants.c.id.desc())
    )
    found: UUID | None = await session.scalar(query.limit(1))
    return found
