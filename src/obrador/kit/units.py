"""Units of quantity. Everything is kept in the base unit of its kind: g, ml or piece."""

from decimal import Decimal
from typing import Literal

BaseUnit = Literal["g", "ml", "piece"]
BASE_UNITS: tuple[BaseUnit, ...] = ("g", "ml", "piece")

_FACTORS: dict[str, tuple[BaseUnit, Decimal]] = {
    "mg": ("g", Decimal("0.001")),
    "g": ("g", Decimal(1)),
    "kg": ("g", Decimal(1000)),
    "t": ("g", Decimal(1_000_000)),
    "oz": ("g", Decimal("28.349523125")),
    "lb": ("g", Decimal("453.59237")),
    "ml": ("ml", Decimal(1)),
    "cl": ("ml", Decimal(10)),
    "dl": ("ml", Decimal(100)),
    "l": ("ml", Decimal(1000)),
    "hl": ("ml", Decimal(100_000)),
    "piece": ("piece", Decimal(1)),
    "dozen": ("piece", Decimal(12)),
}
_ALIASES = {
    "gr": "g", "gram": "g", "grams": "g", "gramo": "g", "gramos": "g", "gramm": "g",
    "kilo": "kg", "kilos": "kg", "kgs": "kg", "litre": "l", "liter": "l", "litro": "l",
    "litros": "l", "lt": "l", "pcs": "piece", "pc": "piece", "pieces": "piece",
    "unit": "piece", "units": "piece", "ud": "piece", "uds": "piece", "unidad": "piece",
    "unidades": "piece", "stück": "piece", "stk": "piece", "pièce": "piece", "pza": "piece",
    "docena": "dozen", "dutzend": "dozen", "douzaine": "dozen", "lbs": "lb",
}  # fmt: skip


def to_base(quantity: Decimal, unit: str) -> tuple[Decimal, BaseUnit]:
    """The quantity in its base unit: `to_base(Decimal("1.5"), "kg")` is 1500 g.

    Raises:
        ValueError: the unit is unknown; the message lists those that are known.
    """
    name = unit.strip().rstrip(".").lower()
    try:
        base, factor = _base_of(name)
    except KeyError:
        known = ", ".join(_FACTORS)
        raise ValueError(f"unknown unit {unit!r}; use one of {known}") from None
    return quantity * factor, base


def _base_of(name: str) -> tuple[BaseUnit, Decimal]:
    return _FACTORS[_ALIASES.get(name, name)]
