"""What options of several commands are read with, and the files that they name written."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from obrador.kit.errors import Invalid

BakeryOption = Annotated[
    str | None,
    typer.Option("--bakery", envvar="OBRADOR_BAKERY", help="Which bakery, when there are several."),
]

LanguageOption = Annotated[
    str | None,
    typer.Option("--lang", help="en or es; without it, the terminal's, or the bakery's."),
]


def calendar_day(words: str) -> date:
    """A day as in 2026-03-31."""
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter(f"{words} is no day: write it as in 2026-03-31.") from None


def write_file(file: Path, content: str | bytes) -> None:
    """Write what a command was asked to write.

    Raises:
        Invalid: the file cannot be written there.
    """
    try:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise Invalid(f"{file} cannot be written: {error.strerror}.") from error


def terminal_language() -> str | None:
    """The language of this terminal, if it is one of ours."""
    from obrador.kit.i18n import LANGUAGES

    spoken = (os.environ.get("LC_ALL") or os.environ.get("LANG") or "").partition("_")[0]
    return spoken if spoken in LANGUAGES else None
