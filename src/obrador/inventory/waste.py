"""Use cases of waste: reasons to name, and what became of what was thrown away."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory.domain import CAUSES
from obrador.inventory.movements import midnight
from obrador.inventory.naming import load_items
from obrador.inventory.repository import WasteReasons
from obrador.inventory.valuing import load_unit_values
from obrador.inventory.waste_schemas import (
    ReasonChoice,
    WasteLine,
    WasteReasonOutput,
    WasteReport,
    WasteTotal,
)
from obrador.inventory.wording import cause_words
from obrador.kit import money
from obrador.kit.clock import business_date
from obrador.kit.errors import Fault, Invalid
from obrador.kit.i18n import Speech
from obrador.resources import Resource
from obrador.tenants.service import currency_of, speech_of, time_zone_of

_USUAL_DAYS = 28
_MOST_DAYS = 400

_REPORT = text("""
    select date_trunc('week', m.occurred_at at time zone :zone)::date as week,
        coalesce(l.ingredient_id, l.product_id, l.recipe_id) as item_id,
        m.cause, m.waste_reason_id, -sum(m.quantity) as quantity
    from stock_movements m
    join stock_lots l on l.tenant_id = m.tenant_id and l.id = m.lot_id
    where m.tenant_id = :tenant and m.kind = 'waste'
        and m.occurred_at >= :since and m.occurred_at < :until
    group by 1, 2, 3, 4 having sum(m.quantity) <> 0 order by 1, 2, 3, 4
""")

waste_reasons = Resource(WasteReasons, WasteReasonOutput)


async def choices(
    session: AsyncSession, tenant: TenantId, language: str | None
) -> list[ReasonChoice]:
    """Reasons to choose from: those there always are, then the bakery's own by name."""
    say = await speech_of(session, tenant, language)
    own = await WasteReasons(session, tenant).all()
    usual = [ReasonChoice(cause=c, waste_reason_id=None, name=cause_words(say, c)) for c in CAUSES]
    return usual + [
        ReasonChoice(cause=None, waste_reason_id=each.id, name=each.name) for each in own
    ]


async def report(
    session: AsyncSession,
    tenant: TenantId,
    first: date | None,
    last: date | None,
    now: datetime,
    language: str | None,
) -> WasteReport:
    """What was wasted from the first to the last day; without them, in the last four weeks. What
    was posted by mistake and reversed is not in it. A constant number of queries.

    Raises:
        Invalid: the last day is before the first, or more than a year after it.
    """
    zone_name = await time_zone_of(session, tenant)
    until = last or business_date(now, zone_name)
    since = first or until - timedelta(days=_USUAL_DAYS - 1)
    if not 0 <= (until - since).days <= _MOST_DAYS:
        raise Invalid(
            "Ask for up to {most_days} days, the first of them first.",
            [
                Fault(
                    "first",
                    "must lie in the {most_days} days before {until}",
                    most_days=_MOST_DAYS,
                    until=until,
                )
            ],
            most_days=_MOST_DAYS,
        )
    zone = ZoneInfo(zone_name)
    values = {
        "tenant": tenant,
        "zone": zone_name,
        "since": midnight(since, zone),
        "until": midnight(until + timedelta(days=1), zone),
    }
    rows = (await session.execute(_REPORT, values)).all()
    return await _reported(session, tenant, rows, since, until, language)


async def _reported(
    session: AsyncSession,
    tenant: TenantId,
    rows: Sequence[Row[Any]],
    first: date,
    last: date,
    language: str | None,
) -> WasteReport:
    say = await speech_of(session, tenant, language)
    currency = await currency_of(session, tenant)
    own = {each.id: each.name for each in await WasteReasons(session, tenant).all()}
    items, worth = await load_items(session, tenant), await load_unit_values(session, tenant)
    lines = [_line(row, say, own, items, worth, currency) for row in rows]
    return WasteReport(
        first=first,
        last=last,
        currency=currency,
        value=sum((each.value for each in lines if each.value is not None), Decimal(0)),
        by_reason=_totals(lines, lambda line: line.reason),
        by_item=_totals(lines, lambda line: line.item),
        by_week=sorted(
            _totals(lines, lambda line: line.week.isoformat()), key=lambda total: total.name
        ),
        lines=lines,
    )


def _line(
    row: Row[Any],
    say: Speech,
    own: dict[UUID, str],
    items: dict[UUID, tuple[str, str]],
    worth: dict[UUID, float],
    currency: str,
) -> WasteLine:
    name, unit = items[row.item_id]
    cost = worth.get(row.item_id)
    value = None if cost is None else money.from_minor(round(cost * float(row.quantity)), currency)
    return WasteLine.model_validate(
        {
            "week": row.week,
            "item_id": row.item_id,
            "item": name,
            "cause": row.cause,
            "waste_reason_id": row.waste_reason_id,
            "reason": own.get(row.waste_reason_id) or cause_words(say, row.cause),
            "quantity": row.quantity,
            "unit": unit,
            "value": value,
        }
    )


def _totals(lines: Sequence[WasteLine], name: Callable[[WasteLine], str]) -> list[WasteTotal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        found[name(line)] += line.value or Decimal(0)
    by_value = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return [WasteTotal(name=own, value=value) for own, value in by_value]
