"""What the API gives of alerts."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from pydantic import BaseModel, Field

from obrador.alerts.domain import Kind, Severity, Status
from obrador.alerts.models import AlertRow
from obrador.alerts.wording import sentence
from obrador.kit.i18n import Speech


class AlertOutput(BaseModel):
    """Something to look at."""

    id: UUID
    business_date: date = Field(description="Of the morning that raised it.")
    kind: Kind
    severity: Severity
    message: str
    facts: dict[str, Any] = Field(description="What the message is made of.")
    relevant_until: date | None = Field(description="After that day, it resolves itself.")
    status: Status
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: UUID | None
    resolved_at: datetime | None
    resolved_by: UUID | None = Field(description="Null: it had lost its point.")

    @classmethod
    def of(cls, row: AlertRow, say: Speech) -> "AlertOutput":
        """The row with its sentence."""
        columns = {name: getattr(row, name) for name in cls.model_fields if name != "message"}
        return cls(**columns, message=sentence(say, cast("Kind", row.kind), row.facts))
