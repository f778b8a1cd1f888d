"""A bakery's first moments: who makes it may work for it."""

from uuid import UUID

from obrador.authz.tenant import TenantId


def founded(tenant_id: UUID) -> TenantId:
    """The proof for a bakery that is made under this id, which nobody else may have chosen."""
    return TenantId(tenant_id)
