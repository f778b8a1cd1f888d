"""Where Prometheus reads the metrics: GET /metrics beside the pages, or on a port of its own."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import (
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Metric,
    start_http_server,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from obrador.kit.errors import Misconfigured
from obrador.observability.metrics import registry
from obrador.observability.sharing import FOLDER


class _Obrador(Collector):
    """The metrics of this process, or of all that share theirs (see `sharing`)."""

    def collect(self) -> Iterable[Metric]:
        """The metrics as they are now."""
        if FOLDER not in os.environ:
            return registry.collect()
        together: Iterable[Metric] = MultiProcessCollector(None).collect()  # type: ignore[no-untyped-call]
        return together


exposed = CollectorRegistry()
exposed.register(_Obrador())
exposed.register(PROCESS_COLLECTOR)
exposed.register(PLATFORM_COLLECTOR)


def metrics_endpoint(request: Request) -> Response:
    """GET /metrics. Not async, so that Starlette runs it in a thread: it may read files."""
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(exposed), headers={"content-type": content_type})


@contextmanager
def serve_metrics(port: int, host: str = "127.0.0.1") -> Iterator[None]:
    """Serve /metrics on a port of its own until the block ends; port 0: not at all.

    Raises:
        Misconfigured: the port cannot be used.
    """
    if not port:
        yield
        return
    try:
        server, thread = start_http_server(port, host, exposed)
    except OSError as error:
        raise Misconfigured(
            "METRICS_PORT: {host}:{port} cannot be used ({strerror}). Choose another, or 0"
            " to serve no metrics.",
            host=host,
            port=port,
            strerror=error.strerror,
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
