"""How pages are made: templates, the reader's language, what routes have in common."""

from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from obrador.authn import forgery
from obrador.authz.access import may_run_platform
from obrador.kit.i18n import LANGUAGES, Speech, speech
from obrador.tenants.domain import Bakery

R = TypeVar("R", bound=Response)
_HERE = Path(__file__).parent
_LANGUAGE_COOKIE = "language"

static = StaticFiles(directory=_HERE / "static")
_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


Day = Annotated[date | None, Query(alias="date")]


def speech_for(request: Request, bakery: Bakery | None = None) -> Speech:
    """In the language chosen here, or before, or of the browser, or of the bakery."""
    chosen = (
        request.query_params.get("lang"),
        request.cookies.get(_LANGUAGE_COOKIE),
        _browser_language(request),
    )
    language = next((code for code in chosen if code in LANGUAGES), None)
    if bakery is None:
        return speech(language, language or "en", "EUR")
    return speech(language, bakery.locale, bakery.currency)


def _browser_language(request: Request) -> str | None:
    accepted = request.headers.get("accept-language", "").replace(" ", "").split(",")
    codes = (entry.split(";")[0].split("-")[0].lower() for entry in accepted)
    return next((code for code in codes if code in LANGUAGES), None)


def page(
    request: Request, say: Speech, template: str, status: int = 200, **values: object
) -> HTMLResponse:
    """A template with what it shows, in a language that is remembered once it is asked for. `here`
    among the values names the page that it is, for the navigation; `on_platform` that it is one of
    the platform rather than of a bakery."""
    html = part(request, say, template, **values)
    headers = {"Content-Language": say.language, "Vary": "Cookie"}
    answer = HTMLResponse(html, status, headers)
    if request.query_params.get("lang") == say.language:
        remember_language(answer, say.language)
    return answer


def part(request: Request, say: Speech, template: str, **values: object) -> str:
    """What a template shows, such as a part of a page that is sent anew; see `live`."""

    def query(**changes: str) -> str:
        return urlencode({**request.query_params, **changes})

    return _templates.get_template(template).render(
        say=say,
        phrase=say.phrase,
        counted=say.counted,
        query=query,
        home=home_of(request),
        dated=_dated(request),
        csrf=forgery.field(request),
        runs_platform=_runs_platform(request),
        # What answers a form has no address that could be asked for again.
        place="" if request.method == "GET" else f"{home_of(request)}/{values.get('here', '')}",
        **{"here": "", "on_platform": False, **values},
    )


def remember_language(answer: R, language: str, *, or_forget: bool = False) -> R:
    """The answer, with which the browser keeps that language; empty for none in particular."""
    if language:
        answer.set_cookie(_LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="lax")
    elif or_forget:
        answer.delete_cookie(_LANGUAGE_COOKIE)
    return answer


def plain_page(template: str) -> str:
    """A template that is the same for everybody."""
    return _templates.get_template(template).render()


def home_of(request: Request) -> str:
    """Where the bakery's pages are; empty on pages of none."""
    tenant = request.path_params.get("tenant_id")
    return f"/bakeries/{tenant}" if tenant else ""


def asset(name: str) -> str:
    """Where a file of `static` is; another content has another address, so browsers keep it."""
    return f"/static/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return sha256((_HERE / "static" / name).read_bytes()).hexdigest()[:12]


def icon(name: str) -> Markup:
    """A picture of the sprite, for beside words that say the same."""
    address = f"{asset('icons.svg')}#{name}"
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>').format(address)


_templates.globals.update(asset=asset, icon=icon)


def _runs_platform(request: Request) -> bool:
    requester = getattr(request.state, "requester", None)
    return requester is not None and may_run_platform(requester)


def _dated(request: Request) -> str:
    """The day that is looked at, for links to other pages of the same day."""
    day = request.query_params.get("date")
    return f"?{urlencode({'date': day})}" if day else ""
