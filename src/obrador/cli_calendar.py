"""`obrador calendar`: school holidays and events, and what sales propose for the calendar.

Imports are late, as in `cli`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape

from obrador.cli_options import BakeryOption
from obrador.cli_session import run_for

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from obrador.authz import TenantId

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

app = typer.Typer(no_args_is_help=True, help="School holidays, events and opening hours.")
ProposalArgument = Annotated[UUID, typer.Argument(help="As `obrador calendar proposals` shows it.")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or iCalendar (.ics).")],
    kind: Annotated[
        Literal["event", "school_holiday"],
        typer.Option(help="What the file holds, where it does not say so itself."),
    ] = "event",
    bakery: BakeryOption = None,
    dry_run: Annotated[bool, typer.Option(help="Check everything, keep nothing.")] = False,
) -> None:
    """Import school holidays or events. Importing a file again changes nothing."""
    from obrador.calendar import service
    from obrador.kit.clock import system_clock

    async def work(session: "AsyncSession", tenant: "TenantId") -> service.CalendarReport:
        return await service.import_calendar(
            session, tenant, file, kind, system_clock(), dry_run=dry_run
        )

    report = run_for(bakery, work)
    for line in report.summary():
        out.print(line)
    for fault in report.faults:
        err.print(f"  {escape(fault.where)}: {escape(fault.message)}", soft_wrap=True)


@app.command("list")
def list_(bakery: BakeryOption = None) -> None:
    """What the calendar names, by day."""
    from obrador.calendar import service

    for event in run_for(bakery, service.list_events):
        last = "" if event.days == 1 else f" – {event.last_day}"
        more = ", every year" if event.is_yearly else ""
        kind = event.kind.replace("_", " ")
        out.print(
            f"{event.first_day}{last}  {escape(event.name)}  [dim]{kind}{more}", soft_wrap=True
        )


@app.command()
def proposals(bakery: BakeryOption = None) -> None:
    """What your sales say of opening hours, holidays, closures and special days."""
    from obrador.calendar import service
    from obrador.kit.clock import system_clock

    async def work(session: "AsyncSession", tenant: "TenantId") -> Any:
        return await service.proposals(session, tenant, system_clock(), None)

    found = run_for(bakery, work).items
    for each in found:
        out.print(f"{escape(each.message)}  [dim]{each.id}", soft_wrap=True)
        out.print(f"  {escape(each.evidence)}", soft_wrap=True)
    if found:
        out.print("If it is so: obrador calendar confirm ID. If not: obrador calendar dismiss ID")
    else:
        out.print("Your sales propose nothing that is not known already.")


@app.command()
def confirm(
    proposal: ProposalArgument,
    bakery: BakeryOption = None,
    name: Annotated[
        str | None, typer.Option(help="Of a special day, if you know what it is.")
    ] = None,
) -> None:
    """Change the calendar as proposed."""
    from obrador.authz.requester import AT_THIS_MACHINE
    from obrador.calendar import service
    from obrador.kit.clock import system_clock

    async def work(session: "AsyncSession", tenant: "TenantId") -> Any:
        now = system_clock()
        return await service.confirm(session, tenant, proposal, AT_THIS_MACHINE, now, name)

    run_for(bakery, work)
    out.print("The calendar is changed.")


@app.command()
def dismiss(proposal: ProposalArgument, bakery: BakeryOption = None) -> None:
    """Do not propose it again."""
    from obrador.authz.requester import AT_THIS_MACHINE
    from obrador.calendar import service
    from obrador.kit.clock import system_clock

    async def work(session: "AsyncSession", tenant: "TenantId") -> Any:
        return await service.dismiss(session, tenant, proposal, AT_THIS_MACHINE, system_clock())

    run_for(bakery, work)
    out.print("It is not proposed again.")
