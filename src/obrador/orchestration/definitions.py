"""What a workflow is, as data: its steps, and the workflows that every installation starts with.

Pure. The steps name stages of `stages.all_stages`; an operator may leave some out, reorder what
allows it, and change timeouts and retries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Type = Literal["daily", "weekly", "monthly", "on_demand"]
Scope = Literal["tenant", "platform"]
OnFailure = Literal["fail", "compensate", "record", "fallback"]
"""What happens when a step has failed for good:

- fail: the run ends failed.
- compensate: what the run has created is taken back, and it ends failed.
- record: the run goes on and ends with partial success.
- fallback: the step makes do with less, and the run goes on; where even that fails, as fail.
"""


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step of a workflow."""

    stage: str
    on_failure: OnFailure = "fail"
    timeout_seconds: int | None = None
    """Of one bakery; None: the workflow's."""
    max_retries: int = 3
    retry_delay_seconds: float = 300
    """Before the first retry; doubles with each, spread by up to a half."""


@dataclass(frozen=True, slots=True)
class WorkflowSpec:
    """A workflow as it starts out."""

    name: str
    type: Type
    cron: str | None
    steps: tuple[StepSpec, ...]
    description: str
    scope: Scope = "tenant"
    grace_seconds: int = 300
    max_duration_seconds: int | None = None
    """None: as the settings say."""


def steps_of(stored: Sequence[Mapping[str, Any]]) -> list[StepSpec]:
    """Steps as they are kept."""
    return [StepSpec(**step) for step in stored]


MORNING = "daily_operations"
BACKFILL = "validation_backfill"
RETRAINING = "retraining_evaluation"
WEATHER = WorkflowSpec(
    "weather",
    "daily",
    "30 4 * * *",
    (StepSpec("weather", "record"),),
    "Fetches what the weather was and will be, of bakeries that say where they are.",
    max_duration_seconds=3600,  # over before the morning
)
"""Of installations that ask somebody for it."""


def default_workflows(daily_cron: str, weekly_cron: str) -> tuple[WorkflowSpec, ...]:
    """The workflows that are created on the first start."""
    return (
        WorkflowSpec(
            MORNING,
            "daily",
            daily_cron,
            (
                StepSpec("snapshot"),
                StepSpec("forecasting", "fallback"),
                StepSpec("production", "compensate"),
                StepSpec("procurement", "compensate", timeout_seconds=120),
                StepSpec("projection", "record"),
                StepSpec("validation", "record"),
                StepSpec("insights", "record"),
                StepSpec("notifications", "record"),
            ),
            "Forecasts, plans the bake and the purchases, checks yesterday, tells everyone.",
        ),
        WorkflowSpec(
            "stale_schedule_cleanup",
            "daily",
            "50 5 * * *",
            (StepSpec("stale_schedules", "record"),),
            "Archives production schedules nobody acted on; escalates today's.",
        ),
        WorkflowSpec(
            "stale_plan_cleanup",
            "daily",
            "30 6 * * *",
            (StepSpec("stale_plans", "record"),),
            "Archives purchase plans nobody acted on; reminds of today's.",
        ),
        WorkflowSpec(
            "procurement_optimization",
            "weekly",
            "0 7 * * 1",
            (StepSpec("procurement_review", "record"),),
            "Reviews purchasing: deliveries to join, price breaks within reach, dead stock.",
            grace_seconds=600,
        ),
        WorkflowSpec(
            RETRAINING,
            "weekly",
            "0 22 * * 0",
            (StepSpec("retraining_evaluation", "fallback"),),
            "Looks at 30 days of validation and trains the forecasting models that are due.",
            grace_seconds=600,
            max_duration_seconds=6 * 3600,  # over before the morning
        ),
        WorkflowSpec(
            "weekly_digest",
            "weekly",
            weekly_cron,
            (StepSpec("weekly_digest", "record"),),
            "The week in one page.",
            grace_seconds=600,
        ),
        WorkflowSpec(
            "alert_cleanup",
            "daily",
            "0 3 * * *",
            (StepSpec("alert_cleanup", "record"),),
            "Archives resolved alerts.",
        ),
        WorkflowSpec(
            "metrics_rollup",
            "daily",
            "15 0 * * *",
            (StepSpec("metrics_rollup"), StepSpec("retention", "record")),
            "Adds up yesterday's figures of every workflow; removes what is old enough.",
            scope="platform",
        ),
        WorkflowSpec(
            BACKFILL,
            "on_demand",
            None,
            (StepSpec("validation_backfill", "record"),),
            "Validates days whose sales came late.",
        ),
    )
