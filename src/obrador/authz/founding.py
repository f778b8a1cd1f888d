"""First moments: who makes a bakery may work for it, and the first account owns all of them."""

from uuid import UUID

from sqlalchemy import insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import service as authn
from obrador.authn.models import User
from obrador.authn.schemas import Founder
from obrador.authz.models import Membership
from obrador.authz.noted import noted
from obrador.authz.repository import tenants
from obrador.authz.requester import Person, Program, Requester
from obrador.authz.roles import Role
from obrador.authz.tenant import TenantId
from obrador.kit.errors import Conflict, Forbidden
from obrador.kit.fence import confine, lift
from obrador.kit.ids import derived_id


def founded(tenant_id: UUID) -> TenantId:
    """The proof for a bakery that is made under this id, which nobody else may have chosen."""
    return TenantId(tenant_id)


async def entered(session: AsyncSession, tenant_id: UUID) -> TenantId:
    """The same, where the rest of the transaction works for that bakery."""
    await confine(session, [tenant_id])
    noted(session).tenant = founded(tenant_id)
    return founded(tenant_id)


def own_id(requester: Requester, new_id: UUID) -> UUID:
    """The id of a bakery that the requester makes: nobody else comes to the same one.

    Raises:
        Forbidden: a program's key is for one bakery only.
    """
    match requester:
        case Program():
            raise Forbidden("An API key is for one bakery. Sign in to make another.")
        case Person(user_id=user_id) if new_id.version == 5:  # derived from a key of their choice
            return derived_id(user_id, new_id)
        case _:
            return new_id


async def make_owner(session: AsyncSession, requester: Requester, tenant: TenantId) -> None:
    """Who made the bakery owns it, if they have an account and do not own it yet."""
    if isinstance(requester, Person):
        await session.merge(
            Membership(tenant_id=tenant, user_id=requester.user_id, role=Role.OWNER)
        )
        await session.flush()


async def found(session: AsyncSession, given: Founder) -> User:
    """The first account of the installation: it runs the platform and owns all bakeries. From then
    on everybody signs in.

    Raises:
        Conflict: there is an account already.
    """
    await authn.lock_accounts(session)
    if await authn.has_users(session):
        raise Conflict("There is an account already. Sign in with it.")
    user = await authn.add_user(
        session, given.email, given.new_password, name=given.name, is_platform_admin=True
    )
    await lift(session)
    owned = select(tenants.c.id, literal(user.id), literal(str(Role.OWNER)))
    await session.execute(insert(Membership).from_select(["tenant_id", "user_id", "role"], owned))
    return user
