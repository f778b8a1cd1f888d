"""A password that was forgotten: a link by mail, under which to choose another."""

from obrador.authn import accounts, repository
from obrador.authn.attempts import ACCOUNT, ASKED_BY, ASKED_FOR, network_of
from obrador.authn.door import SIGNED_IN, Door
from obrador.authn.models import User
from obrador.authn.tokens import password_mark, read_reset_token, reset_token
from obrador.kit.errors import NotFound, Unavailable
from obrador.kit.i18n import Speech
from obrador.kit.mail import Mail
from obrador.kit.post import Post


async def ask(door: Door, email: str, post: Post, say: Speech) -> None:
    """Mail a link to the account with this address; whether there is one, nobody learns here.

    Raises:
        Unavailable: this installation sends no such links.
        TooManyAttempts: too many were asked for.
    """
    if not post.is_certain:
        raise Unavailable("This installation sends no links: set SMTP_URL and PUBLIC_URL.")
    email = email.strip().lower()
    await door.attempts.count(ASKED_BY, network_of(door.address))
    await door.attempts.count(ASKED_FOR, email)
    user = await repository.find_by_email(door.session, email)
    if user is not None:
        post.send(_mail(user, door, post, say))


async def whose(door: Door, token: str) -> User:
    """The account that a link is for. Nobody else changes it until the transaction ends.

    Raises:
        NotFound: the link was used, is too old, or never was.
    """
    known = read_reset_token(token, door.key, door.now)
    user = await repository.lock_user(door.session, known[0]) if known else None
    if known is None or user is None or password_mark(user.password_hash) != known[1]:
        raise NotFound("This link has been used, or is older than an hour. Ask for another.")
    return user


async def renew(door: Door, token: str, password: str) -> None:
    """Another password for the account that the link is for: that ends all its sessions, and the
    link. Where the account asks for a code, it goes on to do so. Raises as `whose`."""
    user = await whose(door, token)
    await accounts.set_password(door.session, user, password)
    await door.attempts.forget(ACCOUNT, user.email)
    door.session.info[SIGNED_IN] = user


def _mail(user: User, door: Door, post: Post, say: Speech) -> Mail:
    token = reset_token(user.id, user.password_hash, door.key, door.now)
    text = say.phrase(
        "Hello,\n\nsomebody, you probably, has forgotten the password of this account at Obrador."
        " Open this link to choose another:\n\n{link}\n\nIt is good once, for an hour. If it was"
        " not you, throw this away: nothing changes.\n",
        link=post.link(f"/forgotten/{token}"),
    )
    return Mail(
        to=user.email,
        subject=say.phrase("Choose another password for Obrador"),
        text=text,
        message_id=f"password.{user.id}.{int(door.now.timestamp())}@obrador",
        written_at=door.now,
        from_name="Obrador",
    )
