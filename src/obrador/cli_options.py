"""What options of several commands are read with."""

from datetime import date
from typing import Annotated

import typer

BakeryOption = Annotated[
    str | None,
    typer.Option("--bakery", envvar="OBRADOR_BAKERY", help="Which bakery, when there are several."),
]


def calendar_day(words: str) -> date:
    """A day as in 2026-03-31."""
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter(f"{words} is no day: write it as in 2026-03-31.") from None
