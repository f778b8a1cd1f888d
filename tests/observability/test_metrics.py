"""What is counted is shown, under labels that stay few."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.observability import metrics
from obrador.observability.hit_rate import HitRate
from obrador.observability.tenant_labels import OTHER, TenantLabels
from tests.observability.feeding import feed_everything


@pytest.fixture(autouse=True)
def _few_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "tenant_labels", TenantLabels(2))


def value(name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0


def test_a_workflow_is_counted_and_timed() -> None:
    labels = {"workflow_name": f"test-{uuid4()}"}

    metrics.workflow_finished(labels["workflow_name"], "completed", 12)
    metrics.tenants_processed(labels["workflow_name"], "failed", 3)

    assert value("orchestrator_workflow_executions_total", status="completed", **labels) == 1
    bucket = "orchestrator_workflow_duration_seconds_bucket"
    assert value(bucket, le="5.0", **labels) == 0
    assert value(bucket, le="15.0", **labels) == 1
    assert value("orchestrator_tenants_processed_total", status="failed", **labels) == 3


def test_a_schedule_counts_for_its_bakery() -> None:
    tenant = uuid4()

    metrics.schedule_generated(tenant, "success", 0.2, batches=31)

    label = str(tenant)
    assert value("production_schedules_generated_total", tenant=label, status="success") == 1
    assert value("production_batches_created_total", tenant=label) == 31
    assert value("production_schedule_generation_duration_seconds_sum", tenant=label) == 0.2


def test_bakeries_beyond_the_first_few_are_counted_together() -> None:
    before = value("tenant_processing_timeout_total", service="production", tenant_id=OTHER)

    for tenant in [uuid4() for _ in range(5)]:
        metrics.tenant_timed_out("production", tenant)

    after = value("tenant_processing_timeout_total", service="production", tenant_id=OTHER)
    assert after - before == 3


@given(st.integers(0, 5), st.lists(st.integers(0, 20)))
def test_labels_are_bounded_and_never_change(limit: int, tenants: list[int]) -> None:
    labels = TenantLabels(limit)
    first = {tenant: labels.of(UUID(int=tenant)) for tenant in dict.fromkeys(tenants)}

    assert {tenant: labels.of(UUID(int=tenant)) for tenant in first} == first
    assert len(set(first.values()) - {OTHER}) == min(limit, len(first))


def test_counters_that_alerts_watch_begin_at_zero() -> None:
    tenant, workflow = uuid4(), f"test-{uuid4()}"

    metrics.expect(workflows=[workflow], tenants=[tenant])

    sample = metrics.registry.get_sample_value
    assert sample("production_tenants_processed_total", {"status": "failed"}) is not None
    labels = {"workflow_name": workflow, "status": "failed"}
    assert sample("orchestrator_workflow_executions_total", labels) == 0
    labels = {"service": "production", "tenant_id": str(tenant)}
    assert sample("tenant_processing_timeout_total", labels) == 0


def test_the_hit_rate_follows_what_happens_now() -> None:
    tenant = uuid4()

    metrics.forecasts_read(tenant, misses=1000)
    cold = value("forecast_cache_hit_rate", tenant=str(tenant))
    metrics.forecasts_read(tenant, hits=10_000)

    assert cold == 0
    assert value("forecast_cache_hit_rate", tenant=str(tenant)) > 90
    assert value("forecast_cache_hits_total", tenant=str(tenant)) == 10_000


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000))))
def test_a_hit_rate_is_a_percentage(reads: list[tuple[int, int]]) -> None:
    rate = HitRate()

    for hits, misses in reads:
        percent = rate.after(hits, misses)
        assert (percent is None) == (rate.reads == 0)
        assert percent is None or 0 <= percent <= 100


def test_nobody_is_shown_the_accuracy_of_strangers() -> None:
    known, other, stranger = uuid4(), uuid4(), uuid4()

    for tenant in (known, other, stranger):
        metrics.forecast_validated(tenant, mape=12.5, coverage=0.8)

    assert value("forecast_validation_mape", tenant=str(known)) == 12.5
    assert value("forecast_validation_coverage", tenant=str(known)) == 0.8
    assert metrics.registry.get_sample_value("forecast_validation_mape", {"tenant": OTHER}) is None


def test_everything_is_counted() -> None:
    tenant = uuid4()
    labels = {"tenant": str(tenant)}

    feed_everything(tenant)

    assert value("procurement_plan_rejections_total", auto_regenerated="true", **labels) == 1
    assert value("procurement_requirements_created_total", priority="high", **labels) == 4
    assert value("forecast_cache_hit_rate", **labels) == 75
    assert value("orchestrator_run_cost_seconds_count", step="forecasting") >= 1
    assert value("forecast_cache_entries_total", cache_type="forecast") == 7
