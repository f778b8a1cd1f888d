"""Who may do what. Mints `TenantId`."""

from obrador.authz.tenant import TenantId

__all__ = ["TenantId"]
