"""The production plan as a picture and a list, and the baking sheet to print."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

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
from obrador.kit.http import IN_A_TENANT, Language, Now, Session
from obrador.kit.i18n import Speech
from obrador.orchestration import service as orchestration
from obrador.orchestration.production_day import (
    ProductionDay,
    production_day_of,
    read_production_day,
    sheet_of_day,
    timeline_of,
)
from obrador.production import service as production_service
from obrador.tenants import service as tenants
from obrador.tenants.domain import Bakery

router = APIRouter(prefix="/bakeries/{tenant_id}/production", include_in_schema=False)

api = APIRouter(prefix="/production/schedules", tags=["production"], responses=IN_A_TENANT)
"""Below a bakery of the API."""
_PDF = "application/pdf"
_SHEET: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A PDF.",
        "content": {_PDF: {"schema": {"type": "string", "format": "binary"}}},
    }
}


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
        here="production",
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
    return _pdf(content, asked.day)


@api.get("/{id}/sheet.pdf", response_class=Response, responses=_SHEET)
async def schedule_sheet(
    tenant: Viewer, session: Session, id: UUID, lang: Language = None
) -> Response:
    """The schedule's baking sheet: by shift and station, with scaled recipes."""
    schedule = await production_service.schedule_by_id(session, tenant, id)
    known = await production_day_of(session, tenant, schedule)
    say = await tenants.speech_of(session, tenant, lang)
    return _pdf(
        await run_in_threadpool(sheet_pdf, sheet_of_day(known), say), schedule.business_date
    )


def _pdf(content: bytes, day: date) -> Response:
    name = f'inline; filename="{day.isoformat()}.pdf"'
    return Response(content, media_type=_PDF, headers={"Content-Disposition": name})


def _unplanned(request: Request, asked: _Asked) -> Response:
    return page(
        request,
        asked.say,
        "unplanned.html",
        here="production",
        bakery=asked.bakery,
        day=asked.day,
        last_planned=asked.last_planned,
    )
