"""Bakeries."""

from datetime import time

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.ids import new_id
from obrador.tenants import service
from obrador.tenants.domain import Hours, NewBakery

WEEK = (Hours(time(7), time(20)),) * 7


async def make_tenant(
    session: AsyncSession,
    name: str = "Panadería Lavapiés",
    *,
    currency: str = "EUR",
    time_zone: str = "Europe/Madrid",
) -> TenantId:
    """A bakery in Madrid, open every day from 7 to 20."""
    bakery = NewBakery(
        name=name,
        time_zone=time_zone,
        country="ES",
        subdivision="MD",
        locale="es_ES",
        currency=currency,
        opening_hours=WEEK,
        open_on_holidays=False,
    )
    return await service.create(session, bakery, new_id())
