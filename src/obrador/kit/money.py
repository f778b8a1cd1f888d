"""Money is kept as an integer of the currency's smallest unit: 1.20 EUR is 120."""

from decimal import ROUND_HALF_EVEN, Decimal

from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 currency."""
    return code in get_global("all_currencies")


def to_minor(amount: Decimal, currency: str) -> int:
    """Decimal amount to minor units, half to even: `to_minor(Decimal("1.2"), "EUR")` is 120."""
    scaled = amount.scaleb(get_currency_precision(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def from_minor(minor: int, currency: str) -> Decimal:
    """Minor units to a decimal amount: `from_minor(120, "EUR")` is 1.20."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))


def display(minor: int, currency: str, locale: str) -> str:
    """The amount as people of `locale` write it: 1,20 € in es."""
    return format_currency(from_minor(minor, currency), currency, locale=locale)


def display_finely(minor: float, currency: str, locale: str) -> str:
    """A small amount, with a decimal more than the currency has: 0,003 € in es."""
    digits = get_currency_precision(currency) + 1
    amount = Decimal(str(minor)).scaleb(1 - digits).quantize(Decimal(1).scaleb(-digits))
    return format_currency(amount, currency, locale=locale, decimal_quantization=False)
