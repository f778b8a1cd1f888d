"""The command line: parse, call, print. Imports are late, so that `obrador --help` is instant."""

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

from obrador import (
    cli_backtest,
    cli_bench,
    cli_calendar,
    cli_runs,
    cli_schedule,
    cli_training,
    cli_users,
    cli_weather,
)
from obrador.cli_events import events_app
from obrador.cli_options import (
    BakeryOption,
    LanguageOption,
    calendar_day,
    terminal_language,
    write_file,
)
from obrador.cli_session import chosen_bakery, run
from obrador.kit.errors import Invalid, NotFound, ObradorError
from obrador.kit.memory import loading
from obrador.kit.process import exit_on_signals

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from obrador.authz import TenantId
    from obrador.kit.i18n import Speech
    from obrador.orchestration.briefing import Briefing
    from obrador.orchestration.foresight import Foresight

T = TypeVar("T")
_FEW_FAULTS = 20
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Plans a bakery's day before anyone is awake.",
)
bakery_app = typer.Typer(no_args_is_help=True, help="Bakeries in this database.")
import_app = typer.Typer(no_args_is_help=True, help="Bring data in.")
app.add_typer(bakery_app, name="bakery")
app.add_typer(import_app, name="import")
app.add_typer(cli_users.app, name="user")
app.add_typer(cli_bench.app, name="bench")
app.add_typer(cli_backtest.app, name="backtest")
app.add_typer(events_app, name="events")
app.add_typer(cli_calendar.app, name="calendar")
app.add_typer(cli_weather.app, name="weather")

DateOption = Annotated[
    date | None,
    typer.Option("--date", parser=calendar_day, help="Day to plan; without it, today."),
]


def main() -> None:
    """Entry point: every error meant for a person becomes one clear message and exit code 1."""
    exit_on_signals()
    try:
        app()
    except ObradorError as error:
        err.print(f"[bold red]{error.title}.[/] {_plain(error.detail)}", soft_wrap=True)
        for fault in error.faults:
            err.print(f"  {_plain(fault.where)}: {_plain(fault.message)}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _plain(words: str) -> str:
    """Words from outside are never markup."""
    return words.replace("[", r"\[")


@bakery_app.command("new")
def bakery_new(
    name: str,
    country: Annotated[str, typer.Option(help="ISO country code, for its holidays: ES, DE, ...")],
    subdivision: Annotated[
        str | None, typer.Option(help="ISO code of state or region: MD, SH, ...")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="IANA time zone; without it DEFAULT_TIMEZONE.")
    ] = None,
    currency: Annotated[str, typer.Option(help="ISO 4217 code.")] = "EUR",
    locale: Annotated[
        str, typer.Option(help="How numbers and dates are written: es_ES, de_DE, en_GB, ...")
    ] = "es_ES",
) -> None:
    """Make a bakery. Opening hours are assumed until you give them in the workbook."""
    from obrador.settings import load_settings
    from obrador.tenants import service as tenants

    async def work(session: "AsyncSession") -> None:
        await tenants.create(
            session,
            tenants.NewBakery(
                name=name,
                country=country,
                subdivision=subdivision,
                time_zone=time_zone or load_settings().default_timezone,
                currency=currency,
                locale=locale,
            ),
        )

    run(work)
    out.print(f"{_plain(name)} is ready. Next: obrador import sales FILE")


@bakery_app.command("list")
def bakery_list() -> None:
    """Which bakeries there are."""
    from obrador.authz import operator

    for bakery in run(operator.bakeries):
        out.print(f"{_plain(bakery.name)}{' (demo)' if bakery.is_demo else ''}  [dim]{bakery.id}")


async def _plan(
    session: "AsyncSession",
    bakery: str | None,
    day: date | None,
    again: bool,
    lang: str | None,
    progress: Callable[[str], None],
) -> "tuple[Speech, Briefing, bool]":
    """Plan one bakery's day, assuming what nobody has entered, and read the plan back."""
    with loading():
        from obrador.kit.clock import business_date, system_clock
        from obrador.kit.i18n import speech
        from obrador.onboarding.assume import assume_missing
        from obrador.orchestration.briefing import brief
        from obrador.orchestration.service import run_mornings, services, warm_up
        from obrador.settings import load_settings
        from obrador.tenants import service as tenants

    warm_up(progress)
    now = system_clock()
    tenant = await chosen_bakery(session, bakery)
    place = (await tenants.load_bakeries(session, [tenant]))[tenant]
    wanted = day or business_date(now, place.time_zone)
    await assume_missing(session, tenant, wanted, now)
    async with services(load_settings()) as elsewhere:
        outcomes = await run_mornings(
            session,
            [tenant],
            now,
            day=wanted,
            again=again,
            services=elsewhere,
            progress=lambda s: progress(_STAGES.get(s, "Saving the plan ...")),
        )
    outcome = outcomes[tenant]
    if outcome.failure:
        raise Invalid(outcome.failure)
    say = speech(lang or terminal_language(), place.locale, place.currency)
    briefing = await brief(session, tenant, outcome.business_date, say)
    if briefing is None:
        raise NotFound("The plan was removed while it was read.")
    return say, briefing, outcome.is_new


_STAGES = {
    "snapshot": "Reading sales, recipes, stock and prices ...",
    "forecasting": "Forecasting ...",
    "production": "Planning the bake ...",
    "procurement": "Planning the orders ...",
}


def _print_json(briefing: "Briefing") -> None:
    from pydantic import TypeAdapter

    from obrador.orchestration.briefing import Briefing

    print(TypeAdapter(Briefing).dump_json(briefing, indent=2).decode())


@import_app.command("sales")
def import_sales(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX, as your till exports it.")],
    bakery: BakeryOption = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="Which column is what, such as quantity=Umsatz. Repeatable."),
    ] = None,
    product_name: Annotated[
        list[str] | None,
        typer.Option("--product-name", help="What a product code means, such as 1=Bread."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="A product name that is none. Repeatable.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Check everything, keep nothing.")] = False,
    known_only: Annotated[
        bool, typer.Option(help="Reject products that are not in the catalogue.")
    ] = False,
    every_fault: Annotated[
        bool, typer.Option("--every-fault", help="Show up to a thousand rejected rows, not twenty.")
    ] = False,
) -> None:
    """Import sales. Importing a file again changes nothing; bad rows are listed, good ones kept."""
    from obrador.kit.clock import system_clock
    from obrador.sales import service as sales
    from obrador.tenants import service as tenants

    options = sales.ImportOptions(
        columns=_pairs("--column", column),
        product_names=_pairs("--product-name", product_name),
        ignored=ignore or (),
        create_products=not known_only,
        dry_run=dry_run,
    )

    async def work(session: "AsyncSession") -> sales.ImportReport:
        tenant = await chosen_bakery(session, bakery)
        place = (await tenants.load_bakeries(session, [tenant]))[tenant]
        return await sales.import_sales(
            session, tenant, place, file, options, system_clock(), show_rows
        )

    with err.status("Reading ...") as status:

        def show_rows(rows: int) -> None:
            status.update(f"{rows:,} rows read ...")

        report = run(work)
    for line in report.summary():
        out.print(_plain(line))
    shown = report.faults if every_fault else report.faults[:_FEW_FAULTS]
    for fault in shown:
        err.print(f"  {_plain(fault.where)}: {_plain(fault.message)}", soft_wrap=True)
    if report.rejected > len(shown):
        err.print(f"  … and {report.rejected - len(shown):,} more (--every-fault shows more)")
    if report.rejected:
        err.print(
            "  Totals, headings and returns need nothing. Correct the other lines in the file, and"
            " import it again: what is known already does not count twice.",
            soft_wrap=True,
        )


def _pairs(option: str, given: list[str] | None) -> dict[str, str]:
    pairs = [entry.partition("=") for entry in given or ()]
    if not all(separator for _, separator, _ in pairs):
        raise Invalid(f"{option} takes NAME=VALUE, such as quantity=Umsatz.")
    return {name.strip(): value.strip() for name, _, value in pairs}


@import_app.command("bakery")
def import_bakery(
    file: Annotated[Path, typer.Argument(help="A workbook made with `obrador template`.")],
    bakery: BakeryOption = None,
) -> None:
    """Import a bakery from its workbook: all of it, or nothing and a list of what is wrong."""
    from obrador.kit.clock import system_clock
    from obrador.onboarding import workbook

    async def work(session: "AsyncSession") -> str:
        tenant = await chosen_bakery(session, bakery)
        report = await workbook.import_bakery(session, tenant, file, system_clock())
        return report.summary()

    out.print(_plain(run(work)))


@app.command()
def template(
    file: Annotated[Path, typer.Argument(help="Where to write it, such as bakery.xlsx.")],
    lang: LanguageOption = None,
) -> None:
    """Write an empty workbook with explanations and an example."""
    from obrador.kit.i18n import speech
    from obrador.onboarding import workbook

    workbook.write_template(file, speech(lang or terminal_language(), "en", "EUR").language)
    out.print(
        f"Wrote {_plain(str(file))}. Fill it in, then: obrador import bakery {_plain(str(file))}"
    )


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write it, such as bakery.xlsx.")],
    bakery: BakeryOption = None,
) -> None:
    """Write a bakery's workbook as it is now."""
    from obrador.onboarding import workbook

    async def work(session: "AsyncSession") -> None:
        await workbook.export_bakery(session, await chosen_bakery(session, bakery), file)

    run(work)
    out.print(f"Wrote {_plain(str(file))}.")


@app.command()
def plan(
    bakery: BakeryOption = None,
    day: DateOption = None,
    again: Annotated[bool, typer.Option(help="Plan the date anew from today's data.")] = False,
    why: Annotated[bool, typer.Option(help="Say why, for every number.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print data for programs.")] = False,
    lang: LanguageOption = None,
) -> None:
    """Plan a day: what to bake when, what to order by when, what needs attention."""
    with loading():
        from obrador.dashboard import terminal

    with err.status("Planning ...") as status:
        say, briefing, is_new = run(
            lambda session: _plan(session, bakery, day, again, lang, status.update)
        )
    if as_json:
        _print_json(briefing)
        return
    terminal.show(out, say, briefing, why=why)
    if not is_new:
        err.print("[dim]Planned before; with --again it is planned anew from today's data.")


@app.command()
def forecast(
    bakery: BakeryOption = None,
    product: Annotated[
        str | None, typer.Option("--product", help="Only this one; part of its name will do.")
    ] = None,
    day: Annotated[
        date | None,
        typer.Option("--date", parser=calendar_day, help="The first day; without it, today."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=28)] = 7,
    why: Annotated[bool, typer.Option(help="Say why, for every number.")] = False,
    plot: Annotated[
        str | None,
        typer.Option(help="Draw a --product: to a FILE.svg, or with - here on the terminal."),
    ] = None,
    lang: LanguageOption = None,
) -> None:
    """What each product will probably sell, as the newest morning foresaw it."""
    from obrador.dashboard import forecast_terminal
    from obrador.dashboard.forecast_picture import forecast_svg

    if plot is not None and product is None:
        raise Invalid("A picture is of one product: say which with --product NAME.")
    if plot is not None and plot != "-" and Path(plot).suffix.lower() != ".svg":
        raise Invalid(
            f"--plot writes SVG: call the file NAME.svg, not {plot!r}, or - to see it here."
        )
    with err.status("Forecasting ..."):
        say, seen = run(lambda session: _look_ahead(session, bakery, product, day, days, lang))
    forecast_terminal.show_forecast(out, say, seen, why=why)
    if plot == "-":
        forecast_terminal.plot_forecast(out, say, seen.products[0])
    elif plot is not None:
        write_file(Path(plot), forecast_svg(say, seen.products[0]))
        out.print(f"Wrote {_plain(plot)}.")


async def _look_ahead(
    session: "AsyncSession",
    bakery: str | None,
    product: str | None,
    day: date | None,
    days: int,
    lang: str | None,
) -> "tuple[Speech, Foresight]":
    """What is foreseen, made now where no morning has foreseen it."""
    from obrador.catalogue import service as catalogue
    from obrador.kit.clock import business_date, system_clock
    from obrador.orchestration.foresight import look_ahead
    from obrador.orchestration.foresight_days import Wanted
    from obrador.tenants import service as tenants

    now = system_clock()
    tenant = await chosen_bakery(session, bakery)
    names = await catalogue.load_product_names(session, [tenant])
    only = (
        catalogue.meant(product, {each: name for each, (name, _) in names.items()})
        if product
        else None
    )
    first = day or business_date(now, await tenants.time_zone_of(session, tenant))
    say = await tenants.speech_of(session, tenant, lang or terminal_language())
    wanted = Wanted(first, days, product_id=only)
    return say, await look_ahead(session, tenant, wanted, say, now, make=True)


@app.command()
def demo(
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve")] = True,
    seed: Annotated[int, typer.Option(help="Another seed, another bakery.")] = 1,
    products: Annotated[int, typer.Option(min=1, max=400)] = 24,
    days: Annotated[int, typer.Option(min=30, max=1500)] = 730,
    tenants: Annotated[int, typer.Option(min=1, max=20_000, help="So many, for benchmarks.")] = 1,
) -> None:
    """Load the demo bakery, plan its morning, print it and serve the dashboard."""
    from obrador.forecasting.service import has_model
    from obrador.kit.clock import system_clock
    from obrador.onboarding import demo as demo_bakery
    from obrador.orchestration.training_now import train_now

    async def work(session: "AsyncSession") -> list["TenantId"]:
        now = system_clock()
        made = await demo_bakery.load(
            session, now, seed=seed, products=products, days=days, count=tenants
        )
        if tenants == 1 and not await has_model(session, made[0]):
            await train_now(session, made[0], now)
        return made

    with err.status("Loading the demo bakery ..."):
        loaded = run(work)
    if tenants == 1:
        plan(bakery=str(loaded[0]))
    else:
        out.print(f"{len(loaded)} demo bakeries are ready.")
    if serve_it:
        cli_runs.serve()


cli_runs.register(app)
app.command()(cli_schedule.schedule)
app.command()(cli_training.train)


@app.command()
def config() -> None:
    """Print the settings in force; secrets are masked."""
    from rich.table import Table

    from obrador.settings import Settings, load_settings

    table = Table("setting", "value", "what it is", box=None)
    settings = load_settings()
    for name, described in Settings.model_fields.items():
        value: Any = getattr(settings, name)
        table.add_row(name.upper(), _plain(str(value)), described.description)
    out.print(table)
