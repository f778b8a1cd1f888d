"""`obrador user`: accounts, for who runs the machine. Imports are late, as in `cli`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from obrador.cli_session import run
from obrador.kit.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

out = Console(highlight=False)
app = typer.Typer(no_args_is_help=True, help="People who sign in.")


@app.command("add")
def add(
    email: str,
    name: Annotated[str, typer.Option(help="What they are called.")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="Let them run the platform.")] = False,
) -> None:
    """Make an account; the password is asked for, or read from a pipe. The first account runs the
    platform and owns all bakeries; others are invited by owners, at the page."""
    from obrador.authn import service as authn
    from obrador.authn.schemas import Founder
    from obrador.authz.founding import found
    from obrador.dashboard.forms import filled

    password = _asked()
    given = filled(Founder, {"email": email, "name": name, "new_password": password})

    async def work(session: "AsyncSession") -> bool:
        if not await authn.has_users(session):
            await found(session, given)
            return True
        await authn.add_user(
            session, given.email, password, name=given.name, is_platform_admin=admin
        )
        return False

    is_first = run(work)
    out.print(f"{given.email} can sign in{' and owns all bakeries' if is_first else ''}.")


@app.command("password")
def password(
    email: str,
    without_codes: Annotated[
        bool, typer.Option("--without-codes", help="Ask for no code any more: a lost telephone.")
    ] = False,
) -> None:
    """Give somebody another password; they are signed out everywhere."""
    from obrador.authn import accounts
    from obrador.authn import service as authn
    from obrador.authn.schemas import Renewal
    from obrador.dashboard.forms import filled

    given = filled(Renewal, {"new_password": _asked()})

    async def work(session: "AsyncSession") -> None:
        user = await authn.find_by_email(session, email.strip().lower())
        if user is None:
            raise NotFound(f"Nobody has an account with {email}.")
        await accounts.set_password(session, user, given.new_password)
        if without_codes:
            await accounts.forget_codes(session, user)

    run(work)
    out.print(f"{email} signs in with the new password from now on.")


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
