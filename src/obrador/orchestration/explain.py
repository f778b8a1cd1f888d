"""Reasons as sentences, in the reader's language. Data in, words out."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from obrador.kit.i18n import Speech
from obrador.procurement.domain import LineReason
from obrador.production import service as production
from obrador.production.domain import BatchReason, QuantityReason

Names = Mapping[str, str]
"""What ids are called."""


def target(say: Speech, reason: QuantityReason, unit: str) -> str:
    """Why so many of a product: "About 42 expected. 51 covers 8 of 10 such days. ..."."""

    def amount(value: float) -> str:
        return say.quantity(value, unit)

    return " ".join(_target_parts(say, reason, amount))


def _target_parts(
    say: Speech, reason: QuantityReason, amount: Callable[[float], str]
) -> Iterator[str]:
    if "closed" in reason.bound_by:
        yield say.phrase("The shop is closed.")
    elif reason.expected < 0.5 and not reason.quantile:
        yield say.phrase("It is not selling at present.")
    else:
        yield say.phrase("About {n} expected.", n=amount(reason.expected))
        yield _cover(say, reason, amount)
    if reason.firm:
        yield say.phrase("{n} more are firmly ordered.", n=amount(reason.firm))
    if reason.left_over:
        yield from _left_over(say, reason, amount)
    if "par_level" in reason.bound_by:
        yield say.phrase("Raised to what the shelf should hold.")
    if "min_display" in reason.bound_by:
        yield say.phrase("Raised so that the shelf does not look empty.")
    if "daily_max" in reason.bound_by:
        yield say.phrase("Held at the most that can be made in a day.")
    if len(reason.waves) > 1:
        yield say.phrase(
            "In {n} bakes: {bakes}.",
            n=say.number(len(reason.waves)),
            bakes=", ".join(amount(wave.quantity) for wave in reason.waves),
        )


def _left_over(
    say: Speech, reason: QuantityReason, amount: Callable[[float], str]
) -> Iterator[str]:
    yield say.phrase("{n} left over are still good.", n=amount(reason.left_over))
    if reason.cover_days > 1 and reason.left_over_keeps and reason.left_over_keeps[0]:
        yield say.phrase("{n} of them only today.", n=amount(reason.left_over_keeps[0]))
    if reason.cover_days > 1 and reason.issuing == "freshest_first":
        yield say.phrase("Customers take the freshest first, so they may stay.")


def _cover(say: Speech, reason: QuantityReason, amount: Callable[[float], str]) -> str:
    values = {"n": amount(reason.quantile), "share": say.percent(reason.critical_ratio)}
    if reason.ratio_from == "service_level":
        return say.phrase(
            "{n} is enough in {share} of such days; price or cost is unknown.", **values
        )
    if reason.cover_days > 1 and reason.waste_chance is not None:
        return say.phrase(
            "{n} pays best: it keeps for {days} days, and the last one is thrown away in {waste} of"
            " cases.",
            n=values["n"],
            days=reason.cover_days,
            waste=say.percent(reason.waste_chance),
        )
    return say.phrase("{n} pays best: enough in {share} of such days.", **values)


def batch(say: Speech, reason: BatchReason, names: Names, unit: str) -> str:
    """Why a batch has its size."""
    parts = [say.phrase("{n} wanted", n=say.quantity(reason.wanted, unit))]
    if reason.from_stock:
        parts.append(say.phrase("{n} are in stock", n=say.quantity(reason.from_stock, unit)))
    if reason.batch_count > 1:
        parts.append(say.phrase("batch {i} of {n}", i=reason.batch_number, n=reason.batch_count))
    if reason.waste_units >= 0.5:
        parts.append(say.phrase("{n} for waste", n=say.quantity(reason.waste_units, unit)))
    rounding = {
        "multiple": say.phrase("rounded to whole trays or moulds"),
        "minimum": say.phrase("raised to the smallest batch"),
        "maximum": say.phrase("split at the largest batch"),
        "none": "",
    }[reason.rounding]
    parts.append(rounding)
    if reason.for_products:
        uses = sorted(names.get(product, "?") for product in reason.for_products)
        parts.append(say.phrase("for {products}", products=", ".join(uses)))
    if reason.for_next_day:
        parts.append(say.phrase("for tomorrow"))
    return "; ".join(part for part in parts if part) + "."


def order_line(say: Speech, reason: LineReason, names: Names, unit: str, first_day: date) -> str:
    """Why so many packs: demand, stock, safety, what bent the amount, who else could deliver."""

    def amount(value: float) -> str:
        return say.quantity(value, unit)

    def day(index: int) -> str:
        return say.short_day(first_day + timedelta(days=index))

    return " ".join(_order_parts(say, reason, names, amount, day))


def _order_parts(
    say: Speech,
    reason: LineReason,
    names: Names,
    amount: Callable[[float], str],
    day: Callable[[int], str],
) -> Iterator[str]:
    yield say.phrase(
        "{demand} needed from {first} to {last}; {stock} in stock then, {receipts} on its way,"
        " {safety} as safety stock.",
        demand=amount(reason.demand),
        first=day(reason.covers_from),
        last=day(reason.covers_to),
        stock=amount(reason.stock),
        receipts=amount(reason.receipts),
        safety=amount(reason.safety_stock),
    )
    bends = {
        "moq": say.phrase("Raised to the supplier's smallest quantity."),
        "price_break": say.phrase("Raised to reach the price break."),
        "shelf_life": say.phrase("No more, or it would expire."),
        "minimum_order": say.phrase("Raised to reach the supplier's minimum order."),
    }
    yield from (bends[bend] for bend in reason.bent_by if bend in bends)
    if reason.runner_up is not None and reason.runner_up_extra_minor is not None:
        yield say.phrase(
            "{supplier} would cost {extra} more.",
            supplier=names.get(reason.runner_up, "?"),
            extra=say.money(reason.runner_up_extra_minor),
        )
    if reason.score is not None and reason.runner_up_score is not None:
        yield say.phrase(
            "Chosen by score: {points} of 100; {supplier} has {others}.",
            points=round(100 * reason.score),
            supplier=names.get(reason.runner_up or "", "?"),
            others=round(100 * reason.runner_up_score),
        )
    if reason.skipped_days:
        yield say.counted(
            "Ordered {n} day earlier because of holidays.",
            "Ordered {n} days earlier because of holidays.",
            reason.skipped_days,
        )


def note(say: Speech, code: str, facts: Mapping[str, Any], names: Names, first_day: date) -> str:
    """A note as a sentence.

    Raises:
        KeyError: no sentence has this code.
    """
    return _NOTES[code](say, facts, names, first_day)


def term(say: Speech, word: str) -> str:
    """The field's own words for step kinds, equipment kinds and severities; others stay."""
    return {
        "mix": say.phrase("mix"),
        "ferment": say.phrase("ferment"),
        "shape": say.phrase("shape"),
        "proof": say.phrase("proof"),
        "bake": say.phrase("bake"),
        "cool": say.phrase("cool"),
        "fill": say.phrase("fill"),
        "finish": say.phrase("finish"),
        "critical": say.phrase("critical"),
        "warning": say.phrase("warning"),
        "info": say.phrase("for your information"),
    }.get(word) or production.equipment_words(say, word)


def because(say: Speech, reason: str) -> str:
    """What keeps a batch from being ready, or from being made at all: see `production.domain`."""
    what, _, kind = reason.partition(":")
    kind = term(say, kind)
    texts = {
        "equipment": say.phrase("all of {kind} are taken", kind=kind),
        "people": say.phrase("everyone is busy"),
        "time": say.phrase("its steps take longer than there is time"),
        "by_hand": say.phrase("somebody has put it there"),
        "no_equipment": say.phrase(
            "there is no working {kind}: add one under equipment", kind=kind
        ),
        "too_big": say.phrase("it is larger than any {kind}: lower its largest batch", kind=kind),
        "no_people": say.phrase("nobody is at work: add a shift"),
        "too_many_batches": say.phrase(
            "it would take more batches than a day has: raise its largest batch"
        ),
        "no_time": say.phrase("it does not fit into the shifts"),
    }
    return texts[what]


_NOTES: dict[str, Callable[[Speech, Mapping[str, Any], Names, date], str]] = {
    "no_sales": lambda say, f, names, first: say.phrase(
        "There are no sales yet, so nothing can be forecast. Import some: obrador import sales FILE"
    ),
    "sales_missing": lambda say, f, names, first: say.counted(
        "Sales of the last day are missing; the forecast cannot see it.",
        "Sales of the last {n} days are missing; the forecast cannot see them.",
        f["days"],
    ),
    "no_new_forecast": lambda say, f, names, first: say.phrase(
        "No new forecast could be made: the last one, or what the same weekdays have sold, stands"
        " in for it."
    ),
    "not_fetched": lambda say, f, names, first: say.phrase(
        "Recipes, stock or suppliers could not be fetched: they are as they were the last time."
    ),
    "short_history": lambda say, f, names, first: say.counted(
        "{n} product has less than four weeks of sales: its forecast is a simple mean.",
        "{n} products have less than four weeks of sales: their forecast is a simple mean.",
        f["products"],
    ),
    "no_history": lambda say, f, names, first: say.counted(
        "{n} product has no sales yet: its forecast is borrowed from its category.",
        "{n} products have no sales yet: their forecast is borrowed from their category.",
        f["products"],
    ),
    "no_price": lambda say, f, names, first: say.counted(
        "{n} product has no price: it is baked for a service level.",
        "{n} products have no price: they are baked for a service level.",
        f["products"],
    ),
    "left_over_unknown": lambda say, f, names, first: say.counted(
        "{n} product keeps for days, but no left-over is counted: it is baked for the day alone.",
        "{n} products keep for days, but no left-over is counted: each day is baked for alone.",
        f["products"],
    ),
    "unplaced": lambda say, f, names, first: say.phrase(
        "{recipe} cannot be made: {because}.",
        recipe=names.get(f["recipe"], "?"),
        because=because(say, f["because"]),
    ),
    "late": lambda say, f, names, first: say.phrase(
        "{recipe} will be {minutes} minutes late: {because}.",
        recipe=names.get(f["recipe"], "?"),
        minutes=say.number(f["minutes"]),
        because=because(say, f["because"]),
    ),
    "runs_out": lambda say, f, names, first: say.phrase(
        "{ingredient} runs out on {day}, before anything can arrive.",
        ingredient=names.get(f["ingredient"], "?"),
        day=say.short_day(first + timedelta(days=f["day"] or 0)),
    ),
    "expiring": lambda say, f, names, first: say.phrase(
        "{quantity} of {ingredient} will expire by tomorrow.",
        quantity=say.quantity(f["quantity"], f["unit"]),
        ingredient=names.get(f["ingredient"], "?"),
    ),
    "unsupplied": lambda say, f, names, first: say.phrase(
        "Nobody offers {ingredient}: add it to a supplier's price list.",
        ingredient=names.get(f["ingredient"], "?"),
    ),
    "below_minimum": lambda say, f, names, first: say.phrase(
        "The order to {supplier} for {day} stays below their minimum: call them, or add to it.",
        supplier=names.get(f["supplier"], "?"),
        day=say.short_day(date.fromisoformat(f["delivery_on"])),
    ),
    "urgent_order": lambda say, f, names, first: say.phrase(
        "What {supplier} can bring on {day} is needed earlier: order now, and ask for an earlier"
        " day.",
        supplier=names.get(f["supplier"], "?"),
        day=say.short_day(date.fromisoformat(f["delivery_on"])),
    ),
    "stock_assumed": lambda say, f, names, first: say.phrase(
        "No stock has been entered: enough until the next delivery is assumed."
        " Count it in the workbook."
    ),
    "assumed": lambda say, f, names, first: say.phrase(
        "Assumed until you confirm it: {recipes} recipes, {products} products,"
        " {ingredients} ingredients, {suppliers} suppliers, {settings} settings.",
        **{what: say.number(count) for what, count in f.items()},
    ),
}
