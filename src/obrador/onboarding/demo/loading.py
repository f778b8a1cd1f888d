"""Loads demo bakeries into the database."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.kit.clock import business_date
from obrador.kit.ids import derived_id
from obrador.kit.names import name_key
from obrador.onboarding.demo.bakery import Demo, demo
from obrador.onboarding.demo.stock import described
from obrador.onboarding.storage import store
from obrador.sales import service as sales
from obrador.sales.domain import SalesHistory
from obrador.tenants import service as tenants


async def load(
    session: AsyncSession,
    now: datetime,
    *,
    seed: int = 1,
    products: int = 24,
    days: int = 730,
    count: int = 1,
    whose: UUID | None = None,
) -> list[TenantId]:
    """`count` demo bakeries, of this seed and the ones after it, with sales up to yesterday; where
    people have accounts, `whose` tells one person's from another's.

    One that has yesterday's sales already stays as it is; an older one is made anew.
    """
    return [
        await _load(session, now, number, products, days, whose)
        for number in range(seed, seed + count)
    ]


async def _load(
    session: AsyncSession,
    now: datetime,
    seed: int,
    products: int,
    days: int,
    whose: UUID | None,
) -> TenantId:
    yesterday = business_date(now, described()["time_zone"]) - timedelta(days=1)
    made = demo(seed, yesterday, products, days)
    own_id = made.bakery.id if whose is None else derived_id(whose, made.bakery.id)
    tenant = await tenants.create(session, _described(made, seed), own_id)
    last_sale = await sales.last_sale_date(session, tenant)
    if last_sale == yesterday:
        return tenant
    if last_sale is not None:
        await tenants.remove(session, tenant)
        return await _load(session, now, seed, products, days, whose)
    await tenants.close_on(session, tenant, made.bakery.closures)
    await store.save(session, tenant, made.file, now)
    ids = await catalogue.product_ids(session, tenant)
    await sales.add_history(session, {tenant: _history(made, ids)})
    return tenant


def _described(made: Demo, seed: int) -> tenants.NewBakery:
    bakery = made.bakery
    return tenants.NewBakery(
        name=bakery.name if seed == 1 else f"{bakery.name} {seed}",
        time_zone=bakery.time_zone,
        country=bakery.country,
        subdivision=bakery.subdivision,
        locale=bakery.locale,
        currency=bakery.currency,
        opening_hours=bakery.opening_hours,
        open_on_holidays=bakery.open_on_holidays,
        is_demo=True,
    )


def _history(made: Demo, ids: Mapping[str, UUID]) -> SalesHistory:
    names = [product.name for product in made.file.products]
    records, days = made.sales, int(made.sales.day.max()) + 1
    sold, sold_out = (np.full((len(names), days), np.nan) for _ in range(2))
    sold[records.product, records.day] = records.quantity
    minutes = records.sold_out_minute.astype(np.float64)
    sold_out[records.product, records.day] = np.where(minutes < 0, np.nan, minutes)
    return SalesHistory(tuple(ids[name_key(name)] for name in names), records.first, sold, sold_out)
