"""Figures that live in the database: whoever reads them there hands them in now and then."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Gauge

from obrador.observability import metrics

Labels = tuple[str, ...]


@dataclass(frozen=True)
class SchedulerState:
    """How one scheduler is."""

    service: str
    scheduler_type: str
    is_healthy: bool
    last_run: datetime | None = None
    next_run: datetime | None = None


@dataclass(frozen=True)
class Figures:
    """What the database says about the whole platform, at one moment."""

    leader: str | None
    """The instance that leads now; None: nobody does."""
    schedulers: Sequence[SchedulerState]
    outbox_pending: int
    outbox_oldest_age_seconds: float
    tenants_late: int
    """Bakeries past 08:00 local time whose morning run is due today and has not finished."""
    success_rates: Mapping[str, float]
    """Percent of recent executions that completed, by workflow."""
    plans_by_status: Mapping[tuple[metrics.Tenant, str], int]
    """Procurement plans by tenant and status."""


class Refresher:
    """Puts figures into gauges; remembers labels, since a gauge that vanishes must become 0."""

    def __init__(self) -> None:
        self._seen: dict[Gauge, set[Labels]] = {}
        self._schedulers: set[Labels] = set()

    def refresh(self, figures: Figures) -> None:
        """Show these figures from now on."""
        leaders: dict[Labels, float] = {(figures.leader,): 1} if figures.leader else {}
        self._show_only(metrics.LEADER, leaders)
        self._show_only(metrics.PLANS_BY_STATUS, _folded(figures.plans_by_status))
        for workflow, rate in figures.success_rates.items():
            metrics.WORKFLOW_SUCCESS_RATE.labels(workflow).set(rate)
        metrics.OUTBOX_PENDING.set(figures.outbox_pending)
        metrics.OUTBOX_OLDEST_AGE.set(figures.outbox_oldest_age_seconds)
        metrics.TENANTS_LATE.set(figures.tenants_late)
        for state in figures.schedulers:
            self._show_scheduler(state)

    def unknown(self) -> None:
        """The figures cannot be read: nobody is known to lead, no scheduler to be healthy."""
        self._show_only(metrics.LEADER, {})
        for labels in self._schedulers:
            metrics.SCHEDULER_HEALTH.labels(*labels).set(0)

    def _show_scheduler(self, state: SchedulerState) -> None:
        labels = (state.service, state.scheduler_type)
        self._schedulers.add(labels)
        metrics.SCHEDULER_HEALTH.labels(*labels).set(state.is_healthy)
        metrics.SCHEDULER_LAST_RUN.labels(*labels).set(_timestamp(state.last_run))
        metrics.SCHEDULER_NEXT_RUN.labels(*labels).set(_timestamp(state.next_run))

    def _show_only(self, gauge: Gauge, values: Mapping[Labels, float]) -> None:
        seen = self._seen.setdefault(gauge, set())
        for labels in seen - values.keys():
            gauge.labels(*labels).set(0)
        for labels, value in values.items():
            gauge.labels(*labels).set(value)
        seen.update(values)


_refresher = Refresher()
refresh = _refresher.refresh
unknown = _refresher.unknown


def _folded(plans: Mapping[tuple[metrics.Tenant, str], int]) -> Mapping[Labels, float]:
    """Plans by label and status; those of tenants without a label of their own are added up."""
    folded: dict[Labels, float] = defaultdict(float)
    for (tenant, status), count in plans.items():
        folded[metrics.tenant_labels.of(tenant), status] += count
    return folded


def _timestamp(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0
