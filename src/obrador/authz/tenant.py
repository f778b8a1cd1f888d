"""The proof that somebody may work for a tenant."""

from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
"""A tenant's id after a check of who asks. Only modules of `authz` make one (a test sees to it);
every repository takes this type, so a query that nobody authorised does not type-check."""
