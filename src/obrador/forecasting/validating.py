"""Use cases of validation: yesterday's forecasts against yesterday's sales."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.forecasting import repository, validations
from obrador.forecasting.accuracy import best, by_product, validation
from obrador.forecasting.domain import DayAccuracy, ProductAccuracy, Validation
from obrador.forecasting.events import ValidationCompleted
from obrador.forecasting.locations import added_up, by_location
from obrador.forecasting.models import ValidationRun
from obrador.forecasting.schemas import (
    SHOWN,
    AccuracyOutput,
    BackfillInput,
    BackfillOutput,
    LocationFigures,
    ProductFigures,
    TrendDay,
    ValidationOutput,
    ValidationSummary,
)
from obrador.forecasting.summary import AccuracySummary, ValidatedDay, summary
from obrador.forecasting.validations import ValidationRuns
from obrador.kit.clock import business_date
from obrador.kit.errors import Fault, Invalid
from obrador.kit.outbox import publish_all
from obrador.kit.pagination import Page, PageRequest
from obrador.sales import service as sales
from obrador.tenants import service as tenants_service
from obrador.tenants.domain import Bakery, Morning

MOST_BACKFILL_DAYS = 92


async def validate(
    session: AsyncSession, mornings: Sequence[Morning]
) -> dict[TenantId, Validation | None]:
    """Compare what was foreseen of the day before each morning with what was sold, and keep it. A
    day that has been validated stays as it is and is told again. None where there is nothing to
    compare. A constant number of statements."""
    bakeries = {morning.tenant: morning.bakery for morning in mornings}
    keys = [(morning.tenant, morning.business_date - timedelta(days=1)) for morning in mornings]
    before = await validations.read_validations(session, keys)
    missing = [key for key in keys if key not in before]
    new = await _compared(session, missing, bakeries)
    await validations.save(session, {tenant: [each] for (tenant, _), each in new.items()})
    await _tell(session, new)
    return {tenant: new.get((tenant, day)) or before.get((tenant, day)) for tenant, day in keys}


async def validate_days(
    session: AsyncSession, tenant: TenantId, days: Sequence[date]
) -> dict[date, Validation]:
    """Validate days again whose sales came or changed late; without those that there is nothing
    to compare of. Days that come out as they were are not told again.

    Raises:
        Invalid: more than `MOST_BACKFILL_DAYS` at once.
    """
    if len(days) > MOST_BACKFILL_DAYS:
        raise Invalid(
            "At most {most_backfill_days} days can be validated at once; ask for fewer.",
            [Fault("days", "at most {most_backfill_days}", most_backfill_days=MOST_BACKFILL_DAYS)],
            most_backfill_days=MOST_BACKFILL_DAYS,
        )
    bakery = (await tenants_service.load_bakeries(session, [tenant]))[tenant]
    keys = [(tenant, day) for day in sorted(set(days))]
    before = await validations.read_validations(session, keys)
    found = await _compared(session, keys, {tenant: bakery})
    changed = {key: each for key, each in found.items() if not _is_same(each, before.get(key))}
    await validations.replace(session, tenant, list(changed.values()))
    await _tell(session, changed)
    return {day: each for (_, day), each in found.items()}


async def page(
    session: AsyncSession, tenant: TenantId, paging: PageRequest
) -> Page[ValidationSummary]:
    """A page of validations, newest day first.

    Raises:
        NotFound: the cursor is none of them.
    """
    found = await ValidationRuns(session, tenant).newest_days(paging)
    items = [ValidationSummary.of(row) for row in found.rows]
    return Page[ValidationSummary](items=items, next_cursor=found.next_cursor)


async def get(session: AsyncSession, tenant: TenantId, run_id: UUID) -> ValidationOutput:
    """A validation with its products.

    Raises:
        NotFound: it is not there.
    """
    row = await ValidationRuns(session, tenant).get(run_id)
    products = by_product([validations.records_of(row.by_product)])
    return ValidationOutput.whole(row, products, _locations([row]))


async def backfill(session: AsyncSession, tenant: TenantId, given: BackfillInput) -> BackfillOutput:
    """Validate all days from the first to the last.

    Raises:
        Invalid: the last day is before the first, or there are more than `MOST_BACKFILL_DAYS`.
    """
    count = (given.last - given.first).days + 1
    if not 1 <= count <= MOST_BACKFILL_DAYS:
        raise Invalid(
            "Ask for 1 to {most_backfill_days} days, the first before the last.",
            [
                Fault(
                    "last",
                    "1 to {most_backfill_days} days from the first on",
                    most_backfill_days=MOST_BACKFILL_DAYS,
                )
            ],
            most_backfill_days=MOST_BACKFILL_DAYS,
        )
    days = [given.first + timedelta(days=ahead) for ahead in range(count)]
    found = await validate_days(session, tenant, days)
    return BackfillOutput(
        validated=sorted(found), nothing_to_compare=[day for day in days if day not in found]
    )


async def accuracy_of(
    session: AsyncSession, tenant: TenantId, days: int, now: datetime
) -> AccuracyOutput:
    """Accuracy over the last days before today."""
    today = business_date(now, await tenants_service.time_zone_of(session, tenant))
    first, last = today - timedelta(days=days), today - timedelta(days=1)
    runs = await ValidationRuns(session, tenant).between(first, last)
    products = by_product([validations.records_of(run.by_product) for run in runs])
    return AccuracyOutput(
        first=first,
        last=last,
        trend=[TrendDay(**ValidationSummary.columns(run)) for run in runs],
        by_product=[ProductFigures.of(each) for each in products],
        best=[each.product_id for each in best(products, SHOWN)],
        worst=[each.product_id for each in products[:SHOWN]],
        by_location=_locations(runs),
    )


def _locations(runs: Sequence[ValidationRun]) -> list[LocationFigures]:
    whole = added_up(validations.locations_of(run.by_location) for run in runs)
    return [LocationFigures.of(each) for each in whole]


async def summary_of(
    session: AsyncSession, tenant: TenantId, days: int, now: datetime
) -> AccuracySummary:
    """Accuracy over the last days before today, and over as many before those. A constant number
    of queries."""
    bakery = (await tenants_service.load_bakeries(session, [tenant]))[tenant]
    today = business_date(now, bakery.time_zone)
    first, last = today - timedelta(days=days), today - timedelta(days=1)
    runs = await ValidationRuns(session, tenant).between(first - timedelta(days=days), last)
    validated = [
        ValidatedDay(
            run.business_date,
            validations.records_of(run.by_product),
            run.overridden,
            run.overridden_sold,
            run.overridden_off,
            run.statistical_off,
            locations=validations.locations_of(run.by_location),
        )
        for run in runs
    ]
    products = await catalogue.load_product_names(session, [tenant])
    names = {each: name for each, (name, _) in products.items()}
    return summary(first, last, validated, names, bakery.policy)


async def load_trends(
    session: AsyncSession, tenants: Sequence[TenantId], first: date, last: date
) -> dict[TenantId, list[DayAccuracy]]:
    """Figures of the validated days from the first to the last, in order. One query."""
    found = await validations.read_trend(session, tenants, first, last)
    return {tenant: found[tenant] for tenant in tenants}


async def load_products(
    session: AsyncSession, keys: Sequence[tuple[TenantId, date]], most_days: int
) -> dict[TenantId, list[ProductAccuracy]]:
    """Each product over the validated days of the `most_days` before each bakery's day, worst
    first. One query."""
    found = await validations.read_products(session, keys, most_days)
    return {tenant: by_product([found[tenant]]) if tenant in found else [] for tenant, _ in keys}


async def _compared(
    session: AsyncSession,
    keys: Sequence[tuple[TenantId, date]],
    bakeries: Mapping[TenantId, Bakery],
) -> dict[tuple[TenantId, date], Validation]:
    if not keys:
        return {}
    foreseen = await repository.read_own_days(session, keys)
    sold = await sales.read_days(session, keys)
    split = [key for key in keys if key in sold and sold[key].has_locations]
    locations = await sales.read_locations(session, split) if split else {}
    found = {}
    for key in keys:
        tenant, day = key
        if key in foreseen and key in sold:
            revision, forecast = foreseen[key]
            bakery = bakeries[tenant]
            closes = _closing_minute(bakery, day)
            each = validation(day, revision, forecast, sold[key], closes, bakery.policy)
            if each is not None:
                own = by_location(forecast, locations.get(key, ()))
                found[key] = replace(each, locations=own)
    return found


def _closing_minute(bakery: Bakery, day: date) -> float:
    hours = bakery.opening_hours[day.weekday()]
    return hours.closes.hour * 60.0 + hours.closes.minute if hours else 1440.0


def _is_same(one: Validation, other: Validation | None) -> bool:
    if other is None or one.locations != other.locations:
        return False
    return one.products.tobytes() == other.products.tobytes()


async def _tell(session: AsyncSession, found: Mapping[tuple[TenantId, date], Validation]) -> None:
    await publish_all(
        session, [_completed(tenant, day, each) for (tenant, day), each in found.items()]
    )


def _completed(tenant: UUID, day: date, each: Validation) -> ValidationCompleted:
    figures = each.accuracy
    return ValidationCompleted(
        tenant_id=tenant,
        business_date=day.isoformat(),
        products=figures.products,
        wape=round(figures.wape, 2),
        mape=None if figures.mape is None else round(figures.mape, 2),
        accuracy=round(figures.accuracy, 2),
        health=figures.health,
    )
