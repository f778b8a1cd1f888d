"""Figures of the database become gauges, and stop when they are no longer known."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from obrador.observability import metrics
from obrador.observability.figures import Figures, Refresher, SchedulerState
from obrador.observability.tenant_labels import TenantLabels

ANA, BEA, CRIS = (UUID(int=number) for number in (1, 2, 3))
DAILY = {"service": "orchestration", "scheduler_type": "daily"}
FIGURES = Figures(
    leader="host-1",
    schedulers=[
        SchedulerState(
            "orchestration",
            "daily",
            is_healthy=True,
            last_run=datetime(2026, 3, 3, 4, 30, tzinfo=UTC),
        )
    ],
    outbox_pending=3,
    outbox_oldest_age_seconds=12.5,
    tenants_late=2,
    success_rates={"daily_operations": 98.5},
    plans_by_status={(ANA, "draft"): 1, (BEA, "draft"): 2, (CRIS, "draft"): 4},
)


def value(name: str, labels: Mapping[str, str] | None = None) -> float | None:
    return metrics.registry.get_sample_value(name, dict(labels or {}))


def leads(instance: str) -> float | None:
    return value("orchestrator_leader_instance", {"instance_id": instance})


def test_figures_are_shown() -> None:
    Refresher().refresh(FIGURES)

    assert leads("host-1") == 1
    assert value("outbox_pending_events") == 3
    assert value("outbox_oldest_event_age_seconds") == 12.5
    assert value("orchestrator_tenants_late") == 2
    rate = "orchestrator_workflow_success_rate_percentage"
    assert value(rate, {"workflow_name": "daily_operations"}) == 98.5
    assert value("scheduler_health_status", DAILY) == 1
    assert value("scheduler_last_run_timestamp", DAILY) == 1772512200
    assert value("scheduler_next_run_timestamp", DAILY) == 0


def test_who_led_before_leads_no_longer() -> None:
    refresher = Refresher()
    refresher.refresh(FIGURES)
    refresher.refresh(replace(FIGURES, leader="host-2"))

    assert (leads("host-1"), leads("host-2")) == (0, 1)


def test_plans_of_many_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "tenant_labels", TenantLabels(1))
    refresher = Refresher()

    def drafts(tenant: str) -> float | None:
        return value("procurement_plans_by_status", {"tenant": tenant, "status": "draft"})

    refresher.refresh(FIGURES)
    assert (drafts(str(ANA)), drafts("other")) == (1, 6)
    refresher.refresh(replace(FIGURES, plans_by_status={(BEA, "draft"): 2}))
    assert (drafts(str(ANA)), drafts("other")) == (0, 2)


def test_what_cannot_be_read_counts_as_bad() -> None:
    refresher = Refresher()
    refresher.refresh(FIGURES)

    refresher.unknown()

    assert leads("host-1") == 0
    assert value("scheduler_health_status", DAILY) == 0
