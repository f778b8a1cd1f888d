"""Prometheus reads what there is: beside the pages, on a port of its own, of all processes."""

import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from prometheus_client.parser import text_string_to_metric_families

from obrador.kit.errors import Misconfigured
from obrador.observability import metrics
from obrador.observability.exposition import serve_metrics
from obrador.observability.sharing import FOLDER, share_metrics


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def samples(text: str, name: str) -> dict[frozenset[tuple[str, str]], float]:
    return {
        frozenset(sample.labels.items()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


async def test_anybody_may_read_the_metrics(app: FastAPI) -> None:
    metrics.snapshot_read("exposition")
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    reads = samples(answer.text, "orchestrator_snapshot_reads_total")
    assert reads[frozenset({("source", "exposition")})] >= 1
    assert "process_resident_memory_bytes" in answer.text
    assert "reads_created" not in answer.text


async def test_requests_are_counted_by_route(app: FastAPI) -> None:
    labels = {"method": "GET", "handler": "/api/v1/tenants/{tenant_id}/products", "status": "4xx"}
    before = metrics.registry.get_sample_value("http_requests_total", labels) or 0
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        await client.get("/api/v1/tenants/0192b1c4-0000-7000-8000-000000000000/products")
        await client.get("/health/live")
        await client.get("/nowhere/0192b1c4")

    assert metrics.registry.get_sample_value("http_requests_total", labels) == before + 1
    lost = {"method": "GET", "handler": "none", "status": "4xx"}
    assert metrics.registry.get_sample_value("http_requests_total", lost)
    health = {"method": "GET", "handler": "/health/live", "status": "2xx"}
    assert metrics.registry.get_sample_value("http_requests_total", health) is None


def test_a_worker_serves_them_on_a_port_of_its_own() -> None:
    port = free_port()
    metrics.run_cost("exposition", 0.01)
    with serve_metrics(port):
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics")

    assert 'orchestrator_run_cost_seconds_count{step="exposition"}' in answer.text


def test_without_a_port_there_is_none() -> None:
    with serve_metrics(0):
        pass


def test_a_port_that_is_taken_is_named() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(Misconfigured, match="METRICS_PORT"),
        serve_metrics(listener.getsockname()[1]),
    ):
        pass


def test_sharing_comes_first(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="before the first import"):
        share_metrics(tmp_path)


WORKER = """
    from obrador.observability import figures, metrics

    metrics.tenants_processed("daily_operations", "completed", {count})
    metrics.LEADER.labels("worker-{count}").set(1)
    metrics.POOL_CONNECTIONS.labels("in_use").set({count})
    metrics.OUTBOX_PENDING.set({count})
"""
PARENT = """
    import subprocess, sys
    from pathlib import Path
    from obrador.observability.sharing import process_ended, share_metrics

    home = Path(sys.argv[1])
    left_behind = home / "metrics" / "999999999"
    left_behind.mkdir(parents=True)
    share_metrics(home)
    assert not left_behind.exists()

    from prometheus_client import generate_latest
    from obrador.observability.exposition import exposed

    workers = []
    for code in sys.argv[2:]:
        worker = subprocess.Popen([sys.executable, "-c", code])
        assert worker.wait() == 0
        workers.append(worker)
    process_ended(workers[-1].pid)
    print(generate_latest(exposed).decode())
"""


def test_several_processes_are_shown_as_one(tmp_path: Path) -> None:
    workers = [textwrap.dedent(WORKER.format(count=count)) for count in (1, 2, 4)]
    shown = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(PARENT), str(tmp_path), *workers],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != FOLDER},
    )

    assert shown.returncode == 0, shown.stderr
    processed = samples(shown.stdout, "orchestrator_tenants_processed_total")
    assert list(processed.values()) == [7]
    leaders = samples(shown.stdout, "orchestrator_leader_instance")
    assert set(leaders) == {frozenset({("instance_id", f"worker-{n}")}) for n in (1, 2)}
    assert list(samples(shown.stdout, "database_pool_connections").values()) == [3]
    assert list(samples(shown.stdout, "outbox_pending_events").values()) == [2]
