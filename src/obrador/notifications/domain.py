"""What is told to whom, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from obrador.alerts.domain import MorningFacts
from obrador.authz.roles import Role

__all__ = ["DEFAULTS", "KINDS", "ROLES", "Kind", "MorningFacts", "Notification", "Wishes"]

Kind = Literal["daily_summary", "weekly_digest", "plan_waiting"]
KINDS: tuple[Kind, ...] = ("daily_summary", "weekly_digest", "plan_waiting")
ROLES = (Role.OWNER, Role.PRODUCTION_MANAGER, Role.PROCUREMENT_MANAGER, Role.VIEWER)
DEFAULTS: Mapping[Kind, tuple[Role, ...]] = {
    "daily_summary": (Role.OWNER, Role.PRODUCTION_MANAGER, Role.PROCUREMENT_MANAGER),
    "weekly_digest": (Role.OWNER,),
    "plan_waiting": (Role.OWNER, Role.PROCUREMENT_MANAGER),
}
"""Which roles hear of what, unless the bakery wishes otherwise."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Something to tell a role. `facts` are JSON-ready and fill its sentences."""

    kind: Kind
    role: Role
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wishes:
    """What differs from the defaults in a bakery."""

    of_roles: Mapping[tuple[Role, Kind], bool] = field(default_factory=dict)
    of_people: Mapping[tuple[UUID, Kind], bool] = field(default_factory=dict)

    def roles_for(self, kind: Kind) -> tuple[Role, ...]:
        """The roles that hear of it."""
        return tuple(role for role in ROLES if self.wants(role, kind))

    def wants(self, role: Role, kind: Kind) -> bool:
        """Whether a role hears of it."""
        return self.of_roles.get((role, kind), role in DEFAULTS[kind])

    def muted(self, person: UUID) -> set[Kind]:
        """What somebody does not wish to see, though their role hears of it."""
        return {kind for kind in KINDS if not self.of_people.get((person, kind), True)}
