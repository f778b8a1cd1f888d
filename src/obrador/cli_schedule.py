"""`obrador schedule`: a day's production as a table, a picture and a baking sheet.

Imports are late, as in `cli`.
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from obrador.cli_options import (
    BakeryOption,
    LanguageOption,
    calendar_day,
    terminal_language,
    write_file,
)
from obrador.cli_session import run_for
from obrador.kit.errors import Invalid, NotFound

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from obrador.authz import TenantId
    from obrador.kit.i18n import Speech
    from obrador.orchestration.production_day import ProductionDay

out = Console(highlight=False)


def schedule(
    bakery: BakeryOption = None,
    day: Annotated[
        date | None,
        typer.Option("--date", parser=calendar_day, help="A planned day; without it, today."),
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw the day on a time line: FILE.svg.")] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Write the baking sheet for a printer: FILE.pdf.")
    ] = None,
    why: Annotated[bool, typer.Option(help="Say why each batch has its size.")] = False,
    lang: LanguageOption = None,
) -> None:
    """What is made when, on which machine, by when, and what will be late, as planned."""
    from obrador.dashboard.gantt import gantt_svg
    from obrador.dashboard.schedule_terminal import show_schedule
    from obrador.dashboard.sheet_pdf import sheet_pdf
    from obrador.orchestration.production_day import sheet_of_day, timeline_of

    _check("--svg", svg, ".svg")
    _check("--sheet", sheet, ".pdf")

    async def work(session: "AsyncSession", tenant: "TenantId") -> "tuple[Speech, ProductionDay]":
        return await _read(session, tenant, day, lang or terminal_language())

    say, known = run_for(bakery, work)
    seen = timeline_of(say, known)
    show_schedule(out, say, seen, why=why)
    if svg is not None:
        _write(svg, gantt_svg(say, seen))
    if sheet is not None:
        _write(sheet, sheet_pdf(sheet_of_day(known), say))


async def _read(
    session: "AsyncSession", tenant: "TenantId", day: date | None, lang: str | None
) -> "tuple[Speech, ProductionDay]":
    from obrador.kit.clock import business_date, system_clock
    from obrador.kit.i18n import speech
    from obrador.orchestration.production_day import read_production_day
    from obrador.tenants import service as tenants

    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    wanted = day or business_date(system_clock(), bakery.time_zone)
    known = await read_production_day(session, tenant, wanted, bakery)
    if known is None:
        raise NotFound(f"{wanted} is not planned. Plan it first: obrador plan --date {wanted}")
    return speech(lang, bakery.locale, bakery.currency), known


def _check(option: str, file: Path | None, ending: str) -> None:
    if file is not None and file.suffix.lower() != ending:
        raise Invalid(f"{option} writes {ending[1:].upper()}: call the file NAME{ending}.")


def _write(file: Path, content: str | bytes) -> None:
    write_file(file, content)
    out.print(f"Wrote {escape(str(file))}.", soft_wrap=True)
