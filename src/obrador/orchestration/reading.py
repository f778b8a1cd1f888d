"""Reads what mornings are planned from: once, for many bakeries."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import service as forecasting
from obrador.forecasting.domain import Override
from obrador.forecasting.history import HISTORY_DAYS
from obrador.inventory import service as inventory
from obrador.inventory.domain import Lot
from obrador.orchestration.domain import Snapshot
from obrador.orchestration.references import Reference, load_references
from obrador.procurement import service as procurement
from obrador.procurement.domain import OpenOrder
from obrador.production import service as production
from obrador.production.domain import Begun
from obrador.sales import service as sales
from obrador.sales.domain import FirmOrder, SalesHistory
from obrador.tenants.domain import Morning

_INTRADAY_DAYS = 56


async def read_snapshots(
    session: AsyncSession, mornings: Sequence[Morning]
) -> dict[TenantId, Snapshot]:
    """All that the mornings are planned from, in a constant number of queries."""
    if not mornings:
        return {}
    tenants = [morning.tenant for morning in mornings]
    first = min(morning.business_date for morning in mornings)
    last = max(
        morning.business_date + timedelta(days=morning.bakery.policy.horizon_days)
        for morning in mornings
    )
    references = await load_references(session, tenants)
    histories = await read_histories(session, mornings)
    firm_orders = await sales.load_firm_orders(session, tenants, first, last)
    lots = await inventory.load_lots(session, tenants)
    open_orders = await procurement.load_open_orders(session, tenants)
    overrides = await forecasting.read_overrides(session, tenants, first, last)
    begun = await production.load_begun(session, mornings)
    intraday = await _read_intraday(session, mornings, references)
    return {
        morning.tenant: _snapshot(
            morning,
            references[morning.tenant],
            histories[morning.tenant],
            firm_orders[morning.tenant],
            lots[morning.tenant],
            open_orders[morning.tenant],
            overrides[morning.tenant],
            begun.get(morning.tenant, ()),
            intraday.get(morning.tenant, {}),
        )
        for morning in mornings
    }


async def read_histories(
    session: AsyncSession, mornings: Sequence[Morning]
) -> dict[TenantId, SalesHistory]:
    """What the bakeries have sold up to the day before."""
    days = [morning.business_date for morning in mornings]
    return await sales.load_history(
        session,
        [morning.tenant for morning in mornings],
        min(days) - timedelta(days=HISTORY_DAYS),
        max(days) - timedelta(days=1),
    )


async def _read_intraday(
    session: AsyncSession,
    mornings: Sequence[Morning],
    references: Mapping[TenantId, tuple[UUID, Reference]],
) -> Mapping[UUID, Mapping[UUID, tuple[float, ...]]]:
    """Of the products that are baked several times a day, the last weeks."""
    questions = {}
    for morning in mornings:
        products = references[morning.tenant][1].catalogue.products
        several = [product.id for product in products if product.waves]
        day = morning.business_date
        first, last = day - timedelta(days=_INTRADAY_DAYS), day - timedelta(days=1)
        if several:
            questions[morning.tenant] = sales.IntradayQuestion(
                morning.bakery.time_zone, several, first, last
            )
    return await sales.load_intraday(session, questions)


def _snapshot(
    morning: Morning,
    reference: tuple[UUID, Reference],
    history: SalesHistory,
    firm_orders: tuple[FirmOrder, ...],
    lots: tuple[Lot, ...],
    open_orders: tuple[OpenOrder, ...],
    overrides: tuple[Override, ...],
    begun: tuple[Begun, ...],
    intraday: Mapping[UUID, tuple[float, ...]],
) -> Snapshot:
    own_hash, parts = reference
    return Snapshot(
        morning, parts.catalogue, history, firm_orders, parts.ingredients, lots, parts.suppliers,
        parts.prices, open_orders, own_hash, overrides=overrides,
        begun=begun,
        intraday=intraday,
    )  # fmt: skip
