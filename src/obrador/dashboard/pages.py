"""Pages. They show what the services of the contexts say and touch no table."""

from datetime import date
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from obrador.authz.access import Viewer, home_of
from obrador.authz.requester import Asking
from obrador.kit.clock import business_date
from obrador.kit.http import Caching, Now, Session
from obrador.kit.i18n import LANGUAGES, Speech, speech
from obrador.orchestration import service as orchestration
from obrador.orchestration.cached_briefing import cached_brief
from obrador.tenants import service as tenants
from obrador.tenants.domain import Bakery

_HERE = Path(__file__).parent
_LANGUAGE_COOKIE = "language"

router = APIRouter(include_in_schema=False)
static = StaticFiles(directory=_HERE / "static")
_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

Day = Annotated[date | None, Query(alias="date")]


@router.get("/", response_class=HTMLResponse)
async def front(request: Request, session: Session, requester: Asking) -> Response:
    """The bakery's day, or how to begin when there is none."""
    home = await home_of(session, requester)
    if home is None:
        return _page(request, _speech(request), "welcome.html")
    return RedirectResponse(f"/bakeries/{home}/today")


@router.get("/bakeries/{tenant_id}/today", response_class=HTMLResponse)
async def today(
    request: Request,
    session: Session,
    cache: Caching,
    now: Now,
    tenant: Viewer,
    day: Day = None,
) -> Response:
    """The morning at a glance."""
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    say = _speech(request, bakery)
    day = day or business_date(now, bakery.time_zone)
    plan = await cached_brief(cache, session, tenant, bakery, day, say)
    if plan is None:
        last_planned = await orchestration.last_date(session, tenant)
        return _page(
            request, say, "unplanned.html", bakery=bakery, day=day, last_planned=last_planned
        )
    return _page(request, say, "today.html", plan=plan)


def _speech(request: Request, bakery: Bakery | None = None) -> Speech:
    """In the language chosen here, or before, or of the browser, or of the bakery."""
    chosen = (
        request.query_params.get("lang"),
        request.cookies.get(_LANGUAGE_COOKIE),
        _browser_language(request),
    )
    language = next((code for code in chosen if code in LANGUAGES), None)
    if bakery is None:
        return speech(language, "en", "EUR")
    return speech(language, bakery.locale, bakery.currency)


def _browser_language(request: Request) -> str | None:
    accepted = request.headers.get("accept-language", "").replace(" ", "").split(",")
    codes = (entry.split(";")[0].split("-")[0].lower() for entry in accepted)
    return next((code for code in codes if code in LANGUAGES), None)


def _page(request: Request, say: Speech, template: str, **values: object) -> HTMLResponse:
    def query(**changes: str) -> str:
        return urlencode({**request.query_params, **changes})

    html = _templates.get_template(template).render(
        say=say, phrase=say.phrase, query=query, **values
    )
    page = HTMLResponse(html, headers={"Content-Language": say.language, "Vary": "Cookie"})
    if request.query_params.get("lang") == say.language:
        page.set_cookie(_LANGUAGE_COOKIE, say.language, max_age=31_536_000, samesite="lax")
    return page
