"""What may be wrong with a row of a file, and what one says of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from obrador.kit.errors import Fault
from obrador.kit.i18n import Speech, speech

Problem = Literal[
    "extra", "no_product", "long_product", "unknown", "unlike_any", "no_date", "bad_date",
    "bad_time", "old", "future", "no_quantity", "bad_quantity", "negative_quantity",
    "large_quantity", "bad_amount", "negative_amount", "large_amount", "long_receipt",
    "long_location", "bad_sold_out", "repeated",
]  # fmt: skip
FIELD_OF: Mapping[Problem, str] = {
    "no_product": "product", "long_product": "product", "unknown": "product",
    "unlike_any": "product", "no_date": "date", "bad_date": "date", "bad_time": "time",
    "old": "date", "future": "date", "no_quantity": "quantity", "bad_quantity": "quantity",
    "negative_quantity": "quantity", "large_quantity": "quantity", "bad_amount": "money",
    "negative_amount": "money", "large_amount": "money", "long_receipt": "receipt",
    "long_location": "location", "bad_sold_out": "sold_out",
}  # fmt: skip
"""The field that each is about; `money` is price or revenue, whichever the file has. Without those
that are about a row as a whole."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row was rejected."""

    line: int
    problem: Problem
    value: str
    """The cell that is wrong; empty if all of the row is."""
    other: str = ""
    """The line that it repeats, or the name that is most like it."""

    @property
    def field(self) -> str:
        """Which of `FIELD_OF` it is about; empty: the whole row."""
        return FIELD_OF.get(self.problem, "")

    def fault(self) -> Fault:
        """As the API and the command line tell it."""
        return Fault(f"line {self.line}", problem_words(speech("en", "en", "EUR"), self))


def problem_words(say: Speech, wrong: RowFault) -> str:
    """What is wrong."""
    value, other = repr(wrong.value), wrong.other
    words: Mapping[Problem, str] = {
        "extra": say.phrase("more cells than the header has: {value}", value=value),
        "no_product": say.phrase("no product"),
        "long_product": say.phrase("the product's name is over 200 characters"),
        "unknown": say.phrase(
            "there is no product {value}; is it {near}?", value=value, near=repr(other)
        ),
        "unlike_any": say.phrase("there is no product {value}", value=value),
        "no_date": say.phrase("no date"),
        "bad_date": say.phrase("{value} is no date like those of the other rows", value=value),
        "bad_time": say.phrase("{value} is no time of day", value=value),
        "old": say.phrase("{value} is before 1990", value=value),
        "future": say.phrase("{value} is in the future", value=value),
        "no_quantity": say.phrase("no quantity"),
        "bad_quantity": say.phrase("the quantity {value} is no number", value=value),
        "negative_quantity": say.phrase(
            "the quantity {value} is negative: returns are not taken off sales", value=value
        ),
        "large_quantity": say.phrase("the quantity {value} is too large", value=value),
        "bad_amount": say.phrase("the amount {value} is no number", value=value),
        "negative_amount": say.phrase("the amount {value} is negative", value=value),
        "large_amount": say.phrase("the amount {value} is too large", value=value),
        "long_receipt": say.phrase("the receipt is over 60 characters"),
        "long_location": say.phrase("the location is over 60 characters"),
        "bad_sold_out": say.phrase(
            "{value} says neither when it sold out nor yes or no", value=value
        ),
        "repeated": say.phrase("repeats the total of line {other}", other=other),
    }
    return words[wrong.problem]


def advice(say: Speech, problem: Problem) -> str:
    """What to do about it."""
    empty = say.phrase("Leave it out if it is a total or a heading; otherwise fill in the cell.")
    unread = say.phrase("Correct the cell, or choose another column or way of writing above.")
    undated = say.phrase("Correct the date; or choose above whether day or month comes first.")
    unknown = say.phrase("Correct the name, or let new products be added.")
    returned = say.phrase("Nothing: returns stay out.")
    words: Mapping[Problem, str] = {
        "no_product": empty,
        "no_date": empty,
        "no_quantity": empty,
        "bad_date": unread,
        "bad_time": unread,
        "bad_quantity": unread,
        "bad_amount": unread,
        "bad_sold_out": unread,
        "old": undated,
        "future": undated,
        "unknown": unknown,
        "unlike_any": unknown,
        "negative_quantity": returned,
        "negative_amount": returned,
        "repeated": say.phrase("Keep one of the two lines, or add them up."),
        "extra": say.phrase("Put the cell with the delimiter in it into quotation marks."),
    }
    return words.get(problem) or say.phrase("Shorten the cell, or correct it.")
