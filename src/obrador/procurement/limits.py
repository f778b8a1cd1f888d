"""Who may approve an order of which amount. Pure."""

from collections.abc import Mapping

from obrador.authz.roles import Role

APPROVERS = (Role.PROCUREMENT_MANAGER, Role.OWNER)
Limits = Mapping[str, int | None]
"""See `tenants.domain.Policy.approval_limits`."""


def may_approve(role: Role, amount_minor: int, limits: Limits) -> bool:
    """Whether somebody with this role may approve an order of this amount, delivery included."""
    return role in approvers(amount_minor, limits)


def approvers(amount_minor: int, limits: Limits) -> tuple[Role, ...]:
    """The roles that may."""
    return tuple(role for role in APPROVERS if _is_within(amount_minor, limits.get(role)))


def who_may(amount_minor: int, limits: Limits) -> str:
    """The same in words, for errors."""
    roles = approvers(amount_minor, limits)
    if not roles:
        return "nobody may, until the owner raises approval_limits in the bakery's policy"
    return f"this needs the role {' or '.join(roles)}"


def _is_within(amount_minor: int, limit: int | None) -> bool:
    return limit is None or amount_minor <= limit
