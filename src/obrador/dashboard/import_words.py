"""What a file of sales holds and what came of it, in words."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO

from babel.dates import format_date

from obrador.kit.i18n import Speech
from obrador.sales.service import (
    ImportOptions,
    ImportReport,
    Outcome,
    RowFault,
    advice,
    is_doubtful,
    problem_words,
)

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class ToldFault:
    """A rejected row, as people read it."""

    line: int
    column: str
    value: str
    problem: str
    advice: str


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name of the file that no product has yet."""

    original: str
    meant: str
    is_ignored: bool
    is_doubtful: bool


def field_words(say: Speech) -> dict[str, tuple[str, str]]:
    """What each column can be: its name, and what it is good for."""
    return {
        "date": (say.phrase("Date"), say.phrase("needed; may hold the time as well")),
        "time": (say.phrase("Time"), say.phrase("if it has a column of its own")),
        "product": (say.phrase("Product"), say.phrase("needed; a name rather than a number")),
        "quantity": (say.phrase("Quantity"), say.phrase("without it, each row counts as one")),
        "price": (say.phrase("Price of one"), ""),
        "revenue": (say.phrase("Amount of the row"), say.phrase("instead of a price")),
        "receipt": (say.phrase("Receipt"), say.phrase("its number, where rows are lines of one")),
        "location": (say.phrase("Shop"), say.phrase("if you have several")),
        "sold_out": (say.phrase("Sold out"), say.phrase("since when, or yes and no")),
    }


def delimiter_words(say: Speech) -> dict[str, tuple[str, str]]:
    """What may stand between cells, by the name that forms know it by: the sign and its name."""
    return {
        "comma": (",", say.phrase("Comma ,")),
        "semicolon": (";", say.phrase("Semicolon ;")),
        "tab": ("\t", say.phrase("Tab")),
        "bar": ("|", say.phrase("Bar |")),
    }


def encoding_words(say: Speech) -> dict[str, str]:
    """What a file may be written in."""
    return {
        "utf-8": "UTF-8",
        "cp1252": say.phrase("Windows (Western Europe)"),
        "iso8859_15": "ISO 8859-15 (Latin 9)",
        "cp850": say.phrase("DOS (old tills)"),
        "mac_roman": say.phrase("Mac (old)"),
        "utf-16": "UTF-16",
    }


def long_date(say: Speech, day: date | str) -> str:
    """12 March 2023."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return format_date(day, say.phrase("d MMMM y"), locale=say.language)


def days_words(say: Speech, first: date | str, last: date | str) -> str:
    """From which day to which."""
    return say.phrase("{first} to {last}", first=long_date(say, first), last=long_date(say, last))


def outcome_words(say: Speech, outcome: Outcome) -> str:
    """What an import did, in a sentence or two."""
    words = [say.counted("{n} row read.", "{n} rows read.", outcome.rows)]
    if outcome.first_day and outcome.last_day:
        first, last = long_date(say, outcome.first_day), long_date(say, outcome.last_day)
        words.append(say.phrase("They are from {first} to {last}.", first=first, last=last))
    if not outcome.new and not outcome.changed:
        words.append(say.phrase("All of it was known already: nothing has changed."))
    elif outcome.changed or outcome.unchanged:
        words.append(
            say.phrase(
                "{new} are new, {changed} changed, {known} were known already.",
                new=say.number(outcome.new),
                changed=say.number(outcome.changed),
                known=say.number(outcome.unchanged),
            )
        )
    if outcome.products_created:
        words.append(say.counted("{n} new product.", "{n} new products.", outcome.products_created))
    left_out = outcome.ignored + outcome.rejected
    if left_out:
        words.append(say.counted("{n} row left out.", "{n} rows left out.", left_out))
    return " ".join(words)


def told_faults(
    say: Speech, faults: Iterable[RowFault], columns: Mapping[str, str]
) -> Iterator[ToldFault]:
    """Rejected rows with the column, the cell, what is wrong and what to do."""
    for each in faults:
        yield ToldFault(
            each.line,
            columns.get(each.field, "") if each.field else "",
            each.value,
            problem_words(say, each),
            advice(say, each.problem),
        )


def faults_csv(say: Speech, faults: Iterable[ToldFault]) -> str:
    """The same as CSV, with no cell that a spreadsheet takes for a formula."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(
        (
            say.phrase("Row"),
            say.phrase("Column"),
            say.phrase("Value"),
            say.phrase("What is wrong"),
            say.phrase("What to do"),
        )
    )
    for each in faults:
        cells = (each.column, each.value, each.problem, each.advice)
        writer.writerow((each.line, *map(_harmless, cells)))
    return out.getvalue()


def found_names(options: ImportOptions, report: ImportReport | None) -> list[FoundName]:
    """The names that are new, or that something has been said of; doubtful ones first. Until
    somebody has said something, doubtful ones are to be left out."""
    meant = dict(options.product_names)
    named = set(meant.values())
    fresh = [each for each in (report.products_created if report else ()) if each not in named]
    is_asked = not (options.ignored or meant or options.columns)
    found = [
        FoundName(
            name,
            meant.get(name, name),
            name in options.ignored or (is_asked and is_doubtful(name)),
            is_doubtful(name),
        )
        for name in dict.fromkeys((*options.ignored, *meant, *fresh))
    ]
    return sorted(found, key=lambda each: (not each.is_doubtful, each.original.casefold()))


def _harmless(words: str) -> str:
    return f"'{words}" if words.startswith(_BEGINS_FORMULA) else words
