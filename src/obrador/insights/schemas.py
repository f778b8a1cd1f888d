"""What the API gives of insights, and takes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, cast
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from obrador.insights.domain import Feedback, Kind
from obrador.insights.models import InsightRow
from obrador.insights.wording import sentence
from obrador.kit.i18n import Speech
from obrador.kit.money import from_minor
from obrador.kit.schemas import Fields, Text


class InsightOutput(BaseModel):
    """A suggestion."""

    id: UUID
    business_date: date = Field(description="Of the morning that told it first.")
    kind: Kind
    message: str
    facts: dict[str, Any] = Field(description="What the message is made of.")
    value: Decimal | None = Field(
        description="What is at stake in a week or, for stock, all at once; null: not known."
    )
    currency: str
    made_at: datetime
    feedback: Feedback | None
    comment: str
    feedback_at: datetime | None
    feedback_by: UUID | None

    @classmethod
    def of(cls, row: InsightRow, say: Speech) -> "InsightOutput":
        """The row with its sentence."""
        made = {"message", "value", "currency"}
        columns = {name: getattr(row, name) for name in cls.model_fields if name not in made}
        return cls(
            **columns,
            message=sentence(say, cast("Kind", row.kind), row.facts),
            value=None if row.value_minor is None else from_minor(row.value_minor, say.currency),
            currency=say.currency,
        )


class FeedbackInput(Fields):
    """What somebody thinks of an insight."""

    feedback: Feedback
    comment: Annotated[Text, StringConstraints(max_length=500)] = ""
