"""Insights as sentences, in the reader's language. Data in, words out."""

from collections.abc import Callable, Mapping
from typing import Any

from obrador.insights.domain import Kind
from obrador.kit.i18n import Speech

Facts = Mapping[str, Any]


def sentence(say: Speech, kind: Kind, facts: Facts) -> str:
    """What an insight says."""
    return _SENTENCES[kind](say, facts)


def _forecast_bias(say: Speech, facts: Facts) -> str:
    values = {
        "name": facts["name"],
        "units": say.number(abs(facts["units"]), 1),
        "sold": say.number(facts["a_day"], 1),
        "days": facts["days"],
    }
    if facts["units"] > 0:
        return say.phrase(
            "{name}: {units} a day too many were expected on the last {days} days, which sold"
            " {sold} a day.",
            **values,
        )
    return say.phrase(
        "{name}: {units} a day too few were expected on the last {days} days, which sold {sold} a"
        " day.",
        **values,
    )


def _often_sold_out(say: Speech, facts: Facts) -> str:
    sold_out = say.phrase(
        "{name} sold out before closing on {times} of the last {days} days.",
        name=facts["name"],
        times=facts["times"],
        days=facts["days"],
    )
    if not facts["units"]:
        return sold_out
    missed = say.phrase(
        "By the forecast, {units} a day more would have sold.", units=say.number(facts["units"], 1)
    )
    return f"{sold_out} {missed}"


def _expiring_value(say: Speech, facts: Facts) -> str:
    items = [
        f"{item['name']} ({say.quantity(item['quantity'], item['unit'])})"
        for item in facts["items"]
    ]
    return say.phrase(
        "This will expire unused within a week: {items}. Bake something with it, or buy less.",
        items=", ".join(items),
    )


def _forecast_drift(say: Speech, facts: Facts) -> str:
    values = {"days": facts["days"], "mape": say.number(facts["mape"], 1)}
    if facts["reason"] == "drifting":
        return say.phrase(
            "Forecasts have become worse: they missed by {lately} % a product in the last week, by"
            " {before} % before. See whether sales data are complete, and whether something has"
            " changed.",
            lately=say.number(facts["lately"], 1),
            before=say.number(facts["before"], 1),
        )
    return say.phrase(
        "Forecasts missed by {mape} % a product over {days} days. See whether sales data are"
        " complete; products that sell a few a day always miss by much.",
        **values,
    )


def _delivery_fees(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "{name} delivers {deliveries} times in {days} days: {fees} of fees on {goods} of goods."
        " Ask for a free delivery, or order more at a time of what keeps.",
        name=facts["name"],
        deliveries=facts["deliveries"],
        days=facts["days"],
        fees=say.money(facts["fees_minor"]),
        goods=say.money(facts["goods_minor"]),
    )


def _price_break(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "{name}: {packs} packs come from {supplier} in {orders} orders over {days} days. In one"
        " order, a pack costs {price}.",
        name=facts["name"],
        packs=facts["packs"],
        supplier=facts["supplier"],
        orders=facts["orders"],
        days=facts["days"],
        price=say.money(facts["price_minor"]),
    )


def _dead_stock(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "{quantity} of {name} are in stock, and nothing needs them in the next {days} days.",
        quantity=say.quantity(facts["quantity"], facts["unit"]),
        name=facts["name"],
        days=facts["days"],
    )


def _supplier_alternative(say: Speech, facts: Facts) -> str:
    return say.phrase(
        "{name}: {other} sells for less than {supplier} what you buy in {days} days, by {saving} in"
        " all. See whether quality and lead time suit you.",
        name=facts["name"],
        other=facts["other"],
        supplier=facts["supplier"],
        days=facts["days"],
        saving=say.money(facts["saving_minor"]),
    )


_SENTENCES: Mapping[Kind, Callable[[Speech, Facts], str]] = {
    "forecast_bias": _forecast_bias,
    "often_sold_out": _often_sold_out,
    "expiring_value": _expiring_value,
    "forecast_drift": _forecast_drift,
    "delivery_fees": _delivery_fees,
    "price_break": _price_break,
    "dead_stock": _dead_stock,
    "supplier_alternative": _supplier_alternative,
}
