"""What sheets, columns and choices are called, in each language. The words lie in `words/`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from obrador.kit.i18n import LANGUAGES
from obrador.kit.names import name_key


@dataclass(frozen=True)
class Heading:
    """What a column is called, and what it means."""

    label: str
    comment: str


@dataclass(frozen=True)
class Vocabulary:
    """The words of one language."""

    language: str
    read_me: str
    guide: tuple[str, ...]
    """Lines of the first sheet; headings start with `#`."""
    sheets: Mapping[str, str]
    headings: Mapping[str, Mapping[str, Heading]]
    """By sheet and field."""
    choices: Mapping[str, Mapping[str, str]]
    """Words for the values of each group of choices."""
    weekdays: tuple[str, ...]
    yes: str
    no: str


@cache
def vocabulary(locale: str) -> Vocabulary:
    """Of the locale's language, or else English."""
    language = locale.split("_", maxsplit=1)[0].split("-", maxsplit=1)[0].lower()
    source = files("obrador.onboarding.workbook") / "words" / f"{language}.toml"
    if language not in LANGUAGES:
        return vocabulary("en")
    words = tomllib.loads(source.read_text(encoding="utf-8"))
    return Vocabulary(
        language,
        read_me=words["read_me"],
        guide=tuple(words["guide"]),
        sheets=words["sheets"],
        headings={
            sheet: {name: Heading(*texts) for name, texts in words[sheet].items()}
            for sheet in words["sheets"]
        },
        choices=words["choices"],
        weekdays=tuple(words["weekdays"]),
        yes=words["yes"],
        no=words["no"],
    )


def all_vocabularies() -> tuple[Vocabulary, ...]:
    """Of every language: any of them may be read."""
    return tuple(vocabulary(language) for language in LANGUAGES)


@cache
def titles() -> Mapping[str, str]:
    """Titles of all sheets in all languages, by their key."""
    return {
        name_key(title): title for words in all_vocabularies() for title in words.sheets.values()
    }


@cache
def sheet_keys() -> Mapping[str, str]:
    """Sheets by the key of their title in any language."""
    return {
        name_key(title): sheet
        for words in all_vocabularies()
        for sheet, title in words.sheets.items()
    }


@cache
def labels(sheet: str) -> Mapping[str, str]:
    """Headings of a sheet's columns in all languages, by their key."""
    return {
        name_key(heading.label): heading.label
        for words in all_vocabularies()
        for heading in words.headings[sheet].values()
    }


@cache
def field_keys(sheet: str) -> Mapping[str, str]:
    """Fields of a sheet by the key of their heading in any language."""
    return {
        name_key(heading.label): name
        for words in all_vocabularies()
        for name, heading in words.headings[sheet].items()
    }


@cache
def choice_keys(group: str) -> Mapping[str, str]:
    """Values of a group of choices by the key of their word in any language, or of their own."""
    found: dict[str, str] = {}
    for words in all_vocabularies():
        for value, word in words.choices[group].items():
            found |= {name_key(value): value, name_key(word): value}
    return found
