"""What people send with the forms of pages. A page of another site cannot send them: see
`guarding`."""

from collections.abc import Awaitable, Mapping
from decimal import Decimal
from typing import Annotated, Any, TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Request, UploadFile
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as Uploaded

from obrador.authz.noted import kept_nothing
from obrador.kit.errors import Invalid, ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.validation import faults_of

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
Given = Mapping[str, str]
_MOST_FIELDS = 10_000
"""An order of the most lines there are has some thousands."""


async def read_form(request: Request) -> FormData:
    """All that was sent; read once for a request."""
    return await request.form(max_fields=_MOST_FIELDS)


async def _given(request: Request) -> Given:
    form = await read_form(request)
    return {
        name: value if name.endswith("password") else value.strip()
        for name, value in form.items()
        if isinstance(value, str)
    }


Form = Annotated[Given, Depends(_given)]
"""The fields of a form by name, without blanks around them but for passwords, to which they may
belong. Files are left out."""


async def _sent(request: Request) -> UploadFile | None:
    sent = (await read_form(request)).get("file")
    # FastAPI has a class of its own of the same shape, of which only its own parameters are.
    return cast("UploadFile", sent) if isinstance(sent, Uploaded) and sent.filename else None


Sent = Annotated[UploadFile | None, Depends(_sent)]
"""The file of a form's field `file`; None if nobody has chosen one."""


def filled(model: type[M], values: Mapping[str, Any]) -> M:
    """The values as the API takes them; those that are empty count as not given.

    Raises:
        Invalid: they are no such thing; names the fields.
    """
    given = {name: value for name, value in values.items() if value not in ("", None)}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = faults_of(error.errors())
        words = "; ".join(f"{fault.where}: {fault.message}" for fault in found)
        raise Invalid("{words}.", found, words=words) from error


def whole(given: Given, name: str) -> int:
    """A whole number of a form.

    Raises:
        Invalid: it is none.
    """
    return _typed(int, given, name)


def identity(given: Given, name: str) -> UUID:
    """An id of a form.

    Raises:
        Invalid: it is none.
    """
    return _typed(UUID, given, name)


def _typed(kind: type[T], given: Given, name: str) -> T:
    try:
        return TypeAdapter(kind).validate_python(given.get(name, ""))
    except ValidationError as error:
        found = faults_of([{**error.errors()[0], "loc": (name,)}])
        raise Invalid("{name}: {reason}.", found, name=name, reason=found[0].message) from error


def decimal(text: str) -> str:
    """A number as programs read it, of one that may have a decimal comma."""
    plain = text.replace(" ", "").replace("\u00a0", "")
    return plain if "." in plain else plain.replace(",", ".")


def entered_units(base: str) -> tuple[str, ...]:
    """The units that people enter quantities in, by the one that they are kept in."""
    return {"g": ("kg", "g"), "ml": ("l", "ml")}.get(base, (base,))


def entered(quantity: Decimal, base: str) -> str:
    """A quantity in the first of these units, as a field of a form shows it."""
    whole_unit = quantity if base == "piece" else quantity / 1000
    return f"{whole_unit.normalize():f}"


async def tried(session: AsyncSession, work: Awaitable[object]) -> ObradorError | None:
    """Do what a form asks for, all of it or nothing; what went wrong, to show it in place."""
    try:
        async with session.begin_nested():
            await work
    except ObradorError as error:
        kept_nothing(session)
        return error
    return None


def error_words(say: Speech, error: ObradorError) -> str:
    """What went wrong and what to do; `Speech.told` says it in detail."""
    known = {
        "version-changed": say.phrase(
            "Somebody has changed this since you opened the page. It is shown as it is now: look at"
            " it again, then decide."
        ),
        "over-limit": say.phrase("This costs more than your role may approve."),
        "not-enough-stock": say.phrase(
            "There is not so much in stock. Count it, or enter the delivery that is missing."
        ),
        "no-address": say.phrase(
            "The supplier has no mail address: add one, or order in another way and say so."
        ),
        "forbidden": say.phrase("Your role does not allow this."),
        "wrong-state": say.phrase("This is not possible any more."),
        "unreadable-file": say.phrase("This file cannot be read as a table."),
        "unknown-columns": say.phrase(
            "It is not clear yet which column is what: choose at least the date and the product."
        ),
        "not-found": say.phrase("There is nothing here."),
        "unauthenticated": say.phrase("Sign in first."),
        "stale-form": say.phrase("This form is too old. Open the page again and repeat."),
        "unavailable": say.phrase("Obrador does not answer just now. Try again in a moment."),
        "too-large": say.phrase("The file is too large."),
    }
    return known.get(error.type) or say.phrase("This cannot be done as it was entered.")


def see(where: str, part: str = "", **query: str) -> RedirectResponse:
    """Go on with another page, or a part of it, after a form was taken in, so that reloading sends
    nothing again."""
    asked = f"?{urlencode(query)}" if query else ""
    return RedirectResponse(f"{where}{asked}{part and f'#{part}'}", status_code=303)
