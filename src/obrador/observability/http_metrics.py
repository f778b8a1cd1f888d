"""What feeds the metrics of HTTP requests."""

from prometheus_fastapi_instrumentator import Instrumentator
from prometheus_fastapi_instrumentator.metrics import Info
from starlette.applications import Starlette

from obrador.observability import metrics

_UNTOLD = ["^/metrics$", "^/health/", "^/static"]
"""What machines ask all day long would drown what people ask."""


def watch_requests(app: Starlette) -> None:
    """Count and time the requests of an application by route, not by path."""
    Instrumentator(excluded_handlers=_UNTOLD).add(_record_request).instrument(app)


def _record_request(info: Info) -> None:
    handler = info.modified_handler
    metrics.HTTP_REQUESTS.labels(info.method, handler, info.modified_status).inc()
    # Until the answer began: a page that shows progress live stays open for as long as it is read.
    seconds = info.modified_duration_without_streaming or info.modified_duration
    metrics.HTTP_DURATION.labels(info.method, handler).observe(seconds)
