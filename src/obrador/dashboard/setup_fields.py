"""Fields of the set-up forms: what people type, what the API takes of it, what is shown of a row.

A form is a list of fields, so that what is kept, its rules and its page are each written once.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from babel.numbers import get_decimal_symbol
from pydantic import BaseModel

from obrador.dashboard.forms import Given, decimal, filled
from obrador.dashboard.visiting import Visit
from obrador.kit.errors import Fault, Invalid
from obrador.kit.i18n import Speech
from obrador.kit.units import to_base

M = TypeVar("M", bound=BaseModel)
Kind = Literal[
    "text", "email", "number", "money", "quantity", "percent", "clock", "clocks", "moment", "day",
    "tick", "choice", "weekdays", "per_weekday",
]  # fmt: skip
Choices = tuple[tuple[str, str], ...]
WEEKDAYS = range(7)
_QUANTITY = re.compile(r"([\d.,\s]+)([^\W\d_]*)\.?")
_AT_MINUTES = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Field:
    """Something to enter, by the name that the API has for it; a dot leads into a part."""

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    choices: Choices = ()
    """Of `choice`, all there are; of `text`, suggestions."""
    suffix: str = ""
    usual: str = ""
    """What a new one begins with."""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together; those that few people need are folded away."""

    title: str
    fields: tuple[Field, ...]
    is_rare: bool = False


def fields_of(groups: Iterable[Group]) -> list[Field]:
    """All fields of a form."""
    return [field for group in groups for field in group.fields]


def read(fields: Iterable[Field], given: Given, zone: str) -> dict[str, Any]:
    """What was entered, as the API takes it; what is no number or time stays as it is, for the API
    to refuse.

    Raises:
        Invalid: a quantity names no unit where it should, or an unknown one.
    """
    values: dict[str, Any] = {}
    for field in fields:
        whole, _, part = field.name.partition(".")
        value = _read(field.kind, field.name, given, zone)
        if not part:
            values[whole] = value
        elif value not in ("", None):
            values.setdefault(whole, {})[part] = value
    return values


def shown(fields: Iterable[Field], values: Any, visit: Visit) -> dict[str, str]:
    """What a form shows of a row, by the names of its inputs."""
    given: dict[str, str] = {}
    for field in fields:
        whole, _, part = field.name.partition(".")
        value = getattr(values, whole, None)
        value = getattr(value, part, None) if part else value
        given |= _inputs(field, value, getattr(values, "unit", ""), visit)
    return given


def stated(model: type[M], values: Mapping[str, Any]) -> M:
    """The values as the API takes them, where those that were emptied are stated as well.

    Raises:
        Invalid: as `filled`.
    """
    whole = filled(model, values)
    return whole.model_copy(update={name: getattr(whole, name) for name in values})


def plain(say: Speech, number: Decimal | float) -> str:
    """A number as people of the bakery type it, without groups."""
    return _with_symbol(say, f"{Decimal(str(number)).normalize():f}")


def amount_text(say: Speech, amount: Decimal) -> str:
    """An amount with the decimals that its currency has."""
    return _with_symbol(say, f"{amount:f}")


def _with_symbol(say: Speech, text: str) -> str:
    return text.replace(".", get_decimal_symbol(say.locale))


def quantity_text(say: Speech, quantity: Decimal | float, unit: str) -> str:
    """A quantity of a base unit as people type it: 1500 g as 1.5 kg."""
    exact = Decimal(str(quantity))
    if unit == "piece":
        return plain(say, exact)
    if abs(exact) < 1000:
        return f"{plain(say, exact)} {unit}"
    return f"{plain(say, exact / 1000)} {'kg' if unit == 'g' else 'l'}"


def typed_quantity(text: str, unit: str, where: str) -> Decimal | str:
    """A quantity that people typed, in the base unit; what is no number stays as it is.

    Raises:
        Invalid: its unit is missing, unknown, or of another kind; names the field.
    """
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return text
    named = found[2] or ("piece" if unit == "piece" else "")
    examples = {"g": "500 g, 25 kg", "ml": "500 ml, 6 l", "piece": "12"}[unit]
    try:
        amount, base = to_base(Decimal(decimal(found[1].strip())), named)
    except (ValueError, InvalidOperation):
        amount, base = Decimal(0), None
    if base != unit:
        fault = Fault(where, "write it as in {examples}", examples=examples)
        raise Invalid(
            "{place}: write it as in {examples}.", [fault], place=where, examples=examples
        )
    return amount


def _read(kind: Kind, name: str, given: Given, zone: str) -> Any:
    text = given.get(name, "")
    match kind:
        case "quantity":
            return typed_quantity(text, given.get("unit") or "piece", name) if text else ""
        case "moment":
            return _moment(text, zone)
        case "weekdays":
            return [day for day in WEEKDAYS if given.get(f"{name}.{day}")]
        case "per_weekday":
            days = [decimal(given.get(f"{name}.{day}", "")) for day in WEEKDAYS]
            return [day or "0" for day in days] if any(days) else None
        case _:
            return _OF_TEXT.get(kind, str)(text)


def as_share(text: str) -> Decimal | str:
    """Per cent as a share; what is no number stays as it is."""
    try:
        return Decimal(decimal(text)) / 100
    except InvalidOperation:
        return text


def _clocks(text: str) -> list[str]:
    return text.replace(",", " ").replace(";", " ").split()


def _moment(text: str, zone: str) -> datetime | str:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)) if text else ""
    except ValueError:
        return text


_OF_TEXT: Mapping[Kind, Callable[[str], Any]] = {
    "number": decimal,
    "money": decimal,
    "percent": as_share,
    "clocks": _clocks,
    "tick": bool,
}


def _inputs(field: Field, value: Any, unit: str, visit: Visit) -> dict[str, str]:
    if value is None:
        return {}
    if field.kind == "weekdays":
        return {f"{field.name}.{day}": "1" for day in value}
    if field.kind == "per_weekday":
        return {f"{field.name}.{day}": plain(visit.say, each) for day, each in enumerate(value)}
    if field.kind == "tick":
        return {field.name: "1"} if value else {}
    return {field.name: _shown_text(field.kind, value, unit, visit)}


def _shown_text(kind: Kind, value: Any, unit: str, visit: Visit) -> str:
    if isinstance(value, datetime):
        return visit.local(value).strftime(_AT_MINUTES)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, list):
        return ", ".join(f"{each:%H:%M}" for each in value)
    if kind in ("number", "percent", "money", "quantity"):
        return _number_text(kind, Decimal(str(value)), unit, visit.say)
    return str(value)


def _number_text(kind: Kind, value: Decimal, unit: str, say: Speech) -> str:
    match kind:
        case "quantity":
            return quantity_text(say, value, unit or "piece")
        case "money":
            return amount_text(say, value)
        case "percent":
            return plain(say, value * 100)
        case _:
            return plain(say, value)


def require(fields: Iterable[Field], given: Given) -> None:
    """See that what cannot be empty is not; for what would stay as it was otherwise.

    Raises:
        Invalid: something is empty; names all fields.
    """
    faults = [
        Fault(f.name, "is missing") for f in fields if f.is_required and not given.get(f.name)
    ]
    if faults:
        raise Invalid("Something that is needed is missing.", faults)
