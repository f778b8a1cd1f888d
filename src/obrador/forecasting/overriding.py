"""Use cases of overrides: what people say of a day that the model cannot know."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.requester import Requester, id_of, name_of
from obrador.forecasting.models import ForecastOverride
from obrador.forecasting.override_schemas import OverrideInput, OverrideOutput
from obrador.forecasting.overrides import WITHDRAWN, Overrides, in_force
from obrador.kit.clock import business_date
from obrador.kit.errors import Fault, Invalid, NotFound
from obrador.kit.ids import new_id
from obrador.kit.pagination import Page, PageRequest
from obrador.tenants.service import time_zone_of


async def page(
    session: AsyncSession,
    tenant: TenantId,
    paging: PageRequest,
    *,
    first: date | None,
    last: date | None,
    product_id: UUID | None,
    history: bool,
) -> Page[OverrideOutput]:
    """A page of what counts, said last first; with its history, everything that was ever said."""
    row = ForecastOverride
    found = await Overrides(session, tenant).newest(
        paging,
        true() if first is None else row.business_date >= first,
        true() if last is None else row.business_date <= last,
        true() if product_id is None else row.product_id == product_id,
        true() if history else in_force(),
    )
    items = [OverrideOutput.of(row) for row in found.rows]
    return Page[OverrideOutput](items=items, next_cursor=found.next_cursor)


async def put(
    session: AsyncSession,
    tenant: TenantId,
    given: OverrideInput,
    requester: Requester,
    now: datetime,
) -> OverrideOutput:
    """Let this count of a product's day, instead of what was said before; said again, it changes
    nothing. The next plan of that day is made with it.

    Raises:
        Invalid: the day is over, or there is no such product.
    """
    today = business_date(now, await time_zone_of(session, tenant))
    if given.business_date < today:
        raise Invalid(
            "{business_date} is over: change the forecast of today or of a later day.",
            [Fault("business_date", "{today} or later", today=today)],
            business_date=given.business_date,
        )
    rows = Overrides(session, tenant)
    before = await rows.newest_of(given.product_id, given.business_date)
    if before is not None and _says_the_same(before, given):
        return OverrideOutput.of(before)
    row = rows.made(new_id(), given.model_dump())
    return OverrideOutput.of(await _said(session, rows, row, requester, now))


async def withdraw(
    session: AsyncSession, tenant: TenantId, row_id: UUID, requester: Requester, now: datetime
) -> None:
    """Let the model's own forecast count again. What was said stays in the history.

    Raises:
        NotFound: there is no such thing, or it does not count any more.
    """
    rows = Overrides(session, tenant)
    row = await rows.get(row_id)
    newest = await rows.newest_of(row.product_id, row.business_date)
    if newest is None or newest.id != row.id or row.kind == WITHDRAWN:
        raise NotFound("The override {row_id} does not count any more.", row_id=row_id)
    values = {
        "product_id": row.product_id,
        "business_date": row.business_date,
        "kind": WITHDRAWN,
        "value": 0,
        "reason": "",
    }
    await _said(session, rows, rows.made(new_id(), values), requester, now)


async def _said(
    session: AsyncSession,
    rows: Overrides,
    row: ForecastOverride,
    requester: Requester,
    now: datetime,
) -> ForecastOverride:
    row.said_by, row.said_at = id_of(requester), now
    row.said_by_name = await name_of(session, requester)
    return await rows.add(row)


def _says_the_same(row: ForecastOverride, given: OverrideInput) -> bool:
    return (row.kind, row.value, row.reason) == (given.kind, given.value, given.reason)
