"""The alert rules say what they mean, to the program that will read them."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from pydantic import SecretStr

from obrador.observability.metrics import labels_of
from obrador.settings import Settings
from tests.deploy.promql import metrics_in, unknown_in
from tests.fixtures.served import served
from tests.observability.feeding import feed_everything

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES: list[dict[str, Any]] = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"][0][
    "rules"
]
AGAINST_CUSTOM = {
    'forecast_cache_entries_total non-counter metrics should not have "_total" suffix',
}
"""Names that others hang on already are kept, whatever promtool thinks of them."""


def promtool(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    if shutil.which("promtool") is None:
        pytest.skip("service: promtool is not installed")
    return subprocess.run(
        ["promtool", *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        cwd=PROMETHEUS,
    )


def test_the_rules_are_rules() -> None:
    checked = promtool("check", "rules", "alerts.yml")

    assert checked.returncode == 0, checked.stderr
    assert "9 rules found" in checked.stdout


def test_the_configuration_is_one() -> None:
    checked = promtool("check", "config", "prometheus.yml")

    assert checked.returncode == 0, checked.stderr


def test_alerts_fire_when_they_must_and_only_then() -> None:
    tested = promtool("test", "rules", "alerts_test.yml")

    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_is_tested_both_ways(rule: dict[str, Any]) -> None:
    tests = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    expected = [bool(case["exp_alerts"]) for case in cases if case["alertname"] == rule["alert"]]

    assert set(expected) == {True, False}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_asks_for_what_is_there(rule: dict[str, Any]) -> None:
    assert metrics_in(rule["expr"])
    assert unknown_in(rule["expr"]) == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "high", "warning"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook"}
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^## (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor in [heading.lower() for heading in headings]
    assert anchor == rule["alert"].lower()


def test_what_is_served_is_well_formed(own_database_url: str, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, obrador_home=tmp_path, secret_key=SecretStr("x" * 32))
    feed_everything("a")
    with served(own_database_url, settings) as app:
        httpx.get(f"{app.url}/api/v1/tenants")
        shown = httpx.get(f"{app.url}/metrics").text

    checked = promtool("check", "metrics", given=shown)

    shown_names = {re.split(r"[ {]", line)[0] for line in shown.splitlines() if line[:1] != "#"}
    fed_by_the_pool = {"database_pool_connections"}
    assert {n for n in labels_of if not {n, f"{n}_bucket"} & shown_names} <= fed_by_the_pool
    assert set(checked.stderr.strip().splitlines()) == AGAINST_CUSTOM
