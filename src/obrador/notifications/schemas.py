"""What the API gives of notifications, and takes."""

from datetime import date, datetime
from typing import Any, Literal, cast
from uuid import UUID

from pydantic import BaseModel, Field

from obrador.authz.roles import Role
from obrador.kit.i18n import Speech
from obrador.kit.schemas import Fields
from obrador.notifications.domain import Kind
from obrador.notifications.mail import Mode
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


class MailPreference(Fields):
    """When you want mail of what your role hears of, and have not muted."""

    mode: Mode = Field(
        "usual",
        description="`usual`: what is critical at once, the rest once a day; `each`: all at once;"
        " `digest`: all once a day; `off`: none.",
    )
    language: Literal["en", "es"] | None = Field(None, description="Null: the bakery's.")


class Preferences(BaseModel):
    """Who hears of what."""

    roles: list[RoleWish]
    own: list[OwnWish] = Field(description="What you have muted is not shown to you.")
