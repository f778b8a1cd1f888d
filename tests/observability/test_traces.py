"""Spans reach a collector, over HTTP, when there is one; otherwise there are none."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from obrador.app import create_app
from obrador.kit.db import Database
from obrador.observability.traces import span, trace_requests, tracing
from obrador.settings import Settings


class Collector:
    """An OpenTelemetry collector, as far as an exporter sees one."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.requests: list[ExportTraceServiceRequest] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.paths.add(self.path)
                outer.requests.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def spans(self) -> dict[str, Span]:
        return {
            each.name: each
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for each in scope.spans
        }

    @property
    def service(self) -> str:
        attributes = self.requests[0].resource_spans[0].resource.attributes
        (name,) = [str(a.value.string_value) for a in attributes if a.key == "service.name"]
        return name


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield collector
    finally:
        collector.server.shutdown()
        collector.server.server_close()
        thread.join()


def settings(tmp_path: Path, endpoint: str | None) -> Settings:
    return Settings(_env_file=None, obrador_home=tmp_path, otel_exporter_otlp_endpoint=endpoint)


def test_spans_arrive_with_their_attributes(tmp_path: Path) -> None:
    with collecting() as collector, tracing(settings(tmp_path, collector.endpoint + "/"), "worker"):
        with span("execution", workflow="daily_operations"), span("chunk", tenants=50):
            pass
        with suppress(ZeroDivisionError), span("burnt"):
            raise ZeroDivisionError("no flour")

    assert collector.paths == {"/v1/traces"}
    assert collector.service == "obrador-worker"
    execution, chunk, burnt = (collector.spans[n] for n in ("execution", "chunk", "burnt"))
    assert chunk.parent_span_id == execution.span_id
    assert {a.key: a.value.int_value for a in chunk.attributes} == {"tenants": 50}
    assert burnt.status.code == Status.STATUS_CODE_ERROR
    assert burnt.trace_id != execution.trace_id


def test_without_an_endpoint_nothing_happens(tmp_path: Path) -> None:
    with tracing(settings(tmp_path, None), "worker"):
        assert span("execution", tenants=1) is span("chunk")
        with span("execution"), span("chunk"):
            pass


async def test_requests_are_traced_by_route_and_continue_the_callers_trace(tmp_path: Path) -> None:
    app = FastAPI()

    @app.get("/things/{name}")
    async def thing(name: str) -> str:
        with span("look up", name=name):
            return name

    @app.get("/health/live")
    async def live() -> None:
        return None

    caller = "4bf92f3577b34da6a3ce929d0e0e4736"
    with collecting() as collector, tracing(settings(tmp_path, collector.endpoint), "serve"):
        trace_requests(app)
        async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
            headers = {"traceparent": f"00-{caller}-00f067aa0ba902b7-01"}
            await client.get("/things/bread", headers=headers)
            await client.get("/health/live")

    assert set(collector.spans) == {"GET /things/{name}", "look up"}
    request, inner = collector.spans["GET /things/{name}"], collector.spans["look up"]
    assert request.trace_id.hex() == caller
    assert inner.parent_span_id == request.span_id


async def test_the_application_is_traced(database: Database, tmp_path: Path) -> None:
    with collecting() as collector:
        to_collector = settings(tmp_path, collector.endpoint)
        with tracing(to_collector, "serve"):
            app = create_app(database, to_collector)
            async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
                await client.get("/api/v1/tenants/0192b1c4-0000-7000-8000-000000000000/products")
                await client.get("/health/live")
                await client.get("/metrics")

    assert set(collector.spans) == {"GET /api/v1/tenants/{tenant_id}/products"}
