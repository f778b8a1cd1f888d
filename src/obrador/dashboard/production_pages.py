"""The production plan as a picture and a list, and the baking sheet to print."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from obrador.authz.access import Viewer
from obrador.dashboard.gantt import gantt_svg
from obrador.dashboard.rendering import Day, page, speech_for
from obrador.dashboard.sheet_pdf import sheet_pdf
from obrador.dashboard.sheet_words import SheetWords, revision_words
from obrador.kit.clock import business_date
from obrador.kit.errors import NotFound
from obrador.kit.http import Now, Session
from obrador.kit.i18n import Speech
from obrador.orchestration import service as orchestration
from obrador.orchestration.production_day import (
    ProductionDay,
    read_production_day,
    sheet_of_day,
    timeline_of,
)
from obrador.tenants import service as tenants
from obrador.tenants.domain import Bakery

router = APIRouter(prefix="/bakeries/{tenant_id}/production", include_in_schema=False)


@dataclass(frozen=True)
class _Asked:
    """A bakery's day, how to speak of it, and its production if it is planned."""

    bakery: Bakery
    day: date
    say: Speech
    now: datetime
    known: ProductionDay | None
    last_planned: date | None


async def _asked(
    request: Request, session: Session, now: Now, tenant: Viewer, day: Day = None
) -> _Asked:
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    day = day or business_date(now, bakery.time_zone)
    known = await read_production_day(session, tenant, day, bakery)
    last_planned = None if known else await orchestration.last_date(session, tenant)
    return _Asked(bakery, day, speech_for(request, bakery), now, known, last_planned)


Asked = Annotated[_Asked, Depends(_asked)]


@router.get("", response_class=HTMLResponse)
async def production(request: Request, asked: Asked) -> Response:
    """Batches on a time line, and as a list by start with their reasons."""
    if asked.known is None:
        return _unplanned(request, asked)
    seen = timeline_of(asked.say, asked.known)
    picture = Markup(gantt_svg(asked.say, seen, asked.now))  # noqa: S704  it escapes every name
    return page(
        request,
        asked.say,
        "production.html",
        plan=seen,
        picture=picture,
        revision=revision_words(asked.say, seen.revision, seen.status),
    )


@router.get("/sheet", response_class=HTMLResponse)
async def sheet(request: Request, asked: Asked) -> Response:
    """The baking sheet as a page, which prints like the PDF."""
    if asked.known is None:
        return _unplanned(request, asked)
    words = SheetWords(asked.say, sheet_of_day(asked.known))
    return page(request, asked.say, "sheet.html", words=words)


@router.get("/sheet.pdf")
async def sheet_file(asked: Asked) -> Response:
    """The baking sheet for a printer.

    Raises:
        NotFound: the day is not planned.
    """
    if asked.known is None:
        raise NotFound(f"There is no production schedule for {asked.day}: plan that day first.")
    content = await run_in_threadpool(sheet_pdf, sheet_of_day(asked.known), asked.say)
    name = f'inline; filename="{asked.day.isoformat()}.pdf"'
    return Response(content, media_type="application/pdf", headers={"Content-Disposition": name})


def _unplanned(request: Request, asked: _Asked) -> Response:
    return page(
        request,
        asked.say,
        "unplanned.html",
        bakery=asked.bakery,
        day=asked.day,
        last_planned=asked.last_planned,
    )
