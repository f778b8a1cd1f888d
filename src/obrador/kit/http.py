"""What every endpoint shares: one transaction per request, the time, and errors as problem+json."""

import asyncio
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

import structlog
from fastapi import Depends, FastAPI, Header, Query, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from obrador.kit.cache import Cache
from obrador.kit.db import Database
from obrador.kit.errors import (
    Fault,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    ObradorError,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthenticated,
    Unavailable,
)
from obrador.kit.ids import derived_id, new_id
from obrador.kit.validation import faults_of

log = structlog.get_logger()

_BY_STATUS: dict[int, type[ObradorError]] = {
    400: Invalid,  # a body that is no JSON at all
    404: NotFound,
    405: MethodNotAllowed,
    408: TooSlow,
    413: TooLarge,
}


class Recorder(Protocol):
    """Writes down who did what."""

    async def done(self, request: Request, session: AsyncSession) -> None:
        """At the end of what went well, in its transaction."""

    async def refused(
        self, request: Request, ended: AsyncSession, session: AsyncSession, error: ObradorError
    ) -> None:
        """After what was refused; in another session, since the request's own is undone."""


async def transaction(request: Request) -> AsyncIterator[AsyncSession]:
    """The request's transaction: committed before the answer is sent, rolled back on errors."""
    database: Database = request.app.state.database
    recorder: Recorder = request.app.state.recorder
    try:
        async with database.transaction() as session:
            yield session
            if session.in_transaction():  # or else it was ended early, with what it was for
                await recorder.done(request, session)
    except (Forbidden, Unauthenticated) as error:
        async with database.transaction() as afterwards:
            await recorder.refused(request, session, afterwards, error)
        raise


# Dependencies are coroutines even where nothing is awaited: others would each go to a thread and
# back, which takes longer than all that they do.
async def current_time(request: Request) -> datetime:
    """Now, by the clock that the application was made with."""
    now: datetime = request.app.state.clock()
    return now


async def cache_in_use(request: Request) -> Cache:
    """The cache that the application was made with."""
    cache: Cache = request.app.state.cache
    return cache


async def identifier(
    request: Request,
    idempotency_key: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=200)] | None,
        Header(description="The same key on the same path gives the first result again."),
    ] = None,
) -> UUID:
    """The id of what a request creates: derived from its path, which names the tenant, and key."""
    if idempotency_key is None:
        return new_id()
    return derived_id(request.url.path, idempotency_key)


def version_read(
    if_match: Annotated[
        Annotated[str, StringConstraints(max_length=40)] | None,
        Header(description='The `ETag` of what was read, such as `"3"`.'),
    ] = None,
) -> int | None:
    """The version that a change is about.

    Raises:
        Invalid: the header is no ETag of ours.
    """
    if if_match is None:
        return None
    given = if_match.strip().removeprefix("W/").strip('"')
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise Invalid(
            'If-Match: send the ETag that you have read, such as "3".',
            [Fault("header.if-match", 'is no ETag such as "3"')],
        )
    return int(given)


def etag(version: int) -> dict[str, str]:
    """The header that `version_read` reads back."""
    return {"ETag": f'"{version}"'}


@asynccontextmanager
async def uploaded(file: UploadFile) -> AsyncIterator[Path]:
    """The upload as a file on disk, for as long as the block lasts."""
    with TemporaryDirectory(prefix="obrador-") as folder:
        path = Path(folder) / "file"
        await asyncio.to_thread(_save, file, path)
        yield path


def _save(file: UploadFile, path: Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(file.file, target)


Session = Annotated[AsyncSession, Depends(transaction, scope="function")]
Now = Annotated[datetime, Depends(current_time)]
Caching = Annotated[Cache, Depends(cache_in_use)]
NewId = Annotated[UUID, Depends(identifier)]
VersionRead = Annotated[int | None, Depends(version_read)]
Language = Annotated[
    Literal["en", "es"] | None,
    Query(alias="lang", description="Of the texts; without it, the bakery's own."),
]


class ProblemFault(BaseModel):
    """One thing wrong with the input."""

    where: str = Field(description="The field, such as `components.0.quantity`.")
    message: str


class Problem(BaseModel):
    """An error, as in RFC 9457."""

    type: str = Field(description="Stable name, such as `urn:obrador:problem:not-found`.")
    title: str
    status: int
    detail: str = Field(description="What is wrong here, and what to do.")
    errors: list[ProblemFault] = []


def problems(*errors: type[ObradorError]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may end with these errors, for its documentation."""
    titles: dict[int | str, list[str]] = defaultdict(list)
    for error in errors:
        titles[error.status].append(error.title)
    return {
        status: {
            "description": "; ".join(sorted(set(words))),
            "content": {"application/problem+json": {"schema": {"$ref": _PROBLEM}}},
        }
        for status, words in titles.items()
    }


_PROBLEM = "#/components/schemas/Problem"
ANYWHERE = problems(Invalid, TooLarge, TooMany, TooSlow, Unavailable)
"""What every route may answer."""
IN_A_TENANT = ANYWHERE | problems(Unauthenticated, Forbidden, NotFound)
"""What every route below `/tenants/{tenant_id}` may answer."""


def problem_response(error: ObradorError) -> JSONResponse:
    """The error as `application/problem+json`."""
    headers = {"Retry-After": "5"} if isinstance(error, Unavailable) else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        error.problem(), error.status, headers, media_type="application/problem+json"
    )


Answering = Callable[[Request, ObradorError], Response]


async def refuse(scope: Scope, receive: Receive, send: Send, error: ObradorError) -> None:
    """Answer from a middleware as the application does: pages to people, problems to programs."""
    render = scope["app"].exception_handlers[ObradorError]
    answer: Response = await render(Request(scope), error)
    await answer(scope, receive, send)


def render_problems(app: FastAPI, answering: Answering | None = None) -> None:
    """Answer errors with problems, or as `answering` does. What nobody expects,
    `observability.logs` answers."""
    answer = answering or (lambda _, error: problem_response(error))

    @app.exception_handler(ObradorError)
    async def told(request: Request, error: ObradorError) -> Response:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return answer(request, Invalid("See `errors` for the fields to mend.", faults(error)))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        kind = _BY_STATUS.get(error.status_code, ObradorError)
        answered = answer(request, kind(f"{request.method} {request.url.path}: {error.detail}."))
        if error.status_code == 405:
            answered.headers["Allow"] = ", ".join(_methods(app, request.url.path))
        return answered

    @app.exception_handler(DataError)
    async def unstorable(request: Request, error: DataError) -> Response:
        log.warning("not_storable", error=str(error))
        return answer(request, Invalid("A value is too large, or of a kind that is not kept."))

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    async def unavailable(request: Request, error: OperationalError | InterfaceError) -> Response:
        log.error("database_unavailable", error=str(error))
        return answer(request, Unavailable("The database does not answer just now."))

    _document_problems(app)


def _methods(app: FastAPI, path: str) -> list[str]:
    """Every method that the document has for the path; the router names those of one route. A path
    that is documented word by word is that one, though a parameter might have the same name."""
    paths: Mapping[str, Any] = app.openapi()["paths"]
    found = [template for template in paths if compile_path(template)[0].match(path)]
    fewest = min((template.count("{") for template in found), default=0)
    return sorted(
        method.upper()
        for template in found
        if template.count("{") == fewest
        for method in paths[template]
    )


def _document_problems(app: FastAPI) -> None:
    """Put the schema that `problems` refers to into the OpenAPI document."""
    without = app.openapi

    def openapi() -> dict[str, Any]:
        document = without()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        own = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(own.pop("$defs"), Problem=own)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


class Unexpected(ObradorError):
    """A fault of the program."""

    status, type, title = 500, "unexpected", "Something went wrong"


def faults(error: RequestValidationError) -> list[Fault]:
    """Where a request is wrong: fields of the body by name, other parts with their place."""
    return faults_of({**each, "loc": _place(each["loc"])} for each in error.errors())


def _place(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    return location[1:] if location[0] == "body" and len(location) > 1 else location
