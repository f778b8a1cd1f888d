"""Set up: the bakery itself and how careful its plans are."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import Owner
from obrador.authz.roles import Role
from obrador.dashboard.forms import Form, Given, filled, see, tried
from obrador.dashboard.setup_faults import faults_of, refusal_words
from obrador.dashboard.setup_fields import (
    Field,
    Group,
    amount_text,
    fields_of,
    read,
    require,
    shown,
)
from obrador.dashboard.setup_lines import exact_quantity
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit import money
from obrador.kit.errors import ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.places import countries, customs_of, locale_name, parts_of
from obrador.kit.schemas import to_minor
from obrador.tenants import managing
from obrador.tenants.domain import Bakery
from obrador.tenants.schemas import TenantChanges, TenantOutput

router = APIRouter(prefix="/bakeries/{tenant_id}/setup/bakery", include_in_schema=False)

_LIMITED = (Role.PROCUREMENT_MANAGER, Role.OWNER)
_CAN_BE_EMPTY = ("subdivision", "latitude", "longitude")


@router.get("", response_class=HTMLResponse)
async def bakery(visit: Visiting) -> Response:
    """Name, place and policy."""
    return await _page(visit)


@router.post("", response_class=HTMLResponse)
async def change(visit: Visiting, _: Owner, given: Form) -> Response:
    """Others."""

    async def work() -> None:
        fields = [each for each in fields_of(groups_of(visit)) if not _is_limit(each)]
        require(fields, given)
        values = read(fields, given, visit.bakery.time_zone)
        if _has_moved(visit, given):
            values["subdivision"] = None
        values["policy"] = values.get("policy", {}) | {"approval_limits": _limits(visit, given)}
        changes = filled(TenantChanges, values)
        emptied = {name: getattr(changes, name) for name in _CAN_BE_EMPTY}
        await managing.change(
            visit.session, visit.requester, visit.tenant, changes.model_copy(update=emptied)
        )

    error = await tried(visit.session, work())
    if error is None:
        return see(f"{visit.home}/setup/bakery", done="saved")
    return await _page(visit, given, error)


def _has_moved(visit: Visit, given: Given) -> bool:
    """Whether the country is another one, and the region still one of that before."""
    was = visit.bakery
    return given.get("country") != was.country and given.get("subdivision") == was.subdivision


def groups_of(visit: Visit, country: str | None = None) -> tuple[Group, ...]:
    """Its form, with what there is to choose from in a country; without one, in its own."""
    say, currency = visit.say, visit.bakery.currency
    return (
        Group(say.phrase("Name and place"), _place(say, visit.bakery, country)),
        Group(say.phrase("How careful plans are"), _policy(say)),
        Group(say.phrase("Who may approve how much"), _limit_fields(say, currency)),
        Group(say.phrase("Forecasts and the floor"), _thresholds(say), True),
        Group(say.phrase("When plans are made"), _rules(say), True),
    )


def _place(say: Speech, own: Bakery, country: str | None) -> tuple[Field, ...]:
    """What is kept can be chosen as well, though it may be unusual."""
    country = country or own.country
    customs = customs_of(country)
    zones = dict.fromkeys((*customs.time_zones, own.time_zone))
    locales = dict.fromkeys((*customs.locales, own.locale))
    parts = dict(parts_of(country))
    if own.subdivision and country == own.country:
        parts.setdefault(own.subdivision, own.subdivision)
    whole = ("", say.phrase("– holidays of the whole country –"))
    return (
        Field("name", say.phrase("Name"), is_required=True),
        Field(
            "country", say.phrase("Country"), "choice", choices=countries(say.language),
            hint=say.phrase("Public holidays follow from it."),
        ),
        Field(
            "subdivision", say.phrase("Region"), "choice", choices=(whole, *parts.items()),
            hint=say.phrase("For its public holidays."),
        ),
        Field(
            "time_zone", say.phrase("Time zone"), "choice",
            choices=tuple((each, each.replace("_", " ")) for each in zones),
        ),
        Field(
            "locale", say.phrase("Language and numbers"), "choice",
            choices=tuple((each, locale_name(each, say.language)) for each in locales),
        ),
        Field(
            "latitude", say.phrase("Latitude"), "number", hint=say.phrase("For the weather.")
        ),
        Field("longitude", say.phrase("Longitude"), "number"),
    )  # fmt: skip


def _policy(say: Speech) -> tuple[Field, ...]:
    return (
        Field(
            "policy.service_level", say.phrase("Ingredients are there"), "percent", suffix="%",
            hint=say.phrase("How often none may be missing: more means more stock."),
            is_required=True,
        ),
        Field(
            "policy.bake_service_level", say.phrase("Bread is there"), "percent", suffix="%",
            hint=say.phrase("Of products whose price or cost is unknown."), is_required=True,
        ),
        Field(
            "policy.horizon_days", say.phrase("Plan ahead"), "number", suffix=say.phrase("days"),
            hint=say.phrase("7 to 28."), is_required=True,
        ),
        Field(
            "policy.supplier_choice", say.phrase("Suppliers are chosen"), "choice",
            choices=(
                ("cost", say.phrase("by what everything costs together")),
                ("score", say.phrase("by a score of price, speed and reliability")),
            ),
        ),
    )  # fmt: skip


def _limit_fields(say: Speech, currency: str) -> tuple[Field, ...]:
    words = {
        Role.PROCUREMENT_MANAGER: say.phrase("Who buys, an order of up to"),
        Role.OWNER: say.phrase("An owner, an order of up to"),
    }
    hint = say.phrase("Empty: however much.")
    count = Field(
        "policy.count_limit", say.phrase("Counts that differ by more, an owner approves"),
        "number", suffix=currency, is_required=True,
    )  # fmt: skip
    return (
        *(Field(_limit(r), words[r], "money", hint, suffix=currency) for r in _LIMITED),
        count,
    )


def _thresholds(say: Speech) -> tuple[Field, ...]:
    return (
        Field(
            "policy.healthy_wape", say.phrase("A forecast is good when off by up to"), "number",
            suffix="%", is_required=True,
        ),
        Field(
            "policy.warning_wape", say.phrase("It is bad when off by more than"), "number",
            suffix="%", is_required=True,
        ),
        Field(
            "policy.delay_minutes", say.phrase("A batch is late after"), "number",
            suffix=say.phrase("min"), is_required=True,
        ),
        Field(
            "policy.yield_tolerance", say.phrase("A batch may give more or less by"), "number",
            suffix="%", is_required=True,
        ),
    )  # fmt: skip


def _rules(say: Speech) -> tuple[Field, ...]:
    hint = say.phrase("run, skip, or a cron expression.")
    return (
        Field("weekend_rule", say.phrase("At weekends"), hint=hint, is_required=True),
        Field("holiday_rule", say.phrase("On public holidays"), hint=hint, is_required=True),
    )


def _limit(role: Role) -> str:
    return f"limit.{role}"


def _is_limit(field: Field) -> bool:
    return field.name.startswith("limit.")


def _limits(visit: Visit, given: Given) -> dict[str, int | None]:
    """Amounts in minor units, by role.

    Raises:
        Invalid: one is no amount of money; names it.
    """
    limits: dict[str, int | None] = {}
    for role in _LIMITED:
        text, where = given.get(_limit(role), ""), _limit(role)
        amount = exact_quantity(text, "piece", where) if text else None
        currency = visit.bakery.currency
        limits[role] = None if amount is None else to_minor(amount, currency, where)
    return limits


def _inputs(visit: Visit, found: TenantOutput) -> dict[str, str]:
    fields = [each for each in fields_of(groups_of(visit)) if not _is_limit(each)]
    kept, currency = found.policy.approval_limits, visit.bakery.currency
    limits = {
        _limit(role): amount_text(visit.say, money.from_minor(minor, currency))
        for role in _LIMITED
        if (minor := kept.get(role.value)) is not None  # type: ignore[call-overload]
    }
    return shown(fields, found, visit) | limits


async def _page(
    visit: Visit, given: Given | None = None, error: ObradorError | None = None
) -> Response:
    say = visit.say
    found = await managing.get(visit.session, visit.tenant)
    return visit.page(
        "setup_bakery.html",
        "setup",
        error.status if error else 200,
        found=found,
        assumed=found.assumed,
        groups=groups_of(visit, given.get("country") if given else None),
        given=_inputs(visit, found) if given is None else given,
        may=visit.role is Role.OWNER,
        where=f"{visit.home}/setup/bakery",
        faults=faults_of(say, error),
        error=error,
        error_words=refusal_words(say, error) if error else "",
        done=say.phrase("Saved.") if "done" in visit.request.query_params else "",
    )
