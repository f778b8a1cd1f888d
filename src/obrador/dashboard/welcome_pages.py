"""The first page of an installation: your bakery's name and place, or the demo bakery."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from obrador.authz import founding
from obrador.authz.access import home_of, role_of
from obrador.authz.requester import Asking, Person, Requester
from obrador.authz.roles import Role
from obrador.dashboard.forms import Form, Given, error_words, filled, identity, see, tried
from obrador.dashboard.rendering import page, speech_for
from obrador.kit.clock import business_date
from obrador.kit.errors import ObradorError
from obrador.kit.http import Now, Session
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.kit.places import countries, country_of_zone, customs_of, locale_name, parts_of
from obrador.onboarding.demo import loading as demo_bakery
from obrador.orchestration.endpoints import Durable, InForce, plan_day
from obrador.orchestration.service import last_date
from obrador.tenants import managing
from obrador.tenants import service as tenants
from obrador.tenants.schemas import TenantInput

router = APIRouter(include_in_schema=False)


@router.get("/", response_class=HTMLResponse)
async def front(
    request: Request, session: Session, requester: Asking, settings: InForce
) -> Response:
    """The bakery's day; or its first run, where that is not done; or how to begin."""
    home = await home_of(session, requester)
    if home is None:
        return _page(request, settings.default_timezone, {})
    role = await role_of(session, requester, home)
    if role is Role.OWNER and await last_date(session, founding.founded(home)) is None:
        return RedirectResponse(f"/bakeries/{home}/setup/start")
    return RedirectResponse(f"/bakeries/{home}/today")


@router.get("/welcome", response_class=HTMLResponse)
async def welcome(request: Request, _: Asking, settings: InForce) -> Response:
    """Begin with a bakery, the first or another one."""
    return _page(request, settings.default_timezone, {})


@router.get("/welcome/place", response_class=HTMLResponse)
async def place(request: Request, _: Asking, country: str = "") -> Response:
    """What follows from a country, for the form to show at once."""
    say = speech_for(request)
    follows = _follows(say, {"country": country})
    return page(request, say, "welcome_place.html", 200, **follows)


@router.post("/welcome", response_class=HTMLResponse)
async def found(
    request: Request, session: Session, requester: Asking, settings: InForce, given: Form
) -> Response:
    """Make the bakery; once, however often it is sent. Where the country is another one than the
    form showed the rest for, the rest is shown again first."""
    if given.get("country") != given.get("shown_for"):
        return _page(request, settings.default_timezone, _without_place(given))
    made: list[UUID] = []

    async def work() -> None:
        fields = ("name", "country", "subdivision", "time_zone", "locale", "currency")
        bakery = filled(TenantInput, {name: given.get(name, "") for name in fields})
        kept = await managing.create(session, requester, identity(given, "id"), bakery)
        made.append(kept.id)

    error = await tried(session, work())
    if error is not None:
        return _page(request, settings.default_timezone, given, error)
    return see(f"/bakeries/{made[0]}/setup/start")


@router.post("/welcome/demo")
async def demo(
    session: Session, requester: Asking, engine: Durable, settings: InForce, now: Now
) -> Response:
    """Load the demo bakery, the visitor's own one, and have its day planned."""
    founding.own_id(requester, new_id())  # refuses programs
    (tenant,) = await demo_bakery.load(session, now, whose=_account_of(requester))
    await founding.make_owner(session, requester, tenant)
    await plan_day(tenant, requester, session, engine, settings, now)
    zone = await tenants.time_zone_of(session, tenant)
    day = business_date(now, zone).isoformat()
    return see(f"/bakeries/{tenant}/setup/planning", date=day)


def _account_of(requester: Requester) -> UUID | None:
    return requester.user_id if isinstance(requester, Person) else None


def _page(
    request: Request, zone: str, given: Given, error: ObradorError | None = None
) -> HTMLResponse:
    say = speech_for(request)
    given = given or {"country": _likely_country(request, zone)}
    return page(
        request,
        say,
        "welcome.html",
        error.status if error else 200,
        countries=countries(say.language),
        given=given,
        new_id=given.get("id") or new_id(),
        is_shown_again=bool(given.get("name")) and error is None,
        error=error,
        error_words=error_words(say, error) if error else "",
        **_follows(say, given),
    )


def _follows(say: Speech, given: Given) -> dict[str, object]:
    """What usually goes with the country; and what was chosen, if it was."""
    country = given.get("country", "")
    customs = customs_of(country)
    return {
        "country": country,
        "parts": parts_of(country),
        "time_zones": customs.time_zones,
        "locales": [(each, locale_name(each, say.language)) for each in customs.locales],
        "chosen": {
            "subdivision": given.get("subdivision", ""),
            "time_zone": given.get("time_zone") or customs.time_zones[0],
            "locale": given.get("locale") or customs.locales[0],
            "currency": given.get("currency") or customs.currency,
        },
    }


def _without_place(given: Given) -> Given:
    return {name: given.get(name, "") for name in ("id", "name", "country")}


def _likely_country(request: Request, zone: str) -> str:
    """The region of the browser's language, or else where the installation's clock is."""
    accepted = request.headers.get("accept-language", "").replace(" ", "").split(",")
    regions = (entry.split(";")[0].partition("-")[2].upper() for entry in accepted)
    known = {code for code, _ in countries("en")}
    return next((region for region in regions if region in known), country_of_zone(zone))
