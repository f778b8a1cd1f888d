"""Every metric of Obrador, in one registry, and what the rest of the program calls to feed them.

Names, labels and buckets are a contract (docs/reference/metrics.md): dashboards and alerts that
people have built hang on them. Tenants' labels are bounded, see `tenant_labels`. Where several
processes share one /metrics (see `sharing`), counters and histograms add up, and a gauge says how
its values come together.
"""

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

from obrador.observability.hit_rate import HitRate
from obrador.observability.tenant_labels import OTHER, TenantLabels

Tenant = UUID | str
TenantOutcome = Literal["success", "failed", "skipped"]

OUTCOMES = ("success", "failed")
TENANT_OUTCOMES = ("success", "failed", "skipped")
WORKFLOW_STATUSES = ("completed", "partial_success", "failed", "cancelled")
SERVICES = ("forecasting", "production", "procurement")
_STEP_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60)
_PLANNING_SECONDS = (0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 180)
_HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

registry = CollectorRegistry()
labels_of: dict[str, tuple[str, ...]] = {}
"""Labels of each metric by its full name, for the tests of the contract."""
tenant_labels = TenantLabels()
# They would double the number of series, and nobody asks for them. The function has no types.
disable_created_metrics()  # type: ignore[no-untyped-call]


def _counter(name: str, help_text: str, *labels: str) -> Counter:
    labels_of[name] = labels
    return Counter(name, help_text, labels, registry=registry)


def _histogram(name: str, help_text: str, *labels: str, buckets: Sequence[float]) -> Histogram:
    labels_of[name] = labels
    return Histogram(name, help_text, labels, registry=registry, buckets=buckets)


def _latest(name: str, help_text: str, *labels: str) -> Gauge:
    """A gauge of which the value set last counts, whichever living process set it."""
    labels_of[name] = labels
    return Gauge(name, help_text, labels, registry=registry, multiprocess_mode="livemostrecent")


def _summed(name: str, help_text: str, *labels: str) -> Gauge:
    """A gauge of which living processes each have a part."""
    labels_of[name] = labels
    return Gauge(name, help_text, labels, registry=registry, multiprocess_mode="livesum")


WORKFLOW_EXECUTIONS = _counter(
    "orchestrator_workflow_executions_total",
    "Executions of a workflow that ended.",
    "workflow_name",
    "status",
)
WORKFLOW_DURATION = _histogram(
    "orchestrator_workflow_duration_seconds",
    "How long an execution took, all bakeries together.",
    "workflow_name",
    buckets=(1, 5, 15, 60, 300, 600, 1200, 1800, 3600),
)
WORKFLOW_SUCCESS_RATE = _latest(
    "orchestrator_workflow_success_rate_percentage",
    "Share of a workflow's recent executions that completed, 0 to 100.",
    "workflow_name",
)
WORKFLOW_TENANTS = _counter(
    "orchestrator_tenants_processed_total",
    "Bakeries whose run ended.",
    "workflow_name",
    "status",
)
LEADER = _latest(
    "orchestrator_leader_instance", "1 for the instance that leads, 0 for others.", "instance_id"
)
TENANTS_LATE = _latest(
    "orchestrator_tenants_late",
    "Bakeries past 08:00 local time whose morning run is due today and has not finished.",
)
SNAPSHOT_READS = _counter(
    "orchestrator_snapshot_reads_total", "Reads that made snapshots, by what was read.", "source"
)
RUN_COST = _histogram(
    "orchestrator_run_cost_seconds",
    "Computing time of one bakery's step.",
    "step",
    buckets=_STEP_SECONDS,
)

SCHEDULES_GENERATED = _counter(
    "production_schedules_generated_total",
    "Production schedules that were planned, or could not be.",
    "tenant",
    "status",
)
SCHEDULE_DURATION = _histogram(
    "production_schedule_generation_duration_seconds",
    "How long one bakery's production schedule took.",
    "tenant",
    buckets=_PLANNING_SECONDS,
)
PRODUCTION_TENANTS = _counter(
    "production_tenants_processed_total",
    "Bakeries whose production step ended for good, retries included.",
    "status",
)
BATCHES_CREATED = _counter(
    "production_batches_created_total", "Batches in schedules that were planned.", "tenant"
)
PRODUCTION_RUNS = _counter(
    "production_scheduler_runs_total", "Times that production planning was set off.", "trigger"
)
PRODUCTION_ERRORS = _counter(
    "production_scheduler_errors_total",
    "Times that production planning as a whole failed.",
    "error_type",
)

PLANS_GENERATED = _counter(
    "procurement_plans_generated_total",
    "Procurement plans that were made, or could not be.",
    "tenant",
    "status",
)
PLAN_DURATION = _histogram(
    "procurement_plan_generation_duration_seconds",
    "How long one bakery's procurement plan took.",
    "tenant",
    buckets=_PLANNING_SECONDS,
)
PROCUREMENT_TENANTS = _counter(
    "procurement_tenants_processed_total",
    "Bakeries whose procurement step ended for good, retries included.",
    "status",
)
REQUIREMENTS_CREATED = _counter(
    "procurement_requirements_created_total",
    "Requirements in procurement plans.",
    "tenant",
    "priority",
)
PROCUREMENT_RUNS = _counter(
    "procurement_scheduler_runs_total", "Times that procurement planning was set off.", "trigger"
)
PLAN_REJECTIONS = _counter(
    "procurement_plan_rejections_total",
    "Procurement plans that people rejected.",
    "tenant",
    "auto_regenerated",
)
PLANS_BY_STATUS = _latest(
    "procurement_plans_by_status", "Procurement plans there are, by status.", "tenant", "status"
)

CACHE_HITS = _counter(
    "forecast_cache_hits_total", "Forecasts that were answered from the cache.", "tenant"
)
CACHE_MISSES = _counter(
    "forecast_cache_misses_total", "Forecasts that the cache did not have.", "tenant"
)
CACHE_HIT_RATE = _latest(
    "forecast_cache_hit_rate",
    "Share of the last thousand or so forecasts that came from the cache, 0 to 100.",
    "tenant",
)
CACHE_ENTRIES = _latest("forecast_cache_entries_total", "Entries in the cache.", "cache_type")
CACHE_INVALIDATIONS = _counter(
    "forecast_cache_invalidations_total",
    "Cached forecasts dropped because something changed.",
    "tenant",
    "reason",
)
VALIDATION_MAPE = _latest(
    "forecast_validation_mape", "Error of yesterday's forecast in percent.", "tenant"
)
VALIDATION_COVERAGE = _latest(
    "forecast_validation_coverage",
    "Share of yesterday's sales within the forecast interval, 0 to 1.",
    "tenant",
)
RETRAINING = _counter(
    "forecast_retraining_total", "Forecast models trained anew.", "reason", "outcome"
)

SCHEDULER_HEALTH = _latest(
    "scheduler_health_status", "1 healthy, 0 not.", "service", "scheduler_type"
)
SCHEDULER_LAST_RUN = _latest(
    "scheduler_last_run_timestamp",
    "When it fired last, in seconds since 1970; 0: never.",
    "service",
    "scheduler_type",
)
SCHEDULER_NEXT_RUN = _latest(
    "scheduler_next_run_timestamp",
    "When it will fire next, in seconds since 1970; 0: nothing is planned.",
    "service",
    "scheduler_type",
)
TENANT_TIMEOUTS = _counter(
    "tenant_processing_timeout_total",
    "Bakeries whose step took longer than TENANT_TIMEOUT_SECONDS.",
    "service",
    "tenant_id",
)
OUTBOX_PENDING = _latest("outbox_pending_events", "Events that wait to be published.")
OUTBOX_OLDEST_AGE = _latest(
    "outbox_oldest_event_age_seconds", "How long the oldest of them has waited; 0: none waits."
)

WEBHOOK_ATTEMPTS = _counter(
    "webhook_attempts_total", "Attempts to deliver to webhooks: delivered or failed.", "outcome"
)
NOTIFICATION_MAILS = _counter(
    "notification_mails_total", "Attempts to send notifications: sent or failed.", "outcome"
)

HTTP_REQUESTS = _counter(
    "http_requests_total",
    "Requests that were answered; status as 2xx, 4xx, 5xx.",
    "method",
    "handler",
    "status",
)
HTTP_DURATION = _histogram(
    "http_request_duration_seconds",
    "How long a request took until its answer began.",
    "method",
    "handler",
    buckets=_HTTP_SECONDS,
)
POOL_CONNECTIONS = _summed(
    "database_pool_connections", "Connections to the database, in_use or idle.", "state"
)
POOL_SIZE = _summed("database_pool_size", "Connections that a pool keeps open at most.")

_hit_rates: dict[str, HitRate] = {}


def expect(*, workflows: Iterable[str] = (), tenants: Iterable[Tenant] = ()) -> None:
    """Start the counters that alerts watch at zero; call it once, when a process starts.

    Prometheus sees no increase when a counter appears with its first event already counted, so
    the first failure after a start would go unnoticed. Tenants named here, the same in every
    process, are those that keep labels of their own.
    """
    for status in TENANT_OUTCOMES:
        PRODUCTION_TENANTS.labels(status)
        PROCUREMENT_TENANTS.labels(status)
    for workflow in workflows:
        for status in WORKFLOW_STATUSES:
            WORKFLOW_EXECUTIONS.labels(workflow, status)
            WORKFLOW_TENANTS.labels(workflow, status)
    for label in dict.fromkeys([*map(tenant_labels.of, tenants), OTHER]):
        _expect_tenant(label)


def _expect_tenant(label: str) -> None:
    for status in OUTCOMES:
        SCHEDULES_GENERATED.labels(label, status)
        PLANS_GENERATED.labels(label, status)
    for service in SERVICES:
        TENANT_TIMEOUTS.labels(service, label)


def workflow_finished(workflow_name: str, status: str, seconds: float) -> None:
    """An execution of a workflow ended; `status` is one of WORKFLOW_STATUSES."""
    WORKFLOW_EXECUTIONS.labels(workflow_name, status).inc()
    WORKFLOW_DURATION.labels(workflow_name).observe(seconds)


def tenants_processed(workflow_name: str, status: str, count: int = 1) -> None:
    """The runs of `count` bakeries ended so; `status` is one of WORKFLOW_STATUSES."""
    WORKFLOW_TENANTS.labels(workflow_name, status).inc(count)


def webhook_attempted(*, is_delivered: bool) -> None:
    """Somebody tried to deliver to a webhook."""
    WEBHOOK_ATTEMPTS.labels("delivered" if is_delivered else "failed").inc()


def mail_attempted(*, is_sent: bool) -> None:
    """Somebody tried to send notifications by mail."""
    NOTIFICATION_MAILS.labels("sent" if is_sent else "failed").inc()


def snapshot_read(source: str, count: int = 1) -> None:
    """Something was read for snapshots, once for however many bakeries."""
    SNAPSHOT_READS.labels(source).inc(count)


def run_cost(step: str, seconds: float) -> None:
    """One bakery's step took so much computing time."""
    RUN_COST.labels(step).observe(seconds)


def schedule_generated(tenant: Tenant, status: str, seconds: float, batches: int = 0) -> None:
    """A production schedule was planned (`success`), or could not be (`failed`)."""
    label = tenant_labels.of(tenant)
    SCHEDULES_GENERATED.labels(label, status).inc()
    SCHEDULE_DURATION.labels(label).observe(seconds)
    BATCHES_CREATED.labels(label).inc(batches)


def production_tenants_processed(status: TenantOutcome, count: int = 1) -> None:
    """The production step of `count` bakeries ended for good: no retry will follow."""
    PRODUCTION_TENANTS.labels(status).inc(count)


def production_planning_began(trigger: str) -> None:
    """Production planning was set off: `scheduled`, `manual`, `test` or `event`."""
    PRODUCTION_RUNS.labels(trigger).inc()


def production_planning_failed(error_type: str) -> None:
    """Production planning as a whole failed; `error_type` is one of few words, never a message."""
    PRODUCTION_ERRORS.labels(error_type).inc()


def plan_generated(tenant: Tenant, status: str, seconds: float) -> None:
    """A procurement plan was made (`success`), or could not be (`failed`)."""
    label = tenant_labels.of(tenant)
    PLANS_GENERATED.labels(label, status).inc()
    PLAN_DURATION.labels(label).observe(seconds)


def procurement_tenants_processed(status: TenantOutcome, count: int = 1) -> None:
    """The procurement step of `count` bakeries ended for good: no retry will follow."""
    PROCUREMENT_TENANTS.labels(status).inc(count)


def procurement_planning_began(trigger: str) -> None:
    """Procurement planning was set off: `scheduled`, `manual`, `test` or `event`."""
    PROCUREMENT_RUNS.labels(trigger).inc()


def requirements_created(tenant: Tenant, priority: str, count: int = 1) -> None:
    """A procurement plan has so many requirements of a priority."""
    REQUIREMENTS_CREATED.labels(tenant_labels.of(tenant), priority).inc(count)


def plan_rejected(tenant: Tenant, *, auto_regenerated: bool) -> None:
    """Somebody rejected a procurement plan; another one is made by itself, or not."""
    PLAN_REJECTIONS.labels(tenant_labels.of(tenant), str(auto_regenerated).lower()).inc()


def forecasts_read(tenant: Tenant, *, hits: int = 0, misses: int = 0) -> None:
    """Forecasts were asked for: so many were in the cache, so many were not."""
    label = tenant_labels.of(tenant)
    CACHE_HITS.labels(label).inc(hits)
    CACHE_MISSES.labels(label).inc(misses)
    rate = _hit_rates.setdefault(label, HitRate()).after(hits, misses)
    if rate is not None:
        CACHE_HIT_RATE.labels(label).set(rate)


def cache_holds(cache_type: str, entries: int) -> None:
    """The cache holds so many entries."""
    CACHE_ENTRIES.labels(cache_type).set(entries)


def forecasts_invalidated(tenant: Tenant, reason: str, count: int = 1) -> None:
    """Cached forecasts were dropped because of a change."""
    CACHE_INVALIDATIONS.labels(tenant_labels.of(tenant), reason).inc(count)


def forecast_validated(tenant: Tenant, *, mape: float, coverage: float) -> None:
    """Yesterday's forecast was compared with the sales: `mape` in percent, `coverage` 0 to 1.

    Tenants that share a label are left out: the figure of whoever came last tells nothing.
    """
    label = tenant_labels.of(tenant)
    if label != OTHER:
        VALIDATION_MAPE.labels(label).set(mape)
        VALIDATION_COVERAGE.labels(label).set(coverage)


def retraining_finished(reason: str, outcome: str) -> None:
    """A forecast model was trained anew."""
    RETRAINING.labels(reason, outcome).inc()


def tenant_timed_out(service: str, tenant: Tenant) -> None:
    """A bakery's step ran past its time; `service` is one of SERVICES."""
    TENANT_TIMEOUTS.labels(service, tenant_labels.of(tenant)).inc()
