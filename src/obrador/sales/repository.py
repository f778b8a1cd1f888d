"""Queries of sales and firm orders."""

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.sales.models import ImportMapping


async def find_mapping(
    session: AsyncSession, tenant: TenantId, header: str
) -> ImportMapping | None:
    """What is remembered of files with this header."""
    return await session.get(ImportMapping, (tenant, header))
