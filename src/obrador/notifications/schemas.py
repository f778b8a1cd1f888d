"""What the API gives of notifications, and takes."""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from pydantic import BaseModel, Field

from obrador.authz.roles import Role
from obrador.kit.i18n import Speech
from obrador.kit.schemas import Fields
from obrador.notifications.domain import Kind
from obrador.notifications.models import NotificationRow
from obrador.notifications.wording import lines, title


class NotificationOutput(BaseModel):
    """Something that was told."""

    id: UUID
    business_date: date
    kind: Kind
    role: Role = Field(description="Whom it was told.")
    title: str
    lines: list[str]
    facts: dict[str, Any] = Field(description="What the lines are made of.")
    made_at: datetime
    read_at: datetime | None = Field(description="Null: you have not read it.")

    @classmethod
    def of(
        cls, row: NotificationRow, read_at: datetime | None, say: Speech
    ) -> "NotificationOutput":
        """The row with its sentences."""
        kind, role = cast("Kind", row.kind), Role(row.role)
        return cls(
            id=row.id,
            business_date=row.business_date,
            kind=kind,
            role=role,
            title=title(say, kind, row.business_date, row.facts),
            lines=lines(say, kind, role, row.facts),
            facts=row.facts,
            made_at=row.made_at,
            read_at=read_at,
        )


class RoleWish(Fields):
    """Whether a role hears of a kind."""

    role: Role
    kind: Kind
    wanted: bool


class OwnWish(Fields):
    """Whether you see a kind that your role hears of."""

    kind: Kind
    wanted: bool


class Preferences(BaseModel):
    """Who hears of what."""

    roles: list[RoleWish]
    own: list[OwnWish] = Field(description="What you have muted is not shown to you.")
