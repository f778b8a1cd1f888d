"""Forecast: what all products will sell, and of one: what was, what is to come, and why; people say
otherwise, with a reason."""

from collections.abc import Coroutine, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from obrador.authz.access import ProductionManager
from obrador.authz.roles import Role
from obrador.catalogue.service import load_product_names
from obrador.dashboard.forecast_picture import forecast_charts
from obrador.dashboard.forecast_reasons import (
    HOW,
    accuracy_words,
    how_words,
    known_words,
    looks_at_weather,
    maker_words,
    quick_reasons,
    said_words,
)
from obrador.dashboard.forecast_words import (
    SHOWN,
    Show,
    headline,
    is_assumed,
    is_changed,
    is_shown,
    listed,
    pattern_words,
    show_words,
    special_words,
    totals,
)
from obrador.dashboard.forms import (
    Form,
    Given,
    decimal,
    entered_units,
    error_words,
    filled,
    see,
    tried,
)
from obrador.dashboard.visiting import Visit, Visiting
from obrador.drivers import service as drivers
from obrador.forecasting import overriding
from obrador.forecasting import service as forecasting
from obrador.forecasting.override_schemas import OverrideInput
from obrador.forecasting.service import ModelDetail
from obrador.kit.errors import Fault, Invalid, NotFound, ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.pagination import PageRequest
from obrador.orchestration.foresight import look_ahead
from obrador.orchestration.foresight_days import ProductForesight, Wanted

router = APIRouter(prefix="/bakeries/{tenant_id}/forecast", include_in_schema=False)

_DAYS_AHEAD = 14
_LISTED_PAST = 28
_NEXT = 5
"""Days whose numbers are in the list."""
_ACCURACY_DAYS = 30
_SAID = PageRequest(limit=30)


@router.get("", response_class=HTMLResponse)
async def forecast(
    visit: Visiting,
    q: Annotated[str, Query(max_length=100)] = "",
    show: Annotated[Show, Query()] = "all",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The next days of all products, most first."""
    say = visit.say
    wanted = Wanted(visit.today, _DAYS_AHEAD, _LISTED_PAST, reasons=False, as_said=True)
    seen = await look_ahead(visit.session, visit.tenant, wanted, say, visit.now, make=True)
    products = seen.products
    shown = [(each, show_words(say, each), _count(products, each)) for each in SHOWN]
    return visit.page(
        "forecast.html",
        "forecast",
        seen=seen,
        known_until=seen.made_for - timedelta(days=1),
        listed=listed(say, products, q.strip(), show, page),
        q=q,
        show=show,
        choices=[each for each in shown if each[2] or each[0] in ("all", show)],
        next_days=products[0].ahead[:_NEXT] if products else (),
        totals=totals(products)[:_NEXT],
        headline=headline(say, seen, visit.today),
        special=special_words(say, products[0].ahead) if products else [],
        is_assumed=is_assumed,
    )


@router.get("/{product_id}", response_class=HTMLResponse)
async def product_forecast(
    visit: Visiting, product_id: UUID, day: Annotated[date | None, Query()] = None
) -> Response:
    """What a product has sold and will sell, why, and what people say of it."""
    return await _product(visit, product_id, {"day": day.isoformat()} if day else {})


@router.post("/{product_id}/overrides", response_class=HTMLResponse)
async def say_otherwise(
    visit: Visiting, _: ProductionManager, product_id: UUID, given: Form
) -> Response:
    """Say what to expect of a day instead."""

    async def work() -> None:
        unit = (await _named(visit, product_id))[1]
        said = filled(OverrideInput, _said(product_id, given, unit))
        await overriding.put(visit.session, visit.tenant, said, visit.requester, visit.now)

    return await _posted(visit, product_id, work(), "said", given)


@router.post("/{product_id}/overrides/{override_id}/withdraw", response_class=HTMLResponse)
async def take_back(
    visit: Visiting, _: ProductionManager, product_id: UUID, override_id: UUID
) -> Response:
    """Let the model's own number count again."""
    work = overriding.withdraw(visit.session, visit.tenant, override_id, visit.requester, visit.now)
    return await _posted(visit, product_id, work, "withdrawn")


def done_words(say: Speech, done: str) -> str:
    """What has just been done; empty: nothing that is known."""
    return {
        "said": say.phrase("Saved. The next plan of that day is made with it."),
        "withdrawn": say.phrase("Taken back: the forecast's own number counts again."),
    }.get(done, "")


def _count(products: tuple[ProductForesight, ...], show: Show) -> int:
    return sum(is_shown(each, show) for each in products)


def _said(product_id: UUID, given: Given, unit: str) -> dict[str, object]:
    """What a form says, as the API takes it.

    Raises:
        Invalid: the number is none.
    """
    kind, sign = HOW.get(given.get("how", ""), ("", 1))
    value = decimal(given.get("value", ""))
    try:
        number = sign * Decimal(value) * (1 if kind == "percent" or unit == "piece" else 1000)
    except ArithmeticError as error:
        raise Invalid(
            "value: {value!r} is no number.",
            [Fault("value", "a number such as 80 or 12,5")],
            value=value,
        ) from error
    return {
        "product_id": product_id,
        "business_date": given.get("day", ""),
        "kind": kind,
        "value": str(number),
        "reason": given.get("reason", ""),
    }


async def _named(visit: Visit, product_id: UUID) -> tuple[str, str]:
    """Name and unit.

    Raises:
        NotFound: there is no such product.
    """
    names = await load_product_names(visit.session, [visit.tenant])
    if product_id not in names:
        raise NotFound("There is no such product here.")
    return names[product_id]


async def _posted(
    visit: Visit,
    product_id: UUID,
    work: Coroutine[Any, Any, None],
    done: str,
    given: Given | None = None,
) -> Response:
    """Go back to the product; or show it with what was wrong and what was entered."""
    error = await tried(visit.session, work)
    if error is None:
        return see(f"{visit.home}/forecast/{product_id}", done=done)
    return await _product(visit, product_id, given or {}, error)


async def _product(
    visit: Visit, product_id: UUID, given: Given, error: ObradorError | None = None
) -> Response:
    session, tenant, say = visit.session, visit.tenant, visit.say
    name, unit = await _named(visit, product_id)
    seen, unplanned = await _foreseen(visit, product_id)
    said = await overriding.page(
        session, tenant, _SAID, first=None, last=None, product_id=product_id, history=True
    )
    counting = await overriding.page(
        session, tenant, _SAID, first=visit.today, last=None, product_id=product_id, history=False
    )
    model = None
    if seen and seen.model_version is not None:
        model = await forecasting.get_model(session, tenant, seen.model_version)
    accuracy = await forecasting.accuracy_of(session, tenant, _ACCURACY_DAYS, visit.now)
    of_it = (each for each in accuracy.by_product if each.product_id == product_id)
    figures = next(of_it, None)
    units = entered_units(unit)
    return visit.page(
        "forecast_product.html",
        "forecast",
        error.status if error else 200,
        product_id=product_id,
        name=name,
        unit=unit,
        seen=seen,
        unplanned=", ".join(say.short_day(day) for day in sorted(unplanned)),
        is_changed=is_changed,
        charts=_charts(say, seen),
        title=pattern_words(say, seen) if seen else "",
        special=special_words(say, seen.days) if seen else [],
        known=await _known(visit, seen, model) if seen else {},
        made_by=maker_words(say, seen, model) if seen else [],
        figures=figures,
        accuracy=accuracy_words(say, figures, unit),
        counting=counting.items,
        said=[each for each in said.items if each.id not in {one.id for one in counting.items}],
        said_words=said_words,
        how=how_words(say, say.phrase("pieces") if unit == "piece" else units[0]),
        quick_reasons=quick_reasons(say),
        may_say=visit.role.includes(Role.PRODUCTION_MANAGER),
        given=given,
        error=error,
        error_words=error_words(say, error) if error else "",
        done=done_words(say, visit.request.query_params.get("done", "")),
    )


def _charts(say: Speech, seen: ProductForesight | None) -> list[Markup]:
    """For wide screens and for phones; none, where there is nothing to see."""
    if seen is None or not (seen.total or any(day.sold for day in seen.past)):
        return []
    return [Markup(each) for each in forecast_charts(say, seen)]  # noqa: S704  they escape


async def _known(
    visit: Visit, seen: ProductForesight, model: ModelDetail | None
) -> Mapping[date, str]:
    """What is known of the days ahead besides: promotions, and weather where it counts."""
    session, tenant, days = visit.session, visit.tenant, [day.day for day in seen.ahead]
    promotions = await drivers.read_promotions(session, [tenant], days[0], days[-1])
    weather = {}
    if looks_at_weather(model):
        weather = await drivers.read_weather(session, [tenant], days[0], days[-1])
    of_it = promotions[tenant], weather.get(tenant, ())
    return known_words(visit.say, seen.product_id, days, *of_it)


async def _foreseen(
    visit: Visit, product_id: UUID
) -> tuple[ProductForesight | None, frozenset[date]]:
    """What is foreseen of the product, and days of which people have said something since; None,
    where it is not on sale, or was not this morning."""
    wanted = Wanted(visit.today, _DAYS_AHEAD, product_id=product_id, as_said=True)
    try:
        seen = await look_ahead(
            visit.session, visit.tenant, wanted, visit.say, visit.now, make=True
        )
    except NotFound:
        return None, frozenset()
    said_since = (day for about, day in seen.unplanned if about == product_id)
    return seen.products[0], frozenset(said_since)
