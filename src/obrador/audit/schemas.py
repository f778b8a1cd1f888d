"""What the API gives of what was done."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from obrador.audit.domain import ActorKind, Outcome


class AuditOutput(BaseModel):
    """One thing that somebody did, or was refused."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    at: datetime
    tenant_id: UUID | None = Field(description="Null: it was about no bakery, or about several.")
    actor_kind: ActorKind = Field(
        description="`platform_admin`: who runs the platform, in a bakery they do not work at;"
        " `service`: another installation; `unknown`: nobody who could say who they are."
    )
    actor_id: UUID | None = Field(description="A person's, or an API key's.")
    actor_name: str = Field(description="What they were called then.")
    action: str = Field(
        description="Method and path with names for ids, or a command. A platform admin who looks"
        " around is told once an hour, as `GET /api/v1/tenants/{tenant_id}`."
    )
    things: dict[str, str] = Field(description="The ids of the path, by those names.")
    outcome: Outcome
    address: str = Field(description="Where it came from; empty for commands.")
    program: str = Field(description="As the browser or program calls itself.")
