"""What pydantic finds wrong with an input, as faults in our words."""

from collections.abc import Iterable, Mapping
from typing import Any

from obrador.kit.errors import Fault, marked

_OURS = "Value error, "
"""What pydantic writes before the messages of validators of ours."""
_WORDS = {
    "missing": marked("is missing"),
    "extra_forbidden": marked("is not known here"),
    "string_too_short": marked("needs {min_length} characters at least"),
    "string_too_long": marked("takes {max_length} characters at most"),
    "too_short": marked("needs {min_length} entries at least"),
    "too_long": marked("takes {max_length} entries at most"),
    "greater_than": marked("must be more than {gt}"),
    "greater_than_equal": marked("must be {ge} or more"),
    "less_than": marked("must be less than {lt}"),
    "less_than_equal": marked("must be {le} or less"),
    "int_parsing": marked("is no whole number"),
    "int_from_float": marked("is no whole number"),
    "float_parsing": marked("is no number"),
    "decimal_parsing": marked("is no number"),
    "decimal_max_places": marked("takes {decimal_places} decimals at most"),
    "decimal_max_digits": marked("is too large"),
    "decimal_whole_digits": marked("is too large"),
    "finite_number": marked("is no number"),
    "date_parsing": marked("is no date such as 2026-12-31"),
    "date_from_datetime_parsing": marked("is no date such as 2026-12-31"),
    "datetime_parsing": marked("is no moment such as 2026-12-31T05:30:00Z"),
    "datetime_from_date_parsing": marked("is no moment such as 2026-12-31T05:30:00Z"),
    "time_parsing": marked("is no time such as 05:30"),
    "uuid_parsing": marked("is no id"),
    "bool_parsing": marked("is neither true nor false"),
    "enum": marked("is none of {expected}"),
    "literal_error": marked("is none of {expected}"),
}
_EMPTY = marked("must not be empty")


def faults_of(errors: Iterable[Mapping[str, Any]]) -> list[Fault]:
    """Where an input is wrong, and how: by its path in it, such as `components.0.quantity`."""
    return [_fault(each) for each in errors]


def _fault(error: Mapping[str, Any]) -> Fault:
    place = ".".join(map(str, error["loc"]))
    facts = error.get("ctx", {})
    if facts.get("min_length") == 1:
        return Fault(place, _EMPTY)
    template = _WORDS.get(error["type"])
    if template is None:
        return Fault(place, error["msg"].removeprefix(_OURS))
    return Fault(place, template, **facts)
