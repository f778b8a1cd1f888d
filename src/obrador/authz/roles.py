"""Roles in a bakery."""

from enum import StrEnum


class Role(StrEnum):
    """viewer < production_manager, procurement_manager < owner."""

    VIEWER = "viewer"
    PRODUCTION_MANAGER = "production_manager"
    PROCUREMENT_MANAGER = "procurement_manager"
    OWNER = "owner"

    def includes(self, other: "Role") -> bool:
        """Whether who has this role may do what `other` may."""
        return other in (self, Role.VIEWER) or self is Role.OWNER
