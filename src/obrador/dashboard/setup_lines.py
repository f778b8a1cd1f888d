"""Lines of set-up forms that have as many as people need: components, steps, prices.

Line 2's quantity is the input `component.2.quantity`. A line whose first input is empty is none;
those that are left keep their order, and their place is what faults name.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from fractions import Fraction

from obrador.dashboard.forms import Given, decimal
from obrador.dashboard.setup_fields import typed_quantity
from obrador.kit.errors import Fault, Invalid

EMPTY = 4
"""Lines that a form has to spare, unless it says otherwise."""
_MOST_PARTS = 500
_NEAR = 0.001
_EXACT = Decimal("1e-8")

Line = Mapping[str, str]


def lines_of(given: Given, kind: str, first: str) -> list[Line]:
    """The lines of a form that are filled in, by the names of their inputs."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for name, value in given.items():
        own, _, rest = name.partition(".")
        place, _, part = rest.partition(".")
        if own == kind and place.isdigit():
            found[int(place)][part] = value
    return [found[place] for place in sorted(found) if found[place].get(first)]


def to_inputs(kind: str, lines: Iterable[Line]) -> dict[str, str]:
    """The inputs of lines, as `lines_of` reads them."""
    return {
        f"{kind}.{place}.{part}": value
        for place, line in enumerate(lines)
        for part, value in line.items()
    }


def spare(lines: Iterable[Line], empty: int = EMPTY) -> list[Line]:
    """The lines, and empty ones to add more."""
    return [*lines, *({} for _ in range(empty))]


def exact_quantity(text: str, unit: str, where: str) -> Decimal:
    """A quantity that people typed, in the base unit.

    Raises:
        Invalid: it is none; names the field.
    """
    amount = typed_quantity(text, unit, where)
    if isinstance(amount, str):
        fault = Fault(where, "is no number") if text else Fault(where, "is missing")
        raise Invalid("{place}: {text!r} is no number.", [fault], place=where, text=text)
    return amount


def portion_text(share: Decimal) -> str:
    """How much one unit takes, as people say it: 0.04166 trays are 1/24."""
    if share and share < 1:
        parts = round(1 / share)
        if 1 < parts <= _MOST_PARTS and abs(1 / share - parts) < _NEAR * parts:
            return f"1/{parts}"
    return f"{share.normalize():f}"


def typed_portion(text: str, per: Decimal) -> Decimal | str:
    """1/24 for `per` units as a decimal for one, never more than it is, so that 24 of them fit;
    what is no number stays as it is, for the API to refuse."""
    try:
        exact = Fraction(decimal(text)) / Fraction(per)
        return (Decimal(exact.numerator) / exact.denominator).quantize(_EXACT, ROUND_DOWN)
    except (ValueError, ZeroDivisionError, InvalidOperation):
        return text
