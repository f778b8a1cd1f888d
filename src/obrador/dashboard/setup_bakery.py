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
from obrador.kit.schemas import to_minor
from obrador.tenants import managing
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


def groups_of(visit: Visit) -> tuple[Group, ...]:
    """Its form."""
    say, currency = visit.say, visit.bakery.currency
    return (
        Group(say.phrase("Name and place"), _place(say)),
        Group(say.phrase("How careful plans are"), _policy(say)),
        Group(say.phrase("Who may approve how much"), _limit_fields(say, currency)),
        Group(say.phrase("Forecasts and the floor"), _thresholds(say), True),
        Group(say.phrase("When plans are made"), _rules(say), True),
    )


def _place(say: Speech) -> tuple[Field, ...]:
    return (
        Field("name", say.phrase("Name"), is_required=True),
        Field(
            "country", say.phrase("Country"), is_required=True,
            hint=say.phrase("Two letters, such as ES: public holidays follow from it."),
        ),
        Field("subdivision", say.phrase("Region"), hint=say.phrase("Such as MD, for Madrid.")),
        Field(
            "time_zone", say.phrase("Time zone"), is_required=True,
            hint=say.phrase("Such as Europe/Madrid."),
        ),
        Field(
            "locale", say.phrase("Numbers and dates as in"), is_required=True,
            hint=say.phrase("Such as es_ES or en_GB."),
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
        groups=groups_of(visit),
        given=_inputs(visit, found) if given is None else given,
        may=visit.role is Role.OWNER,
        where=f"{visit.home}/setup/bakery",
        faults=faults_of(say, error),
        error=error,
        error_words=refusal_words(say, error) if error else "",
        done=say.phrase("Saved.") if "done" in visit.request.query_params else "",
    )
