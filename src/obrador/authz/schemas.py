"""What the API takes and gives of members and API keys."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from obrador.authn.schemas import Address, NewPassword
from obrador.authz.roles import Role
from obrador.authz.scopes import SCOPES, Scope
from obrador.kit.schemas import Fields, Moment, Name, Text


class MemberInput(Fields):
    """Somebody who shall work at the bakery."""

    email: Address
    role: Role
    name: Annotated[Text, StringConstraints(max_length=200)] = ""
    password: NewPassword | None = Field(
        None, description="To start with, for somebody who has no account yet."
    )


class MemberChanges(Fields):
    """Another role."""

    role: Role


class MemberOutput(BaseModel):
    """Somebody who works at the bakery."""

    user_id: UUID
    email: str
    name: str
    role: Role


class InvitationInput(Fields):
    """Somebody who shall get a link that makes them a member."""

    email: Address
    role: Role


class InvitationOutput(BaseModel):
    """An invitation that nobody has taken yet."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime


class NewInvitation(InvitationOutput):
    """An invitation as it is made."""

    link: str | None = Field(
        description="Sent by mail as well; shown this once, null when a repeated request asks."
    )


class ApiKeyInput(Fields):
    """A key for a program."""

    name: Annotated[Name, StringConstraints(max_length=100)]
    role: Role = Role.VIEWER
    scopes: list[Scope] = Field(
        [],
        max_length=len(SCOPES),
        description="What of its role it is for, such as `sales:write`; empty: all of it.",
    )
    expires_at: Moment | None = Field(None, description="From then on it opens nothing.")


class ApiKeyOutput(BaseModel):
    """A key that a program may have."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    role: Role
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Within an hour.")
    revoked_at: datetime | None


class NewApiKey(ApiKeyOutput):
    """A key as it is made."""

    key: str | None = Field(
        description="Shown this once, never again; null when a repeated request asks for it."
    )


class TenantRole(BaseModel):
    """What one may do in a bakery."""

    tenant_id: UUID
    role: Role


class Me(BaseModel):
    """Who asks, and what they may do."""

    kind: Literal["person", "program", "local_owner"]
    user_id: UUID | None = None
    email: str | None = None
    name: str | None = None
    is_platform_admin: bool = False
    roles: list[TenantRole] = Field(description="By bakery; who runs the platform needs none.")
