"""`obrador weather`: weather from a file, for who asks no provider.

Imports are late, as in `cli`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from obrador.cli_calendar import err, out
from obrador.cli_options import BakeryOption
from obrador.cli_session import run_for

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from obrador.authz import TenantId

app = typer.Typer(no_args_is_help=True, help="What the weather was and will be.")


@app.callback()
def group() -> None:
    """Have commands below `weather`, though there is one only."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX, a row for each day.")],
    bakery: BakeryOption = None,
    dry_run: Annotated[bool, typer.Option(help="Check everything, keep nothing.")] = False,
) -> None:
    """Import the weather of days. Those from today on are forecasts."""
    from obrador.drivers import service
    from obrador.kit.clock import system_clock

    async def work(session: "AsyncSession", tenant: "TenantId") -> service.WeatherReport:
        return await service.import_weather(session, tenant, file, system_clock(), dry_run=dry_run)

    report = run_for(bakery, work)
    for line in report.summary():
        out.print(line)
    for fault in report.faults:
        err.print(f"  {escape(fault.where)}: {escape(fault.message)}", soft_wrap=True)
