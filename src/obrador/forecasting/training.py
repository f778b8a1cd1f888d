"""Use cases of trained models: decide who is due, keep what was trained, tell of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import jobs, registry, validations
from obrador.forecasting.challenge import FEWEST_DAYS
from obrador.forecasting.domain import (
    Champion,
    DayAccuracy,
    Decision,
    TrainingOrder,
    TrainingReason,
    Trial,
)
from obrador.forecasting.events import ModelRetrained
from obrador.forecasting.jobs import TrainingJobs
from obrador.forecasting.registry import ForecastModels, Made
from obrador.forecasting.retraining import LOOK_BACK_DAYS, decide, train_or_not
from obrador.forecasting.training_schemas import (
    Improvement,
    ModelDetail,
    ModelOutput,
    TrainingJobOutput,
)
from obrador.kit.errors import Conflict
from obrador.kit.outbox import publish_all
from obrador.kit.pagination import Page, PageRequest
from obrador.tenants import service as tenants_service
from obrador.tenants.domain import Morning

COMPARED_DAYS = 28
"""Before and after a promotion, whose validations say what it brought."""
TOO_LITTLE = (
    f"There is too little to train from: a model needs {FEWEST_DAYS} days of sales, some of them in"
    " the last week. Until then the weekday profile forecasts. Import sales, then train."
)


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of an order."""

    tenant: TenantId
    order: TrainingOrder
    trial: Trial | None
    """None: there was too little to train from."""


async def begin_training(
    session: AsyncSession,
    mornings: Sequence[Morning],
    days_of_sales: Mapping[TenantId, int],
    now: datetime,
) -> tuple[dict[TenantId, Decision], dict[TenantId, TrainingOrder]]:
    """Decide whose models are to be trained, and open a job for each; a job that is open already,
    because somebody asked or because a process died, goes on. Who has cancelled one since the run
    began is left alone. A constant number of statements.

    Args:
        days_of_sales: known before each morning, from the first sale on.
    """
    if not mornings:
        return {}, {}
    tenants = [morning.tenant for morning in mornings]
    trends = await _trends(session, mornings)
    champions = await registry.read_champions(session, tenants)
    asked, cancelled = await jobs.asked_and_cancelled(session, mornings)
    decisions = {
        morning.tenant: _decision(
            morning,
            trends[morning.tenant],
            champions.get(morning.tenant),
            days_of_sales[morning.tenant],
            morning.tenant in asked,
        )
        for morning in mornings
    }
    reasons: dict[TenantId, TrainingReason] = {
        tenant: reason
        for tenant, decision in decisions.items()
        if tenant not in cancelled and (reason := decision.due_for)
    }
    await validations.save_decisions(
        session, [(m.tenant, m.business_date, decisions[m.tenant]) for m in mornings]
    )
    started = await jobs.start(session, reasons, now)
    orders = {
        tenant: TrainingOrder(started[tenant].id, started[tenant].reason, champions.get(tenant))
        for tenant in reasons
    }
    return decisions, orders


def _decision(
    morning: Morning,
    trend: Sequence[DayAccuracy],
    champion: Champion | None,
    days_of_sales: int,
    is_asked: bool,
) -> Decision:
    day, policy = morning.business_date, morning.bakery.policy
    looked = decide([each for each in trend if 0 < (day - each.day).days <= LOOK_BACK_DAYS], policy)
    is_sound = champion is not None and champion.content is not None
    return train_or_not(
        looked,
        day,
        champion_until=champion.last_day if champion and is_sound else None,
        days_of_sales=days_of_sales,
        is_asked=is_asked,
        policy=policy,
    )


async def _trends(
    session: AsyncSession, mornings: Sequence[Morning]
) -> dict[UUID, list[DayAccuracy]]:
    first = min(morning.business_date for morning in mornings) - timedelta(days=LOOK_BACK_DAYS)
    last = max(morning.business_date for morning in mornings) - timedelta(days=1)
    return await validations.read_trend(
        session, [morning.tenant for morning in mornings], first, last
    )


async def finish_training(
    session: AsyncSession, trained: Sequence[Trained], now: datetime
) -> set[TenantId]:
    """Keep models and end their jobs; returns of which bakeries. What belongs to a job that has
    ended meanwhile, because it was cancelled or somebody was faster, is dropped. A constant number
    of statements."""
    still_open = await jobs.lock_open(
        session, [(each.tenant, each.order.job_id) for each in trained]
    )
    kept = [each for each in trained if each.order.job_id in still_open]
    made = [
        Made(each.tenant, each.order.reason, each.trial) for each in kept if each.trial is not None
    ]
    versions = await registry.add(session, made, now) if made else {}
    await jobs.end(session, [_ended(each, versions) for each in kept], now)
    await publish_all(session, [_retrained(each, versions[each.tenant]) for each in made])
    return {each.tenant for each in kept}


def _ended(each: Trained, versions: Mapping[UUID, int]) -> dict[str, object]:
    own: dict[str, object] = {"tenant_id": each.tenant, "id": each.order.job_id}
    if each.trial is None:
        return own | {"status": "failed", "error": TOO_LITTLE}
    return own | {
        "status": "completed",
        "version": versions[each.tenant],
        "improvement": each.trial.champion.wape - each.trial.challenger.wape,
        "is_promoted": each.trial.is_promoted,
    }


def _retrained(made: Made, version: int) -> ModelRetrained:
    return ModelRetrained(
        tenant_id=made.tenant,
        version=version,
        reason=made.reason,
        is_promoted=made.trial.is_promoted,
        wape=round(made.trial.challenger.wape, 2),
        wape_before=round(made.trial.champion.wape, 2),
    )


async def give_up_training(
    session: AsyncSession, errors: Mapping[TenantId, str], now: datetime
) -> Mapping[UUID, TrainingReason]:
    """End the jobs of these bakeries, each with its error; the models that forecast go on. Returns
    why those that were open had been begun."""
    return await jobs.end_open(session, "failed", dict(errors), now)


async def call_off_training(
    session: AsyncSession, tenants: Sequence[TenantId], now: datetime
) -> int:
    """Cancel what is being trained for these bakeries; returns for how many something was."""
    return len(await jobs.end_open(session, "cancelled", dict.fromkeys(tenants), now))


async def load_champions(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[TenantId, Champion]:
    """The models that forecast, of those bakeries that have one. One query; their checksums are
    verified."""
    found = await registry.read_champions(session, tenants) if tenants else {}
    return {tenant: found[tenant] for tenant in tenants if tenant in found}


async def has_model(session: AsyncSession, tenant: TenantId) -> bool:
    """Whether a trained model forecasts for the bakery."""
    return await registry.has_champion(session, tenant)


async def ask_for_training(
    session: AsyncSession, tenant: TenantId, job_id: UUID, now: datetime
) -> tuple[TrainingJobOutput, bool]:
    """A job to train the bakery's model, and that it is new; or the one that is open already, or
    that an earlier request with the same id made."""
    is_new = await jobs.queue(session, tenant, job_id, now)
    own = TrainingJobs(session, tenant)
    return TrainingJobOutput.of(await own.open_one() or await own.get(job_id)), is_new


async def page_of_models(
    session: AsyncSession, tenant: TenantId, paging: PageRequest
) -> Page[ModelOutput]:
    """A page of trained models, newest first."""
    found = await ForecastModels(session, tenant).newest(paging)
    items = [ModelOutput.of(row) for row in found.rows]
    return Page[ModelOutput](items=items, next_cursor=found.next_cursor)


async def get_model(session: AsyncSession, tenant: TenantId, version: int) -> ModelDetail:
    """A trained model, and how mornings did before and after it was promoted.

    Raises:
        NotFound: it is not there.
    """
    row = await ForecastModels(session, tenant).get_version(version)
    zone = ZoneInfo(await tenants_service.time_zone_of(session, tenant))
    if row.promoted_at is None:
        return ModelDetail.whole(row, None)
    # The forecast of the day itself was made that morning, before.
    until = row.promoted_at.astimezone(zone).date()
    retired = row.retired_at.astimezone(zone).date() if row.retired_at else date.max
    last = min(until + timedelta(days=COMPARED_DAYS), retired)
    first = until - timedelta(days=COMPARED_DAYS - 1)
    trend = (await validations.read_trend(session, [tenant], first, last))[tenant]
    before = [each.accuracy.wape for each in trend if each.day <= until]
    after = [each.accuracy.wape for each in trend if each.day > until]
    return ModelDetail.whole(row, _improvement(before, after))


def _improvement(before: Sequence[float], after: Sequence[float]) -> Improvement:
    was, is_now = fmean(before) if before else None, fmean(after) if after else None
    return Improvement(
        days_before=len(before),
        wape_before=was,
        days_after=len(after),
        wape_after=is_now,
        points=None if was is None or is_now is None else was - is_now,
    )


async def page_of_jobs(
    session: AsyncSession, tenant: TenantId, paging: PageRequest
) -> Page[TrainingJobOutput]:
    """A page of training jobs, newest first."""
    found = await TrainingJobs(session, tenant).newest(paging)
    items = [TrainingJobOutput.of(row) for row in found.rows]
    return Page[TrainingJobOutput](items=items, next_cursor=found.next_cursor)


async def get_training_job(
    session: AsyncSession, tenant: TenantId, job_id: UUID
) -> TrainingJobOutput:
    """A training job.

    Raises:
        NotFound: it is not there.
    """
    return TrainingJobOutput.of(await TrainingJobs(session, tenant).get(job_id))


async def cancel_job(
    session: AsyncSession, tenant: TenantId, job_id: UUID, now: datetime
) -> TrainingJobOutput:
    """Call a job off. What is being computed for it is dropped when it is done.

    Raises:
        NotFound: it is not there.
        Conflict: it has ended already.
    """
    row = await TrainingJobs(session, tenant).lock(job_id)
    if row.status == "cancelled":
        return TrainingJobOutput.of(row)
    if row.status not in jobs.OPEN:
        raise Conflict("This job has ended already: it is {status}.", status=row.status)
    row.status, row.ended_at = "cancelled", now
    await session.flush()
    return TrainingJobOutput.of(row)
