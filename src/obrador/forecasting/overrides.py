"""Every query on what people say of forecasts."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Row, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository, by_tenant
from obrador.forecasting.domain import Override
from obrador.forecasting.models import ForecastOverride
from obrador.kit.db import table_of
from obrador.kit.queries import row_state, state_of

WITHDRAWN = "withdrawn"
_READ = text("""
    select tenant_id, product_id, business_date, kind, value::float8 as value, reason, said_by_name
    from (
        select distinct on (tenant_id, business_date, product_id) *
        from forecast_overrides
        where tenant_id = any(cast(:tenants as uuid[]))
            and business_date between :first and :last
        order by tenant_id, business_date, product_id, id desc
    ) newest
    where kind <> 'withdrawn' order by tenant_id, business_date, product_id
""")


class Overrides(ScopedRepository[ForecastOverride]):
    """What people said of a bakery's forecasts."""

    model = ForecastOverride

    async def newest_of(self, product_id: UUID, day: date) -> ForecastOverride | None:
        """What was said last of a product's day."""
        query = self.query().where(
            ForecastOverride.product_id == product_id, ForecastOverride.business_date == day
        )
        newest = query.order_by(ForecastOverride.id.desc()).limit(1)
        return (await self.session.scalars(newest)).one_or_none()


def in_force() -> ColumnElement[bool]:
    """Of rows: nothing was said of the same product's day since, and they are no withdrawal."""
    later = aliased(ForecastOverride)
    since = select(later.id).where(
        later.tenant_id == ForecastOverride.tenant_id,
        later.business_date == ForecastOverride.business_date,
        later.product_id == ForecastOverride.product_id,
        later.id > ForecastOverride.id,
    )
    return ~since.exists() & (ForecastOverride.kind != WITHDRAWN)


def overrides_state(tenant: BindParameter[TenantId], first: BindParameter[date]) -> Select[Decimal]:
    """A query of a number that is another one after anything is said of a day from the first on."""
    return state_of(
        select(row_state(table_of(ForecastOverride))).where(
            ForecastOverride.tenant_id == tenant, ForecastOverride.business_date >= first
        )
    )


async def read_overrides(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[TenantId, tuple[Override, ...]]:
    """What counts of many bakeries' days from the first to the last, in their order. One query."""
    values = {"tenants": list(tenants), "first": first, "last": last}
    rows = (await session.execute(_READ, values)).all()
    return by_tenant(tenants, rows, _override)


def _override(row: Row[Any]) -> Override:
    return Override(
        row.product_id, row.business_date, row.kind, row.value, row.reason, row.said_by_name
    )
