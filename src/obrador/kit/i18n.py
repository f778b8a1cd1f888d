"""Words, numbers, money and dates as a person writes them. Texts are gettext catalogues (`.po`,
compiled in memory, so that nothing generated is kept)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import NumberPattern, format_percent, parse_pattern
from babel.support import NullTranslations, Translations

from obrador.kit import money
from obrador.kit.errors import Fault, ObradorError, filled

CATALOGUES = Path(__file__).parents[1] / "locale"
LANGUAGES = ("en", "es")


def is_locale(code: str) -> bool:
    """Whether numbers and dates can be written for this locale, such as es or de_AT."""
    try:
        Locale.parse(code, sep="_")
    except (UnknownLocaleError, ValueError, TypeError):
        return False
    return True


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language; English, which the code is written in, needs none."""
    source = CATALOGUES / f"{language}.po"
    if not source.exists():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)


@dataclass(frozen=True)
class Speech:
    """How to speak to someone: texts in `language`, numbers and dates in `locale`."""

    language: str
    locale: str
    currency: str = "EUR"

    def phrase(self, message: str, **values: Any) -> str:
        """The message in the language, its `{names}` filled in."""
        return translations(self.language).ugettext(message).format(**values)

    def told(self, said: ObradorError | Fault) -> str:
        """What an error or a fault says, in the language."""
        template = translations(self.language).ugettext(said.template)
        return filled(template, said.values)

    def counted(self, one: str, many: str, number: int, **values: Any) -> str:
        """One or the other by number, which is also filled in as `{n}`."""
        message = translations(self.language).ungettext(one, many, number)
        return message.format(n=self.number(number), **values)

    def number(self, value: float | Decimal, digits: int = 0) -> str:
        """12,5 in es, 12.5 in en; never more than `digits` decimals."""
        written: str = _number_pattern(digits).apply(value, _locale(self.locale))
        return written

    def percent(self, share: float) -> str:
        """0.8 as 80 %."""
        return format_percent(share, locale=self.locale)

    def money(self, minor: int) -> str:
        """1,20 € in es, €1.20 in en."""
        return money.display(minor, self.currency, self.locale)

    def quantity(self, value: float, unit: str) -> str:
        """Base units as people say them: 1500 g as 1.5 kg, 12 pieces as 12."""
        if unit == "piece":
            return self.number(value)
        big = {"g": "kg", "ml": "l"}[unit]
        if abs(value) >= 1000:
            return f"{self.number(value / 1000, 1)} {big}"
        return f"{self.number(value)} {unit}"

    def estimate(self, value: float, unit: str) -> str:
        """A quantity that is only expected: with a decimal where it is small."""
        if unit == "piece" and value < 10:
            return self.number(value, 1)
        return self.quantity(value, unit)

    def day(self, day: date) -> str:
        """Tuesday, 3 March, in the texts' language."""
        return format_date(day, self.phrase("EEEE, d MMMM"), locale=self.language)

    def short_day(self, day: date) -> str:
        """Tue 3 Mar."""
        return format_date(day, self.phrase("EEE d MMM"), locale=self.language)

    def weekday(self, day: date) -> str:
        """Tuesday."""
        return format_date(day, "EEEE", locale=self.language)

    def short_weekday(self, day: date) -> str:
        """Tue."""
        return format_date(day, "EEE", locale=self.language)

    def change(self, share: float) -> str:
        """0.05 as +5 %."""
        return format_percent(share, format="+#,##0 %;-#,##0 %", locale=self.locale)

    def clock(self, moment: time | datetime) -> str:
        """07:30, of a local time."""
        return f"{moment.hour:02}:{moment.minute:02}"


@cache
def _number_pattern(digits: int) -> NumberPattern:
    return parse_pattern("#,##0" + ("." + "#" * digits if digits else ""))


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code)


def speech(language: str | None, locale: str, currency: str) -> Speech:
    """Speech in the language asked for, or else that of the locale, or else English."""
    wanted = (language or locale).split("_")[0].split("-")[0].lower()
    return Speech(wanted if wanted in LANGUAGES else "en", locale, currency)
