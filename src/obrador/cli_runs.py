"""Commands of whoever runs the machine: the roles of a process, workflows by hand, the doctor.

Imports are late, as in `cli`.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape

from obrador.cli_options import calendar_day
from obrador.kit.errors import Invalid, NotFound
from obrador.kit.memory import loading

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from sqlalchemy.ext.asyncio import AsyncSession

    from obrador.authz import TenantId
    from obrador.orchestration.progress import Progress
    from obrador.orchestration.schemas import RunOutput
    from obrador.orchestration.triggering import Triggered
    from obrador.roles import Parts, Role
    from obrador.settings import Settings

T = TypeVar("T")
_LOOK_SECONDS = 0.5
_COLOURS = {"completed": "green", "partial_success": "yellow", "failed": "red"}
_MARKS = {"ok": "[green]ok       ", "attention": "[yellow]attention", "problem": "[red]problem  "}
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def register(app: typer.Typer) -> None:
    """Make these commands those of the program."""
    for command in (up, serve, worker, scheduler, run, runs, doctor):
        app.command()(command)


def _settings() -> "Settings":
    from obrador.observability.logs import configure_logs
    from obrador.settings import load_settings

    settings = load_settings()
    configure_logs(settings)
    return settings


def _shared_metrics() -> "Settings":
    """The settings of a process that plans in others: their metrics are shown together."""
    from obrador.observability.sharing import share_metrics

    settings = _settings()
    share_metrics(settings.obrador_home)
    return settings


def _run_roles(settings: "Settings", *roles: "Role", metrics_port: int = 0) -> None:
    from obrador.observability.exposition import serve_metrics
    from obrador.observability.traces import tracing
    from obrador.roles import run_roles

    with tracing(settings, "+".join(r.__name__ for r in roles)), serve_metrics(metrics_port):
        asyncio.run(run_roles(settings, *roles))


def _serve_with(settings: "Settings", *others: "Role") -> None:
    with loading():
        from obrador.serving import listening, server

    def announce() -> None:
        out.print(f"Obrador is at http://{settings.host}:{settings.port}  (Ctrl+C stops it)")

    with listening(settings.host, settings.port) as listener:
        _run_roles(settings, server(listener, announce), *others)


def up() -> None:
    """Run everything in one command: dashboard, API, scheduler and planning."""
    settings = _shared_metrics()
    with loading():
        from obrador import roles

    _serve_with(settings, roles.scheduler, roles.worker)


def serve() -> None:
    """Serve the dashboard and the API until you press Ctrl+C."""
    _serve_with(_settings())


def worker() -> None:
    """Plan what is due, in WORKERS processes, until you press Ctrl+C."""
    settings = _shared_metrics()
    with loading():
        from obrador import roles

    _run_roles(settings, roles.worker, metrics_port=settings.metrics_port)


def scheduler() -> None:
    """Take part in the election of the one that schedules, until you press Ctrl+C."""
    settings = _settings()
    with loading():
        from obrador import roles

    _run_roles(settings, roles.scheduler, metrics_port=settings.metrics_port)


def run(
    workflow: Annotated[str, typer.Argument(help="Its name, such as daily_operations.")],
    tenants: Annotated[
        str | None, typer.Option(help="Bakeries by name or id, with commas between them.")
    ] = None,
    everyone: Annotated[bool, typer.Option("--all", help="All bakeries that are active.")] = False,
    day: Annotated[
        date | None,
        typer.Option("--date", parser=calendar_day, help="Without it, each bakery's today."),
    ] = None,
    force: Annotated[bool, typer.Option(help="Also for what has had its run.")] = False,
    watch: Annotated[bool, typer.Option(help="Show how far it is until it ends.")] = False,
) -> None:
    """Run a workflow now. With --watch it plans here if no worker is there to do it."""
    from obrador.kit.clock import system_clock
    from obrador.orchestration.triggering import trigger

    if tenants is not None and everyone:
        raise Invalid("Say either --tenants or --all.")
    settings = _settings()
    is_well = True

    async def role(own: "Parts", stop: asyncio.Event) -> None:
        nonlocal is_well
        async with own.database.transaction() as session:
            chosen = None if everyone else await chosen_bakeries(session, tenants)
            triggered = await trigger(
                session,
                own.engine,
                settings,
                workflow,
                system_clock(),
                tenants=chosen,
                day=day,
                is_forced=force,
            )
        _tell(triggered)
        if watch:
            is_well = await _watch(own, triggered.execution_id, stop)
        else:
            await _tell_who_is_missing(own)

    _quietly()
    _run_roles(settings, role)
    if not is_well:
        sys.exit(1)


def _quietly() -> None:
    """Informative log lines would tear the picture of the progress apart."""
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


async def chosen_bakeries(session: "AsyncSession", named: str | None) -> "list[TenantId]":
    """Those that are named; or the only one, or the only one that is no demo."""
    from obrador.authz import operator
    from obrador.kit.names import name_key

    known = await operator.bakeries(session)
    if named is None:
        real = [each for each in known if not each.is_demo] or known
        if len(real) != 1:
            raise Invalid("Say for which bakeries: --all, or --tenants with their names.")
        return [real[0].id]
    wanted = [name.strip() for name in named.split(",") if name.strip()]
    by_name = {name_key(each.name): each.id for each in known}
    by_name |= {str(each.id): each.id for each in known}
    missing = [name for name in wanted if name_key(name) not in by_name]
    if missing or not wanted:
        raise NotFound(f"No bakery is called {missing[0] if missing else named!r}.")
    return [by_name[name_key(name)] for name in wanted]


def _tell(triggered: "Triggered") -> None:
    what = "1 bakery" if triggered.tenants == 1 else f"{triggered.tenants:,} bakeries"
    if triggered.is_new:
        out.print(f"Execution {triggered.execution_id}: {what}.", soft_wrap=True)
    else:
        out.print(
            f"Asked for before: execution {triggered.execution_id}. With --force it runs anew.",
            soft_wrap=True,
        )


async def _tell_who_is_missing(own: "Parts") -> None:
    from obrador.orchestration.statistics import health

    async with own.database.transaction() as session:
        state = await health(session, own.settings)
    if not state.workers:
        err.print(
            "No worker is there to do it: start obrador up, or add --watch to plan here.",
            soft_wrap=True,
        )


async def _watch(own: "Parts", execution_id: UUID, stop: asyncio.Event) -> bool:
    """Show how far an execution is until it ends, and do what nobody else is there to do; whether
    it went well."""
    ended = asyncio.Event()
    helpers = [asyncio.ensure_future(role(own, ended)) for role in await _missing_roles(own)]
    try:
        far = await _show(own, execution_id, stop, helpers)
    finally:
        ended.set()
        await asyncio.gather(*helpers)
    if far.is_over:
        _tell_end(far)
        return far.status in ("completed", "partial_success")
    out.print(f"It is not over yet: obrador runs --execution {execution_id}", soft_wrap=True)
    return True


async def _missing_roles(own: "Parts") -> "list[Role]":
    """Planning, and the leader's care for what gets stuck; it fires nothing that is due."""
    from dataclasses import replace

    from obrador import roles
    from obrador.orchestration.statistics import health

    async def caretaker(parts: "Parts", stop: asyncio.Event) -> None:
        settings = parts.settings.model_copy(update={"scheduler_disabled": True})
        await roles.scheduler(replace(parts, settings=settings), stop)

    async with own.database.transaction() as session:
        state = await health(session, own.settings)
    missing: list[Role] = [] if state.workers else [roles.worker]
    return missing if state.schedulers else [*missing, caretaker]


async def _show(
    own: "Parts", execution_id: UUID, stop: asyncio.Event, helpers: "Sequence[asyncio.Future[None]]"
) -> "Progress":
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from obrador.kit.process import pass_by
    from obrador.orchestration.progress import progress

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("Waiting ...", total=None)
        while True:
            async with own.database.transaction() as session:
                far = await progress(session, execution_id)
            _advance(bar, task, far)
            if far.is_over or stop.is_set() or any(helper.done() for helper in helpers):
                return far
            await pass_by(stop, _LOOK_SECONDS)


def _advance(bar: "Bar", task: int, far: "Progress") -> None:
    from rich.progress import TaskID

    words = f"{far.tenants_done:,} of {far.tenants_total:,} bakeries"
    if far.failed:
        words += f", {far.failed:,} failed"
    bar.update(
        TaskID(task), description=words, completed=far.steps_done, total=far.steps_total or None
    )


def _tell_end(far: "Progress") -> None:
    colour = _COLOURS.get(far.status, "yellow")
    words = far.status.replace("_", " ").capitalize()
    out.print(
        f"[{colour}]{words}[/] after {far.seconds:,.1f} s: {far.tenants_done:,} of"
        f" {far.tenants_total:,} bakeries, {far.failed:,} failed, {far.partial:,} in part.",
        soft_wrap=True,
    )


def _with_database(work: "Callable[[AsyncSession, Settings], Awaitable[T]]") -> T:
    from obrador.bootstrap import open_database
    from obrador.settings import load_settings

    async def in_transaction() -> T:
        settings = load_settings()
        database = await open_database(settings)
        try:
            async with database.transaction() as session:
                return await work(session, settings)
        finally:
            await database.close()

    return asyncio.run(in_transaction())


def runs(
    failed: Annotated[
        bool, typer.Option("--failed", help="Only those that failed, in whole or in part.")
    ] = False,
    execution: Annotated[UUID | None, typer.Option(help="Only those of this execution.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="So many at most.")] = 20,
) -> None:
    """List runs, the newest first: of which bakery, how they ended, what they took."""
    from obrador.authz import operator
    from obrador.kit.pagination import PageRequest
    from obrador.orchestration import reports

    wanted = reports.RunFilter(statuses=("failed", "partial_success") if failed else ())

    async def work(
        session: "AsyncSession", settings: "Settings"
    ) -> "tuple[Sequence[RunOutput], dict[UUID, str]]":
        if execution is None:
            found = await reports.newest_runs(session, wanted, limit, settings)
        else:
            await reports.execution(session, execution)
            paging = PageRequest(limit=limit)
            page = await reports.runs_of_execution(session, execution, wanted, paging, settings)
            found = page.rows
        return found, await operator.names(session, {each.tenant_id for each in found})

    _print_runs(*_with_database(work))


def _print_runs(found: "Sequence[RunOutput]", names: dict[UUID, str]) -> None:
    from rich.table import Table

    table = Table(box=None)
    table.add_column("run", no_wrap=True, min_width=15)
    for name in ("bakery", "workflow", "status", "steps", "seconds", "error"):
        table.add_column(name, no_wrap=name not in ("bakery", "error"), overflow="fold")
    for each in found:
        seconds = "" if each.duration_seconds is None else f"{each.duration_seconds:,.1f}"
        table.add_row(
            each.number,
            escape(names.get(each.tenant_id, "")),
            each.workflow,
            f"[{_COLOURS.get(each.status, 'default')}]{each.status}",
            f"{each.steps_completed}/{each.steps_total}",
            seconds,
            escape(each.error or ""),
        )
    if found:
        out.print(table)
    else:
        out.print("There are none.")


def doctor() -> None:
    """Look whether everything is as it should be, and say what to do where it is not."""
    from obrador.doctor import examine
    from obrador.settings import load_settings

    findings = asyncio.run(examine(load_settings()))
    for finding in findings:
        out.print(
            f"{_MARKS[finding.level]}[/]  {escape(finding.what)}: {escape(finding.words)}",
            soft_wrap=True,
        )
    if any(finding.level == "problem" for finding in findings):
        sys.exit(1)
