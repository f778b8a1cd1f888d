"""Fills in what a bakery has not entered, so that sales alone are enough for a plan."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.onboarding.bakery_file import BakeryFile
from obrador.onboarding.starters.completing import complete
from obrador.onboarding.storage import store
from obrador.sales import service as sales
from obrador.tenants import service as tenants

_DAYS = 56
"""Sales of eight weeks tell how large batches and equipment have to be."""
_OLDEST = 3 * 366
"""Who tries it with an old export has sales, though none of late."""


async def assume_missing(session: AsyncSession, tenant: TenantId, day: date, now: datetime) -> None:
    """Store starter recipes, prices, suppliers and equipment for what is missing on `day`.

    What it fills in is named in `assumed`; what the baker gave is never changed. Prices come from
    sales, as far as those tell them.
    """
    file = await store.load(session, tenant)
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    completed = complete(
        _with_prices(file, await _prices(session, tenant, day)),
        await _daily_sales(session, tenant, day),
        hours=bakery.opening_hours,
        language=bakery.locale.partition("_")[0],
    )
    if completed != file:
        await store.save(session, tenant, completed, now)


def _with_prices(file: BakeryFile, prices: Mapping[str, int]) -> BakeryFile:
    """With what products were sold at, where nobody has said their price."""
    products = tuple(
        replace(row, price_minor=prices[row.name], assumed=(*row.assumed, "price_minor"))
        if row.price_minor is None and row.name in prices
        else row
        for row in file.products
    )
    return replace(file, products=products)


async def _prices(session: AsyncSession, tenant: TenantId, day: date) -> dict[str, int]:
    """What each product was last sold at, by its name, in minor units."""
    first, yesterday = day - timedelta(days=_OLDEST), day - timedelta(days=1)
    history = (await sales.load_prices(session, [tenant], first, yesterday))[tenant]
    names = await catalogue.load_product_names(session, [tenant])
    return {
        names[product_id][0]: round(float(minor[~np.isnan(minor)][-1]))
        for product_id, minor in zip(history.product_ids, history.minor, strict=True)
        if product_id in names
    }


async def _daily_sales(session: AsyncSession, tenant: TenantId, day: date) -> dict[str, float]:
    """Mean units per day with sales, by product name, over the latest weeks that have any."""
    yesterday = day - timedelta(days=1)
    first = day - timedelta(days=_OLDEST)
    history = (await sales.load_history(session, [tenant], first, yesterday))[tenant]
    products = (await catalogue.load_catalogues(session, [tenant]))[tenant].products
    names = {product.id: product.name for product in products}
    recorded = np.flatnonzero((~np.isnan(history.sold)).any(axis=0))
    if not recorded.size:
        return {}
    latest = recorded[recorded > recorded[-1] - _DAYS]
    totals = np.nansum(history.sold[:, latest], axis=1)
    return {
        names[product_id]: float(total / len(latest))
        for product_id, total in zip(history.product_ids, totals, strict=True)
        if product_id in names and total
    }
