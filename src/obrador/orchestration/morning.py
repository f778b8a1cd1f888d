"""The morning run: read once, plan each bakery, write everything, in one transaction.

A date is planned once. A run that is killed leaves nothing; the next one starts afresh.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.forecasting import service as forecasting
from obrador.inventory import service as inventory
from obrador.kit.clock import business_date
from obrador.kit.errors import Fault, Invalid, ObradorError
from obrador.orchestration import repository
from obrador.orchestration.attention import notes
from obrador.orchestration.domain import MorningPlan, Note, Snapshot
from obrador.orchestration.planning import plan
from obrador.procurement import service as procurement
from obrador.production import service as production
from obrador.sales import service as sales
from obrador.suppliers import service as suppliers
from obrador.tenants import service as tenants_service
from obrador.tenants.domain import Bakery, Morning

HISTORY_DAYS = 3 * 366
"""How far back sales are read: two yearly rhythms and what moved between them."""
MOST_DAYS_AHEAD = 28
"""No forecast reaches further."""

log = structlog.get_logger()
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """How one bakery's morning ended."""

    business_date: date
    revision: int
    is_new: bool
    """False: it had been planned before and stays as it was."""
    failure: str | None = None


@dataclass(frozen=True)
class _Planned:
    snapshot: Snapshot
    plan: MorningPlan
    notes: tuple[Note, ...]

    @property
    def morning(self) -> Morning:
        return self.snapshot.morning


async def run_mornings(
    session: AsyncSession,
    tenants: Sequence[TenantId],
    now: datetime,
    *,
    day: date | None = None,
    again: bool = False,
    progress: Progress = lambda stage: None,
) -> dict[TenantId, Outcome]:
    """Plan the mornings of some bakeries, for `day` or each one's today.

    With `again`, what was planned before is superseded; otherwise it is left alone. A bakery that
    cannot be planned is reported and does not touch the others.

    Raises:
        Invalid: `day` is further ahead than sales can be foreseen.
    """
    bakeries = await tenants_service.load_bakeries(session, tenants)
    days = {tenant: _day(bakery, now, day) for tenant, bakery in bakeries.items()}
    await repository.lock_dates(session, list(days.items()))
    before = await repository.latest(session, list(days.items()))
    outcomes: dict[TenantId, Outcome] = {}
    mornings: list[Morning] = []
    for tenant, bakery in bakeries.items():
        run = before.get(tenant)
        if run is not None and not again:
            outcomes[tenant] = Outcome(run.business_date, run.revision, is_new=False)
        else:
            revision = run.revision + 1 if run else 0
            mornings.append(_morning(tenant, bakery, days[tenant], revision, now))

    progress("snapshot")
    snapshots = await _snapshots(session, mornings)
    progress("planning")
    plans, failures = _plan_each(snapshots)
    progress("saving")
    await _save(session, plans, now)
    for morning in mornings:
        failure = failures.get(morning.tenant)
        outcomes[morning.tenant] = Outcome(
            morning.business_date, morning.revision, failure is None, failure
        )
    return outcomes


def _day(bakery: Bakery, now: datetime, wanted: date | None) -> date:
    today = business_date(now, bakery.time_zone)
    if wanted is not None and wanted > today + timedelta(days=MOST_DAYS_AHEAD):
        raise Invalid(
            f"{wanted} is too far ahead: plans reach {MOST_DAYS_AHEAD} days beyond today, {today}.",
            [Fault("date", f"at most {today + timedelta(days=MOST_DAYS_AHEAD)}")],
        )
    return wanted or today


def _morning(tenant: TenantId, bakery: Bakery, day: date, revision: int, now: datetime) -> Morning:
    return Morning(tenant, bakery, day, revision, now.astimezone(ZoneInfo(bakery.time_zone)))


async def _snapshots(session: AsyncSession, mornings: Sequence[Morning]) -> list[Snapshot]:
    if not mornings:
        return []
    tenants = [morning.tenant for morning in mornings]
    first = min(morning.business_date for morning in mornings)
    last = max(
        morning.business_date + timedelta(days=morning.bakery.policy.horizon_days)
        for morning in mornings
    )
    catalogues = await catalogue.load_catalogues(session, tenants)
    histories = await sales.load_history(
        session,
        tenants,
        first - timedelta(days=HISTORY_DAYS),
        max(morning.business_date for morning in mornings) - timedelta(days=1),
    )
    firm_orders = await sales.load_firm_orders(session, tenants, first, last)
    ingredients = await inventory.load_ingredients(session, tenants)
    lots = await inventory.load_lots(session, tenants)
    all_suppliers = await suppliers.load_suppliers(session, tenants)
    prices = await suppliers.load_prices(session, tenants)
    open_orders = await procurement.load_open_orders(session, tenants)
    return [
        Snapshot(
            morning,
            catalogues[morning.tenant],
            histories[morning.tenant],
            firm_orders[morning.tenant],
            ingredients[morning.tenant],
            lots[morning.tenant],
            all_suppliers[morning.tenant],
            prices[morning.tenant],
            open_orders[morning.tenant],
        )
        for morning in mornings
    ]


def _plan_each(snapshots: Sequence[Snapshot]) -> tuple[list[_Planned], dict[TenantId, str]]:
    planned: list[_Planned] = []
    failures: dict[TenantId, str] = {}
    for snapshot in snapshots:
        try:
            result = plan(snapshot)
            planned.append(_Planned(snapshot, result, notes(snapshot, result)))
        except ObradorError as error:
            log.warning("not_planned", tenant=str(snapshot.morning.tenant), reason=error.detail)
            failures[snapshot.morning.tenant] = error.detail
    return planned, failures


async def _save(session: AsyncSession, planned: Sequence[_Planned], now: datetime) -> None:
    await forecasting.save_forecasts(session, [(p.morning, p.plan.forecast) for p in planned])
    await production.save_plans(session, [(p.morning, p.plan.production) for p in planned])
    await procurement.save_plans(session, [(p.morning, p.plan.purchases) for p in planned])
    await repository.add(
        session,
        [
            {
                "tenant_id": each.morning.tenant,
                "business_date": each.morning.business_date,
                "revision": each.morning.revision,
                "status": "completed",
                "started_at": now,
                "data_until": each.snapshot.data_until,
                "notes": [asdict(note) for note in each.notes],
            }
            for each in planned
        ],
    )
