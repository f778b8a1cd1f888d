"""`obrador events`: what is told, what could not be handled, and telling it again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from obrador.kit.errors import Invalid

if TYPE_CHECKING:
    from obrador.kit.db import Database
    from obrador.settings import Settings

T = TypeVar("T")
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
out = Console(highlight=False)

events_app = typer.Typer(no_args_is_help=True, help="Events: what Obrador tells others.")

ConsumerOption = Annotated[str | None, typer.Option("--consumer", help="Only this consumer's.")]


def _run(work: "Callable[[Database, Settings], Awaitable[T]]") -> T:
    from obrador.bootstrap import open_database
    from obrador.settings import load_settings

    async def with_database() -> T:
        settings = load_settings()
        database = await open_database(settings)
        try:
            return await work(database, settings)
        finally:
            await database.close()

    return asyncio.run(with_database())


@events_app.command()
def catalogue(
    short: Annotated[bool, typer.Option("--list", help="One line for each event.")] = False,
) -> None:
    """Print every event and what it carries, as an AsyncAPI document."""
    import json

    from obrador import events
    from obrador.kit.asyncapi import summary

    if not short:
        print(json.dumps(events.catalogue(), indent=2))
        return
    for key, event in events.EVENTS.items():
        out.print(f"{key}  [dim]{escape(summary(event))}", soft_wrap=True)


@events_app.command()
def dead(consumer: ConsumerOption = None) -> None:
    """List the events that could not be handled and are not tried again."""
    from obrador import delivery

    letters = _run(lambda database, settings: delivery.dead_letters(database, settings, consumer))
    for letter in letters:
        event = letter.event
        what = f"{event.routing_key} {event.id}" if event else "no event of ours"
        of = f" of {event.tenant_id}" if event and event.tenant_id else ""
        out.print(
            f"{letter.consumer}: {what}{of}, after {letter.attempts} attempts", soft_wrap=True
        )
        out.print(f"  {escape(letter.error)}", soft_wrap=True)
    if letters:
        out.print("When the cause is mended: obrador events replay --dead")
    else:
        out.print("Every event was handled, or is still being tried.")


@events_app.command()
def replay(
    dead: Annotated[bool, typer.Option("--dead", help="What `events dead` lists.")] = False,
    since: Annotated[
        datetime | None, typer.Option(formats=_FORMATS, help="What was told since, in UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_FORMATS, help="And before; without it, now.")
    ] = None,
    key: Annotated[str, typer.Option(help="Routing key; * stands for anything.")] = "*",
    consumer: Annotated[
        str | None, typer.Option(help="With --dead: only its. With --since: it handles all anew.")
    ] = None,
) -> None:
    """Send events again: dead ones, or those of a time."""
    from obrador import delivery
    from obrador.kit.clock import system_clock

    if dead is (since is not None):
        raise Invalid("Say either --dead or --since MOMENT.")
    if since is None:
        count = _run(lambda database, settings: delivery.replay_dead(database, settings, consumer))
    else:
        start, end = since.replace(tzinfo=UTC), (until or system_clock()).replace(tzinfo=UTC)
        count = _run(
            lambda database, _: delivery.replay_published(database, start, end, key, consumer)
        )
    out.print("1 event is sent again." if count == 1 else f"{count} events are sent again.")
