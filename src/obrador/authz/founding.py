"""A bakery's first moments: who makes it may work for it."""

from uuid import UUID

from obrador.authz.tenant import TenantId


def founded(tenant_id: UUID) -> TenantId:
    """The proof for a bakery that this very transaction makes. Never for one that was there."""
    return TenantId(tenant_id)
