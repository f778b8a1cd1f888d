"""What is told to whom, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args
from uuid import UUID

from obrador.alerts.domain import MorningFacts
from obrador.authz.roles import Role

__all__ = [
    "CRITICAL",
    "DEFAULTS",
    "KINDS",
    "ROLES",
    "Kind",
    "MorningFacts",
    "Notification",
    "Wishes",
]

Kind = Literal[
    "daily_summary",
    "weekly_digest",
    "plan_waiting",
    "schedule_rejected",
    "schedule_regenerated",
    "plan_rejected",
    "plan_regenerated",
    "stock_critical",
    "floor_alert",
    "order_not_sent",
    "order_overdue",
    "webhook_disabled",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
ROLES = (Role.OWNER, Role.PRODUCTION_MANAGER, Role.PROCUREMENT_MANAGER, Role.VIEWER)
DEFAULTS: Mapping[Kind, tuple[Role, ...]] = {
    "daily_summary": (Role.OWNER, Role.PRODUCTION_MANAGER, Role.PROCUREMENT_MANAGER),
    "weekly_digest": (Role.OWNER,),
    "plan_waiting": (Role.OWNER, Role.PROCUREMENT_MANAGER),
    "schedule_rejected": (Role.OWNER, Role.PRODUCTION_MANAGER),
    "schedule_regenerated": (Role.OWNER, Role.PRODUCTION_MANAGER),
    "plan_rejected": (Role.OWNER, Role.PROCUREMENT_MANAGER),
    "plan_regenerated": (Role.OWNER, Role.PROCUREMENT_MANAGER),
    "stock_critical": (Role.OWNER, Role.PROCUREMENT_MANAGER),
    "floor_alert": (Role.OWNER, Role.PRODUCTION_MANAGER),
    "order_not_sent": (Role.OWNER, Role.PROCUREMENT_MANAGER),
    "order_overdue": (Role.OWNER, Role.PROCUREMENT_MANAGER),
    "webhook_disabled": (Role.OWNER,),
}
"""Which roles hear of what, unless the bakery wishes otherwise."""
CRITICAL: frozenset[Kind] = frozenset(
    {"stock_critical", "floor_alert", "order_not_sent", "order_overdue"}
)
"""What costs something unless somebody acts now."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Something to tell a role. `facts` are JSON-ready and fill its sentences."""

    kind: Kind
    role: Role
    facts: Mapping[str, Any] = field(default_factory=dict)
    subject: str = ""
    """What it is about, where there may be several of a kind in a day: each is told once."""


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
