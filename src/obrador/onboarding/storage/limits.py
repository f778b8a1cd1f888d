"""Which values each field of a bakery's file may have."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from obrador.catalogue.domain import Issuing, StepKind
from obrador.kit.names import name_key
from obrador.kit.units import BASE_UNITS

LARGEST_AMOUNT = 2_147_483_647
"""Of money, in minor units."""

_SMALLINT, _MOST, _LEAST = 32_767, 1e10, 0.001
_RANGES: Mapping[str, tuple[float, float]] = {
    "price_minor": (0, LARGEST_AMOUNT),
    "salvage_minor": (0, LARGEST_AMOUNT),
    "disposal_minor": (0, LARGEST_AMOUNT),
    "goodwill_minor": (0, LARGEST_AMOUNT),
    "holding_minor": (0, LARGEST_AMOUNT),
    "variable_cost_minor": (0, LARGEST_AMOUNT),
    "min_order_minor": (0, LARGEST_AMOUNT),
    "delivery_fee_minor": (0, LARGEST_AMOUNT),
    "pack_price_minor": (0, LARGEST_AMOUNT),
    "shelf_life_days": (1, 3650),
    "yield_quantity": (_LEAST, _MOST),
    "quantity": (_LEAST, _MOST),
    "lots.quantity": (0, _MOST),
    "par_levels": (0, _MOST),
    "daily_max": (0, _MOST),
    "min_display": (0, _MOST),
    "waste_share": (0, 0.99999),
    "service_level": (0.0001, 0.9999),
    "batch_min": (0, _MOST),
    "batch_max": (_LEAST, _MOST),
    "batch_multiple": (_LEAST, _MOST),
    "lead_days": (0, 14),
    "fixed_minutes": (0, 7 * 1440),
    "minutes_per_unit": (0, 1440),
    "capacity_per_unit": (0, 1_000),
    "people": (0, 1000),
    "shifts.people": (1, 1000),
    "max_wait_minutes": (0, 7 * 1440),
    "temperature": (-60, 600),
    "count": (1, 1000),
    "capacity": (_LEAST, _MOST),
    "changeover_minutes": (0, 1440),
    "lead_time_days": (0, 365),
    "lead_time_sd_days": (0, 365),
    "weekdays": (0, 6),
    "delivery_weekdays": (0, 6),
    "pack_size": (_LEAST, _MOST),
    "min_packs": (1, _SMALLINT),
    "packs": (1, _SMALLINT),
}
_SHARES = {"waste_share", "service_level"}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "recipes.kind": ("product", "semi_finished"),
    "steps.kind": get_args(StepKind),
    "products.unit": BASE_UNITS,
    "products.issuing": get_args(Issuing),
    "recipes.unit": BASE_UNITS,
    "ingredients.unit": BASE_UNITS,
}
_LENGTHS: Mapping[str, int] = {
    "category": 60, "kind": 40, "equipment_kind": 40, "code": 60, "email": 254,
}  # fmt: skip
_MAY_BE_EMPTY = {"category", "code", "reason"}


def value_fault(part: str, name: str, value: Any) -> str | None:
    """What is wrong with the value of a field, and what would be right; None if nothing is."""
    choices = _CHOICES.get(f"{part}.{name}")
    if choices and value not in choices:
        return f"{value!r} is none of {', '.join(choices)}"
    if isinstance(value, str):
        return _text_fault(name, value)
    if isinstance(value, date):
        return None if 1990 <= value.year < 2100 else f"{value} cannot be meant; correct the year"
    bounds = _RANGES.get(f"{part}.{name}", _RANGES.get(name))
    if bounds is None or value is None:
        return None
    values = value if isinstance(value, tuple) else (value,)
    return _count_fault(name, len(values)) or _range_fault(values, *bounds, name in _SHARES)


def _text_fault(name: str, value: str) -> str | None:
    longest = _LENGTHS.get(name, 200)
    if max(len(value), len(name_key(value))) > longest:
        return f"'{value[:30]}…' is longer than {longest} characters; shorten it"
    if not value.isprintable():
        return f"{value!r} has a line break or another control character; remove it"
    if not name_key(value) and name not in _MAY_BE_EMPTY:
        return "has no letter or number; write a name"
    return None


def _count_fault(name: str, count: int) -> str | None:
    if name == "par_levels" and count != 7:
        return f"has {count} numbers; write one for each day from Monday to Sunday"
    return "names no weekday; write at least one" if count == 0 else None


def _range_fault(values: tuple[float, ...], low: float, high: float, share: bool) -> str | None:
    """Says what is allowed rather than what was given, which may have been in another unit."""
    if not all(map(math.isfinite, values)):
        return "is no number"
    if all(low <= value <= high for value in values):
        return None
    if share:
        return f"must be between {low * 100:g} % and {high * 100:g} %"
    if any(value < low for value in values):
        words = {0: "must not be negative", _LEAST: "must be more than 0"}
        return words.get(low, f"must be {low:g} or more")
    return "is too large to be meant" if high > 1e9 else f"must be {high:g} or less"
