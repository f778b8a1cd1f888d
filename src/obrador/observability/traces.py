"""Traces by OpenTelemetry, sent where OTEL_EXPORTER_OTLP_ENDPOINT says; without it, nothing.

OpenTelemetry is imported late: most installations never need it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

import obrador
from obrador.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from opentelemetry.sdk.trace import TracerProvider

_OFF: AbstractContextManager[None] = nullcontext()
_UNTOLD = "metrics,health/.*,static/.*,invitations/.*,forgotten/.*"
"""What is asked all the time, and addresses that open something themselves."""
_provider: "TracerProvider | None" = None


@contextmanager
def tracing(settings: Settings, role: str) -> Iterator[None]:
    """Send the spans of this process, named `obrador-ROLE`, until the block ends."""
    global _provider  # noqa: PLW0603  one process has one place that its traces go to
    endpoint = settings.otel_exporter_otlp_endpoint
    if endpoint is None:
        yield
        return
    provider = _provider = _provider_to(endpoint, role)
    try:
        yield
    finally:
        _provider = None
        provider.shutdown()


def span(name: str, /, **attributes: str | int | float | bool) -> AbstractContextManager[object]:
    """A span around a piece of work, child of the one around it; costs nothing when off.

    An exception that leaves the block marks the span as failed.
    """
    if _provider is None:
        return _OFF
    return _provider.get_tracer("obrador").start_as_current_span(name, attributes=attributes)


def trace_requests(app: "FastAPI") -> None:
    """A span for every request, continuing the caller's trace; call it within `tracing`."""
    if _provider is None:
        return
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

    FastAPIInstrumentor.instrument_app(
        app, tracer_provider=_provider, excluded_urls=_UNTOLD, exclude_spans=["receive", "send"]
    )


def _provider_to(endpoint: str, role: str) -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create(
        {"service.name": f"obrador-{role}", "service.version": obrador.__version__}
    )
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    # A collector that is away must not keep a process from ending in time.
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
