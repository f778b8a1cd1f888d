"""Logs: one line an event, for people on a terminal, as JSON elsewhere. Secrets are masked."""

import logging
import re
import sys
import time
from collections.abc import Callable, MutableMapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obrador.kit.http import Unexpected, refuse
from obrador.kit.ids import new_id
from obrador.observability.secrets import hiding
from obrador.settings import Settings

REQUEST_ID = "X-Request-Id"
_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TALKATIVE = ("dbos", "aio_pika", "aiormq", "httpx", "opentelemetry.exporter")
_SECRET = re.compile(r"password|token|secret|authorization|api_?key|database_url", re.IGNORECASE)
# Not the values of variables: cut short, a secret among them would not be known for one.
_TRACES = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)

log = structlog.get_logger()


def configure_logs(settings: Settings) -> None:
    """Send what structlog and the standard library log to standard error, in one form."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(_level(settings)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(settings),
                _last(hiding(settings)),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(_level(settings))
    logging.raiseExceptions = False  # it would show what cannot be logged as it is, secrets too
    _quieten()


def _quieten() -> None:
    """Let libraries that narrate speak of warnings only, and in our form."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # The engine brings a handler of its own, for a form of its own, where there is none yet.
    engine = logging.getLogger("dbos")
    if not engine.handlers:
        engine.addHandler(logging.NullHandler())


def bound(
    *,
    execution: UUID | str | None = None,
    run: UUID | str | None = None,
    tenant: UUID | str | None = None,
    chunk: str | int | None = None,
) -> AbstractContextManager[None]:
    """Let all that is logged within the block, by this task, carry these ids."""
    ids = {"execution_id": execution, "run_id": run, "tenant_id": tenant, "chunk": chunk}
    return structlog.contextvars.bound_contextvars(
        **{name: str(value) for name, value in ids.items() if value is not None}
    )


def mask_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event with everything hidden that its name says is secret."""
    return {name: "***" if _SECRET.search(name) else value for name, value in event.items()}


def _level(settings: Settings) -> int:
    return logging.DEBUG if settings.debug else logging.INFO


def _rendering(settings: Settings) -> list[structlog.types.Processor]:
    for_people = settings.log_format == "console" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    if for_people:
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [_TRACES, structlog.processors.JSONRenderer()]


def _last(hide: Callable[[str], str]) -> structlog.types.Processor:
    """Whatever was logged, libraries' words and traces too, passes here as one line."""
    return lambda _, __, line: hide(str(line))


class RequestLog:
    """ASGI middleware: every request has an id, in its answer and in all that is logged of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _ACCEPTED_ID.fullmatch(given) else str(new_id())
        began, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                header = (REQUEST_ID.lower().encode(), request_id.encode())
                message["headers"] = [*message["headers"], header]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except Exception:
                log.exception("request_failed", method=scope["method"], path=_path(scope))
                if status:
                    raise
                mistake = Unexpected(
                    "This is our mistake; the log tells more of {request_id}.",
                    request_id=request_id,
                )
                await refuse(scope, receive, send_with_id, mistake)
            finally:
                log.info(
                    "request",
                    method=scope["method"],
                    path=_path(scope),
                    status=status,
                    milliseconds=round((time.perf_counter() - began) * 1000, 1),
                )


def _path(scope: Scope) -> str:
    """Where the request led, without what alone opens something, such as an invitation."""
    path: str = scope["path"]
    token = scope.get("path_params", {}).get("token")
    return path.replace(token, "***") if token else path
