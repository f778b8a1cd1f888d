"""The command that trains forecasting models. Imports are late, as in `cli`."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from obrador.cli_runs import chosen_bakeries
from obrador.kit.errors import Invalid

if TYPE_CHECKING:
    from obrador.forecasting.service import TrainingJobOutput

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def train(
    tenants: Annotated[
        str | None, typer.Option(help="Bakeries by name or id, with commas between them.")
    ] = None,
    everyone: Annotated[bool, typer.Option("--all", help="All bakeries that are active.")] = False,
) -> None:
    """Train forecasting models here and now. A model forecasts if it is no worse than before."""
    if tenants is not None and everyone:
        raise Invalid("Say either --tenants or --all.")
    asyncio.run(_train(tenants, everyone))


async def _train(tenants: str | None, everyone: bool) -> None:
    """One bakery after the other, each in a transaction of its own."""
    from rich.progress import Progress

    from obrador.authz import operator
    from obrador.bootstrap import open_database
    from obrador.kit.clock import system_clock
    from obrador.orchestration.training_now import train_now

    database = await open_database()
    try:
        async with database.transaction() as session:
            chosen = await (
                operator.all_active(session) if everyone else chosen_bakeries(session, tenants)
            )
            names = await operator.names(session, chosen)
        with Progress(console=err, transient=True) as bar:
            for tenant in bar.track(chosen, description="Training ..."):
                async with database.transaction() as session:
                    job = await train_now(session, tenant, system_clock())
                out.print(f"{escape(names[tenant])}: {_ending(job)}", soft_wrap=True)
    finally:
        await database.close()


def _ending(job: "TrainingJobOutput") -> str:
    if job.status != "completed" or job.improvement is None:
        return job.error or f"the job was {job.status}."
    change = f"WAPE {-job.improvement:+.1f} points on weeks that it had not seen"
    if job.is_promoted:
        return f"model {job.version} forecasts from now on. {change}."
    return f"model {job.version} is worse than the one before, which goes on. {change}."
