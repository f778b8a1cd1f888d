"""The rules whose breach would leak data or couple contexts, read from the source itself."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import obrador

SOURCE = Path(obrador.__file__).parent
CONTEXTS = {
    "tenants", "catalogue", "sales", "inventory", "suppliers", "forecasting", "production",
    "procurement", "alerts", "insights", "notifications", "calendar", "drivers",
    "webhooks", "audit",
}  # fmt: skip
OPEN_TO_OTHERS = {"service", "domain", "events", "errors"}
PLANNING = {
    "history", "profile", "plan", "requirements", "fallback", "override", "champion", "challenge",
    "model", "fitting", "covariates", "scheduling", "sheet", "demand", "marginal",
    "lots", "items", "projection", "replenishment",
}  # fmt: skip
"""The pure planning functions, which layers above the contexts call as well."""
ABOVE = {
    "orchestration",
    "simulation",
    "bench_forecast.py",
    "bench_peers.py",
    "bench_purchases.py",
    "bench_quantities.py",
}
USE_CASES = {
    "stock", "movements", "counts", "count_showing", "count_approval", "count_schemas", "waste",
    "schemas", "naming", "valuing", "showing", "comparing", "approving", "editing", "edit_schemas",
    "batch_work", "consequences", "limits", "sending", "receiving", "receipt_schemas", "life",
    "plan_schemas", "order_schemas", "rescues", "rescue_schemas", "wording", "overriding",
    "override_schemas", "managing", "percentages", "costing", "larder",
}  # fmt: skip
"""What the dashboard's forms call as the endpoints of the contexts do."""
_SCOPES = ("TenantId", "Morning", "PlanKey", "self")
"""What proves that a query knows whose rows it may see."""
FILES = sorted(SOURCE.rglob("*.py"))


@cache
def _parsed() -> list[tuple[Path, ast.Module]]:
    return [(path.relative_to(SOURCE), ast.parse(path.read_text())) for path in FILES]


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _calls(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def test_a_context_is_entered_by_its_open_modules_only() -> None:
    breaches = [
        f"{path}: {name}"
        for path, tree in _parsed()
        if str(path) not in {"app.py", "migrations/env.py"}
        and path.parent != Path("onboarding/storage")
        for name in _imports(tree)
        if (parts := name.split("."))[0] == "obrador"
        and len(parts) > 2
        and parts[1] in CONTEXTS - {path.parts[0]}
        and parts[2]
        not in OPEN_TO_OTHERS
        | (PLANNING if path.parts[0] in ABOVE else set())
        | (USE_CASES if path.parts[0] == "dashboard" else set())
    ]

    assert breaches == []


def test_only_authz_mints_tenant_ids() -> None:
    breaches = [
        str(path)
        for path, tree in _parsed()
        if path.parts[0] != "authz" and "TenantId" in _calls(tree)
    ]

    assert breaches == []


def test_only_authz_says_which_bakeries_a_transaction_sees() -> None:
    breaches = [
        str(path)
        for path, tree in _parsed()
        if path.parts[0] not in {"authz", "kit"}
        and {"obrador.kit.fence.confine", "obrador.kit.fence.lift"} & set(_imports(tree))
    ]

    assert breaches == []


def test_every_repository_function_takes_a_tenant() -> None:
    breaches = [
        f"{path}: {node.name}"
        for path, tree in _parsed()
        if path.name == "repository.py" and path.parts[0] in CONTEXTS
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef)
        and not any(word in ast.unparse(node.args) for word in _SCOPES)
    ]

    assert breaches == []


@pytest.mark.parametrize(
    "forbidden", ["datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.today"]
)
def test_only_the_clock_reads_the_clock(forbidden: str) -> None:
    breaches = [
        str(path)
        for path, tree in _parsed()
        if str(path) != "kit/clock.py" and forbidden in _calls(tree)
    ]

    assert breaches == []
