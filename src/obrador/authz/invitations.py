"""Invitations by link: an owner invites an address, whoever opens the link becomes a member."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authn import service as authn
from obrador.authn.models import User
from obrador.authn.tokens import random_token, token_hash
from obrador.authz import repository
from obrador.authz.models import Invitation, Membership
from obrador.authz.noted import noted
from obrador.authz.repository import Invitations, Members
from obrador.authz.roles import Role
from obrador.authz.schemas import InvitationInput, InvitationOutput, NewInvitation
from obrador.authz.tenant import TenantId
from obrador.kit.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from obrador.kit.fence import confine, lift
from obrador.kit.i18n import Speech, speech
from obrador.kit.mail import Mail
from obrador.kit.pagination import Page, PageRequest
from obrador.kit.post import Post

LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Invited:
    """What a link says to who opens it."""

    tenant: TenantId
    bakery: str
    email: str
    role: Role
    has_account: bool


async def invite(
    session: AsyncSession,
    tenant: TenantId,
    invitation_id: UUID,
    given: InvitationInput,
    now: datetime,
    post: Post,
) -> NewInvitation:
    """A link for somebody, sent to them and shown this once. Whom it was sent to before gets
    another: the one before opens nothing any more.

    Raises:
        Conflict: they work here already.
        Invalid: the first member would be no owner.
    """
    invitations = Invitations(session, tenant)
    if first := await invitations.find(invitation_id):
        return _new(first, None)
    await _check_invited(session, tenant, given)
    await invitations.forget(given.email)
    token = random_token()
    facts = given.model_dump() | {
        "token_hash": token_hash(token),
        "created_at": now,
        "expires_at": now + LIFETIME,
    }
    row = await invitations.add(invitations.made(invitation_id, facts))
    link = post.link(f"/invitations/{token}")
    post.send(await _mail(invitations, row, link))
    return _new(row, link)


async def page_of_invitations(
    session: AsyncSession, tenant: TenantId, paging: PageRequest
) -> Page[InvitationOutput]:
    """Invitations that nobody has taken yet, those that are too old among them."""
    found = await Invitations(session, tenant).page(paging)
    items = [InvitationOutput.model_validate(row) for row in found.rows]
    return Page[InvitationOutput](items=items, next_cursor=found.next_cursor)


async def withdraw_invitation(session: AsyncSession, tenant: TenantId, invitation_id: UUID) -> None:
    """Its link opens nothing any more.

    Raises:
        NotFound: it is not there, or somebody has taken it.
    """
    await Invitations(session, tenant).delete(invitation_id)


async def open_invitation(session: AsyncSession, token: str, now: datetime) -> Invited:
    """What the link says.

    Raises:
        NotFound: it was used or withdrawn, is too old, or never was.
    """
    await lift(session)  # whose invitation it is, the invitation itself says
    row = await repository.invitation_of(session, token_hash(token))
    if row is None or row.expires_at <= now:
        raise _gone()
    await confine(session, [row.tenant_id])
    noted(session).tenant = TenantId(row.tenant_id)
    bakery = await Invitations(session, TenantId(row.tenant_id)).bakery()
    has_account = await authn.find_by_email(session, row.email) is not None
    return Invited(TenantId(row.tenant_id), bakery[0], row.email, Role(row.role), has_account)


async def join(session: AsyncSession, token: str, user: User, now: datetime) -> TenantId:
    """Make the person whom the link is for a member; of who is one already, the role stays.

    Raises:
        NotFound: as `open_invitation`.
        Forbidden: it is for somebody else.
    """
    invited = await open_invitation(session, token, now)
    if user.email != invited.email:
        raise Forbidden(
            "This invitation is for {email}. Sign out, and in as they.", email=invited.email
        )
    members = await Members(session, invited.tenant).lock_all()
    if not await repository.use_invitation(session, token_hash(token), now):
        raise _gone()
    if user.id not in members:
        session.add(Membership(tenant_id=invited.tenant, user_id=user.id, role=invited.role))
        await session.flush()
    return invited.tenant


async def join_as_new(
    session: AsyncSession, token: str, name: str, password: str, now: datetime
) -> tuple[User, TenantId]:
    """Make an account for whom the link is for, and them a member.

    Raises:
        NotFound: as `open_invitation`.
        Conflict: they have an account; they sign in, and then `join`.
    """
    invited = await open_invitation(session, token, now)
    user = await authn.add_user(session, invited.email, password, name=name)
    return user, await join(session, token, user, now)


async def _check_invited(session: AsyncSession, tenant: TenantId, given: InvitationInput) -> None:
    members = await Members(session, tenant).lock_all()
    user = await authn.find_by_email(session, given.email)
    if user is not None and user.id in members:
        raise Conflict(
            "{email} works here already.", [Fault("email", "is a member")], email=given.email
        )
    if given.role != Role.OWNER and all(each.role != Role.OWNER for each in members.values()):
        raise Invalid(
            "A bakery has at least one owner. Invite an owner first, or give this installation a"
            " password.",
            [Fault("role", "leaves the bakery without an owner")],
        )


async def _mail(invitations: Invitations, row: Invitation, link: str) -> Mail:
    name, locale, currency = await invitations.bakery()
    say = speech(None, locale, currency)
    return Mail(
        to=row.email,
        subject=say.phrase("{bakery} invites you to Obrador", bakery=name),
        text=_text(say, name, row, link),
        message_id=f"invitation.{row.id}@obrador",
        written_at=row.created_at,
        from_name=name,
    )


def _text(say: Speech, bakery: str, row: Invitation, link: str) -> str:
    return say.phrase(
        "Hello,\n\n{bakery} plans its days with Obrador and invites you to join. Open this link to"
        " choose your password:\n\n{link}\n\nIt is good once, until {day}. If you do not know the"
        " bakery, throw this away.\n",
        bakery=bakery,
        link=link,
        day=say.day(row.expires_at.date()),
    )


def _new(row: Invitation, link: str | None) -> NewInvitation:
    return NewInvitation(**InvitationOutput.model_validate(row).model_dump(), link=link)


def _gone() -> NotFound:
    return NotFound(
        "This invitation has been used or withdrawn, or is older than a week. Ask for another."
    )
