"""The baking sheet, to read and to print."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from obrador.authz.access import Viewer
from obrador.dashboard.rendering import Day
from obrador.dashboard.sheet_pdf import sheet_pdf
from obrador.dashboard.sheet_words import SheetWords
from obrador.dashboard.unplanned import unplanned
from obrador.dashboard.visiting import Visiting
from obrador.kit.errors import NotFound
from obrador.kit.http import IN_A_TENANT, Language, Session
from obrador.orchestration.production_day import (
    production_day_of,
    read_production_day,
    sheet_of_day,
)
from obrador.production import service as production_service
from obrador.tenants import service as tenants

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


@router.get("/sheet", response_class=HTMLResponse)
async def sheet(visit: Visiting, day: Day = None) -> Response:
    """The baking sheet as a page, which prints like the PDF."""
    on = day or visit.today
    known = await read_production_day(visit.session, visit.tenant, on, visit.bakery)
    if known is None:
        values = await unplanned(visit, on) | {"error": None, "error_words": ""}
        return visit.page("unplanned.html", "production", **values)
    words = SheetWords(visit.say, sheet_of_day(known))
    return visit.page("sheet.html", "production", words=words)


@router.get("/sheet.pdf")
async def sheet_file(visit: Visiting, day: Day = None) -> Response:
    """The baking sheet for a printer.

    Raises:
        NotFound: the day is not planned.
    """
    on = day or visit.today
    known = await read_production_day(visit.session, visit.tenant, on, visit.bakery)
    if known is None:
        raise NotFound(
            "There is no production schedule for {on}: plan that day first.",
            on=on,
        )
    return _pdf(await run_in_threadpool(sheet_pdf, sheet_of_day(known), visit.say), on)


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
