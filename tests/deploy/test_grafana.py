"""The dashboard is what it was built from, and asks for what is there."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.grafana_dashboard import FILE, dashboard
from tests.deploy.promql import metrics_in, unknown_in

PANELS: list[dict[str, Any]] = json.loads(FILE.read_text())["panels"]
EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel.get("targets", ())]
ASKED_FOR = {
    "Success rate of mornings",
    "Duration of production planning",
    "Cache hit rate of forecasts",
    "Bakeries processed, by status",
    "Plan rejections",
    "Scheduler health",
    "Run duration by step",
    "Cost per bakery and day",
}


def test_the_file_is_what_it_is_built_from() -> None:
    assert FILE.read_text() == dashboard(), "run: python -m tests.deploy.grafana_dashboard"


def test_nothing_that_operators_want_is_missing() -> None:
    titles = [panel["title"] for panel in PANELS]

    assert set(titles) >= ASKED_FOR
    assert len(set(titles)) == len(titles)


def test_panels_lie_side_by_side() -> None:
    cells = [
        (x, y)
        for panel in PANELS
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_panel_asks_for_what_is_there(expression: str) -> None:
    assert metrics_in(expression)
    assert unknown_in(expression) == set()


def test_every_query_is_one(tmp_path: Path) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("service: promtool is not installed")
    filled = [
        expression.replace("$__rate_interval", "5m").replace("$cost_per_cpu_hour", "0.04")
        for expression in EXPRESSIONS
    ]
    rules = [{"record": f"panel_{n}", "expr": expression} for n, expression in enumerate(filled)]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))

    checked = subprocess.run(
        ["promtool", "check", "rules", file], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stderr


def test_grafana_finds_it() -> None:
    folder = FILE.parent / "provisioning"
    (provider,) = yaml.safe_load((folder / "dashboards" / "obrador.yaml").read_text())["providers"]
    (source,) = yaml.safe_load((folder / "datasources" / "prometheus.yaml").read_text())[
        "datasources"
    ]

    assert provider["options"]["path"]
    assert source["type"] == "prometheus"
