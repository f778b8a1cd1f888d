"""What others may hear of workflows."""

from dataclasses import dataclass
from typing import ClassVar

from obrador.kit.outbox import PlatformEvent


@dataclass(frozen=True)
class WorkflowStarted(PlatformEvent):
    """A workflow was fired for the platform."""

    routing_key: ClassVar[str] = "orchestrator.workflow_started"

    workflow_name: str
    execution_id: str
    timestamp: str
    """ISO 8601, UTC."""


@dataclass(frozen=True)
class WorkflowCompleted(PlatformEvent):
    """An execution has ended; single bakeries may have failed."""

    routing_key: ClassVar[str] = "orchestrator.workflow_completed"

    workflow_name: str
    execution_id: str
    tenants_processed: int
    steps_completed: int
    steps_failed: int
    duration_seconds: float
    timestamp: str
    """ISO 8601, UTC."""


@dataclass(frozen=True)
class WorkflowFailed(PlatformEvent):
    """An execution has ended without a result."""

    routing_key: ClassVar[str] = "orchestrator.workflow_failed"

    workflow_name: str
    execution_id: str
    error_message: str
    tenants_affected: int
    timestamp: str
    """ISO 8601, UTC."""
