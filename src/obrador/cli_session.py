"""What commands do for a bakery: in one transaction, on the database of the settings. Imports are
late, as in `cli`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from obrador.kit.errors import Invalid, NotFound
from obrador.kit.memory import loading

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from obrador.authz import TenantId

T = TypeVar("T")


def run(work: "Callable[[AsyncSession], Awaitable[T]]") -> T:
    """Do the work in one transaction on the database of the settings, made ready before."""
    with loading():
        from obrador.bootstrap import open_database

    async def in_transaction() -> T:
        database = await open_database()
        try:
            async with database.transaction() as session:
                done = await work(session)
                await _record(session)
                return done
        finally:
            await database.close()

    return asyncio.run(in_transaction())


async def _record(session: "AsyncSession") -> None:
    """Who ran which command, if it has changed something."""
    import click

    from obrador.audit.service import record_command
    from obrador.kit.clock import system_clock

    if context := click.get_current_context(silent=True):
        await record_command(session, context.command_path, system_clock())


async def chosen_bakery(session: "AsyncSession", name: str | None) -> "TenantId":
    """The bakery that is meant: named, or the only one, or the only one that is no demo."""
    from obrador.authz import operator
    from obrador.kit.names import name_key

    bakeries = await operator.bakeries(session)
    if name is not None:
        named = [b for b in bakeries if name_key(b.name) == name_key(name) or str(b.id) == name]
        if not named:
            known = ", ".join(b.name for b in bakeries) or "none yet"
            raise NotFound(f"No bakery is called {name!r}. There are: {known}.")
        return named[0].id
    if not bakeries:
        raise NotFound(
            "There is no bakery yet. Make one: obrador bakery new NAME --country ES"
            " (or look around first: obrador demo)."
        )
    real = [b for b in bakeries if not b.is_demo]
    candidates = real if len(bakeries) > 1 and real else bakeries
    if len(candidates) > 1:
        names = ", ".join(b.name for b in candidates)
        raise Invalid(f"There are several bakeries: say which with --bakery NAME. ({names})")
    return candidates[0].id


def run_for(name: str | None, work: "Callable[[AsyncSession, TenantId], Awaitable[T]]") -> T:
    """Do the work in one transaction, for the bakery that is meant."""
    from obrador.authz.noted import noted

    async def for_bakery(session: "AsyncSession") -> T:
        tenant = await chosen_bakery(session, name)
        noted(session).tenant = tenant
        return await work(session, tenant)

    return run(for_bakery)
