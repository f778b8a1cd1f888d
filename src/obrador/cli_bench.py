"""Commands that measure."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from obrador.cli_options import write_file
from obrador.kit.errors import Invalid

if TYPE_CHECKING:
    from obrador.bench import Report
    from obrador.bench_forecast import ForecastReport
    from obrador.bench_purchases import PurchasesReport
    from obrador.bench_quantities import QuantitiesReport

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
app = typer.Typer(no_args_is_help=True, help="Measure.")


Rounds = Annotated[
    int | None, typer.Option("--iterations", min=0, max=10_000_000, help="Rounds of the search.")
]
Milliseconds = Annotated[
    float | None, typer.Option("--ms", min=1, help="About so much processor time instead.")
]


@app.callback()
def measure() -> None:
    """Measure; what needs a database, in one of its own."""


@app.command()
def morning(
    tenants: Annotated[int, typer.Option(min=1, max=100_000, help="How many bakeries.")] = 100,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Planning processes.")] = 2,
    products: Annotated[int, typer.Option(min=1, max=400)] = 30,
    days: Annotated[int, typer.Option(min=30, max=1500, help="Of sales.")] = 730,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures there as well.")
    ] = None,
) -> None:
    """Generate bakeries, run their morning, and say what it took, stage by stage."""
    from obrador.bench import bench_morning
    from obrador.settings import load_settings

    settings = load_settings().model_copy(update={"workers": workers})
    with err.status("Starting ...") as status:
        report = asyncio.run(
            bench_morning(settings, tenants, products=products, days=days, say=status.update)
        )
    _show(report)
    if json_file is not None:
        write_file(json_file, report.as_json())


@app.command()
def forecast(
    tenants: Annotated[int, typer.Option(min=1, max=100_000, help="How many bakeries.")] = 200,
    products: Annotated[int, typer.Option(min=1, max=400)] = 40,
    days: Annotated[int, typer.Option(min=100, max=1500, help="Of sales.")] = 730,
    peers: Annotated[
        bool, typer.Option("--peers", help="Prophet and AutoETS on some of the series as well.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures there as well.")
    ] = None,
) -> None:
    """Generate bakeries, forecast their week, refit some models, and say what it took."""
    from obrador.bench_forecast import bench_forecast
    from obrador.settings import load_settings

    settings = load_settings()
    with err.status("Starting ...") as status:
        report = asyncio.run(
            bench_forecast(
                settings, tenants, products=products, days=days, peers=peers, say=status.update
            )
        )
    _show_forecast(report)
    if json_file is not None:
        write_file(json_file, report.as_json())


@app.command()
def schedule(
    instance: Annotated[Path, typer.Argument(help="A morning, as JSON.")],
    target: Annotated[Path, typer.Option("--out", help="Where the timetable goes.")],
    iterations: Rounds = None,
    milliseconds: Milliseconds = None,
) -> None:
    """Plan the timetable of one morning from a file, by the code that plans bakeries."""
    import json

    from obrador.production.domain import Effort
    from obrador.simulation.schedule_file import effort_for, read_instance, solve

    _one_of(iterations, milliseconds)
    morning = read_instance(instance)
    effort = (
        Effort() if iterations is None else Effort(rounds=iterations, rounds_if_late=iterations)
    )
    if milliseconds is not None:
        effort = effort_for(morning, milliseconds)
    solved = solve(morning, effort)
    write_file(target, json.dumps(solved.solution))
    late = sum(1 for one in solved.result.scheduled if one.late_minutes)
    out.print(
        f"{morning.name}: {len(morning.batches)} batches in {solved.cpu_ms:.1f} ms of processor "
        f"time ({effort.beginnings} beginnings, {effort.rounds} rounds); "
        f"{late} late, {solved.result.tardiness:g} weighted minutes. Written to {target}."
    )


@app.command()
def replenish(
    instance: Annotated[Path, typer.Argument(help="Ingredients, suppliers and offers, as JSON.")],
    target: Annotated[Path, typer.Option("--out", help="Where the purchases go.")],
    iterations: Rounds = None,
    milliseconds: Milliseconds = None,
) -> None:
    """Plan the purchases of some weeks from a file, by the code that plans bakeries."""
    import json

    from obrador.simulation.replenish_file import effort_for, effort_of, read_instance, solve

    _one_of(iterations, milliseconds)
    weeks = read_instance(instance)
    effort = effort_of(iterations) if milliseconds is None else effort_for(weeks, milliseconds)
    solved = solve(weeks, effort)
    write_file(target, json.dumps(solved.solution))
    out.print(
        f"{weeks.name}: {len(weeks.items)} ingredients in {solved.cpu_ms:.1f} ms of processor time "
        f"({effort.rounds} rounds); {len(solved.plan.goods)} deliveries, cost "
        f"{solved.plan.cost:,.2f}. Written to {target}."
    )


@app.command()
def quantities(
    cases: Annotated[int, typer.Option(min=1, max=10_000, help="How many products.")] = 200,
    seed: Annotated[int, typer.Option(help="Of the random products.")] = 1,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures there as well.")
    ] = None,
) -> None:
    """Compare what is baked with the exact optimum of small cases: the profit that is lost."""
    from obrador.bench_quantities import bench_quantities

    with err.status("Starting ...") as status:
        report = bench_quantities(cases, seed, status.update)
    _show_quantities(report)
    if json_file is not None:
        write_file(json_file, report.as_json())


@app.command()
def purchases(
    days: Annotated[int, typer.Option(min=7, max=365, help="How many to buy for.")] = 60,
    horizon: Annotated[int, typer.Option(min=7, max=60, help="Days planned ahead.")] = 14,
    runs: Annotated[int, typer.Option(min=1, max=100, help="How often, on other days.")] = 8,
    seed: Annotated[int, typer.Option(help="Of the random days.")] = 1,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures there as well.")
    ] = None,
) -> None:
    """Buy for weeks of the demo bakery, morning by morning, and compare with reorder points."""
    from obrador.bench_purchases import bench_purchases

    with err.status("Starting ...") as status:
        report = bench_purchases(days, runs, seed, status.update, horizon=horizon)
    _show_purchases(report)
    if json_file is not None:
        write_file(json_file, report.as_json())


def _one_of(iterations: int | None, milliseconds: float | None) -> None:
    if iterations is not None and milliseconds is not None:
        raise Invalid("Give either --iterations or --ms, not both.")


def _show_purchases(report: "PurchasesReport") -> None:
    out.print(
        f"{report.days} days, {report.runs} times: {report.products} products, "
        f"{report.ingredients} ingredients; euros, ± the standard error"
    )
    figures = Table("", *(buying.buyer for buying in report.buyers), box=None)
    for label, name, digits in (
        ("goods used", "goods_minor", 0),
        ("deliveries", "fees_minor", 0),
        ("keeping stock", "holding_minor", 0),
        ("thrown away", "expired_minor", 0),
        ("lacking", "shortage_minor", 0),
        ("all", "total_minor", 0),
        ("days and ingredients lacking", "days_short", 1),
        ("orders", "orders", 1),
        ("stock, mean", "mean_stock_minor", 0),
    ):
        per = 100 if name.endswith("_minor") else 1
        figures.add_row(
            label,
            *(
                f"{buying.mean[name] / per:,.{digits}f} ± {buying.error[name] / per:,.{digits}f}"
                for buying in report.buyers
            ),
        )
    figures.add_row(
        "dearer than the first",
        *(
            f"{buying.more_than_planner / 100:,.0f} ± {buying.more_error / 100:,.0f}"
            for buying in report.buyers
        ),
    )
    out.print(figures)


def _show_quantities(report: "QuantitiesReport") -> None:
    losses = Table("rule", "sold first", "keeps", "cases", "loses, mean", "worst", box=None)
    for each in report.comparisons:
        losses.add_row(
            each.rule,
            each.order.partition(" ")[0],
            f"{each.keeps} d",
            f"{each.cases}",
            f"{each.mean_loss:.3f} %",
            f"{each.worst_loss:.3f} %",
        )
    out.print(losses)
    normal = f"{report.normal_level:.4f}, cost {report.normal_cost:.5f}"
    out.print(f"Newsvendor of the textbook: {normal}; Poisson {report.poisson_quantity}")


def _show_forecast(report: "ForecastReport") -> None:
    figures = Table("figure", "value", box=None)
    for name, value in (
        ("bakeries, series", f"{report.tenants:,}, {report.series:,}"),
        ("of the bakeries, with a trained model", f"{report.trained:,}"),
        ("series a second and core, database to database", f"{report.series_per_second:,.0f}"),
        ("of it predicting alone", f"{report.predicted_per_second:,.0f}"),
        ("processor: fitting a model once", f"{report.train_seconds:.2f} s"),
        ("processor: weekly refit, comparison included", f"{report.refit_seconds:.2f} s"),
        ("processor: refit of 10,000 bakeries", f"{report.refit_hours_by_10000:,.1f} h"),
        ("memory of the predicting process", f"{report.process_mb:,.0f} MB"),
        ("of it a chunk of bakeries", f"{report.chunk_mb:,.0f} MB"),
        ("this machine: a million turns of a loop", f"{report.machine_ms:.0f} ms"),
        ("generating and training them took", f"{report.setup_seconds:,.0f} s"),
    ):
        figures.add_row(name, value)
    out.print(figures)
    phases = Table("by bakery", "Python, ms", "database, ms", box=None)
    for phase in report.phases:
        phases.add_row(phase.phase, f"{phase.python_ms:.2f}", f"{phase.database_ms:.2f}")
    out.print(phases)
    if report.peers:
        peers = Table("fit and 28 days", "series", "s for 1,000", "WAPE", box=None)
        for peer in report.peers:
            peers.add_row(
                peer.name, f"{peer.series}", f"{peer.cpu_seconds:,.1f}", f"{peer.wape:.1f} %"
            )
        out.print(peers)


def _show(report: "Report") -> None:
    figures = Table("figure", "value", box=None)
    overhead = report.overhead_ms / (report.planning_ms + report.overhead_ms)
    for name, value in (
        ("bakeries", f"{report.tenants:,}"),
        ("planning processes", f"{report.workers}"),
        ("whole morning", f"{report.seconds:,.1f} s"),
        ("of it until dispatched", f"{report.dispatch_seconds:.2f} s"),
        ("by bakery", f"{report.wall_ms:.1f} ms"),
        ("processor: planning", f"{report.planning_ms:.1f} ms"),
        ("processor: everything else", f"{report.overhead_ms:.1f} ms, {overhead:.0%}"),
        ("processor: Python in all", f"{report.python_ms:.1f} ms"),
        ("processor: database", f"{report.database_ms:.1f} ms"),
        ("disk, WAL", f"{report.disk_kb:.0f} kB, {report.wal_kb:.0f} kB"),
        ("rows, transactions", f"{report.rows:.0f}, {report.transactions:.2f}"),
        ("memory of a planning process", f"{report.worker_mb:,.0f} MB"),
        ("cost of 1,000 bakeries", f"{report.euro_by_1000:.4f} €"),
        ("ended", ", ".join(f"{count:,} {name}" for name, count in report.statuses.items())),
        ("this machine: a million turns of a loop", f"{report.machine_ms:.0f} ms"),
        ("generating them took", f"{report.setup_seconds:,.0f} s"),
    ):
        figures.add_row(name, value)
    out.print(figures)
    stages = Table("stage", "planning, ms", "share", "rows", "a chunk, s", box=None)
    for stage in report.stages:
        stages.add_row(
            stage.stage,
            f"{stage.planning_ms:.2f}",
            f"{stage.share:.0%}",
            f"{stage.rows:.1f}",
            f"{stage.chunk_seconds:.2f}",
        )
    out.print(stages)
