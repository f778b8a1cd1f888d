"""Something of everything that is counted."""

from obrador.observability import metrics
from obrador.observability.figures import Figures, SchedulerState, refresh

FIGURES = Figures(
    leader="host-1",
    schedulers=[SchedulerState("orchestration", "daily", is_healthy=True)],
    outbox_pending=3,
    outbox_oldest_age_seconds=12.5,
    tenants_late=2,
    success_rates={"daily_operations": 98.5},
    plans_by_status={("a", "draft"): 1},
)


def feed_everything(tenant: metrics.Tenant) -> None:
    """Call every function that records something, once."""
    metrics.expect(workflows=["daily_operations"])
    metrics.workflow_finished("daily_operations", "completed", 12)
    metrics.tenants_processed("daily_operations", "completed", 2)
    metrics.webhook_attempted(is_delivered=True)
    metrics.mail_attempted(is_sent=True)
    metrics.snapshot_read("inventory", 2)
    metrics.run_cost("forecasting", 0.02)
    metrics.schedule_generated(tenant, "success", 0.2, batches=31)
    metrics.production_tenants_processed("success", 2)
    metrics.production_planning_began("scheduled")
    metrics.production_planning_failed("database")
    metrics.plan_generated(tenant, "success", 0.1)
    metrics.procurement_tenants_processed("skipped")
    metrics.procurement_planning_began("event")
    metrics.requirements_created(tenant, "high", 4)
    metrics.plan_rejected(tenant, auto_regenerated=True)
    metrics.forecasts_read(tenant, hits=3, misses=1)
    metrics.cache_holds("forecast", 7)
    metrics.forecasts_invalidated(tenant, "sales_imported", 28)
    metrics.forecast_validated(tenant, mape=12.5, coverage=0.8)
    metrics.retraining_finished("drift", "improved")
    metrics.tenant_timed_out("production", tenant)
    refresh(FIGURES)
