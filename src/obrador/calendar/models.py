"""Tables of what was said to proposals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Identified


class CalendarDecision(Base, Identified):
    """What a person said to a proposal, whose id this has."""

    __tablename__ = "calendar_decisions"

    decision: Mapped[str] = mapped_column(String(20))
    """See `domain.Decision`."""
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[UUID | None] = mapped_column(Uuid)
