"""Mornings at once: all stages in the caller's transaction, for a person who waits for the plan.

The same stages as in an execution, one after the other. Killed at any moment, it leaves nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.clock import business_date
from obrador.kit.errors import Conflict, Fault, Invalid, ObradorError, ServiceAway
from obrador.orchestration import records, repository
from obrador.orchestration.definitions import MORNING
from obrador.orchestration.driving import fetch_each, make_do
from obrador.orchestration.run_state import RunKey, RunState
from obrador.orchestration.services import Services
from obrador.orchestration.stages import morning_stages
from obrador.orchestration.stages.base import Stage
from obrador.tenants import service as tenants_service
from obrador.tenants.domain import Bakery, Morning

MOST_DAYS_AHEAD = 28
"""No forecast reaches further."""
_OPEN = ("pending", "running")

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


async def run_mornings(
    session: AsyncSession,
    tenants: Sequence[TenantId],
    now: datetime,
    *,
    day: date | None = None,
    again: bool = False,
    services: Services | None = None,
    progress: Progress = lambda stage: None,
) -> dict[TenantId, Outcome]:
    """Plan the mornings of some bakeries, for `day` or each one's today.

    With `again`, what was planned before is superseded; otherwise it is left alone. A bakery that
    cannot be planned is reported and does not touch the others.

    Raises:
        Invalid: `day` is further ahead than sales can be foreseen.
        Conflict: another process is planning one of them just now.
    """
    bakeries = await tenants_service.load_bakeries(session, tenants)
    days = {tenant: _day(bakery, now, day) for tenant, bakery in bakeries.items()}
    before = await repository.latest(session, list(days.items()))
    outcomes: dict[TenantId, Outcome] = {}
    wanted: list[tuple[TenantId, date, int]] = []
    for tenant in bakeries:
        last = before.get(tenant)
        if last is not None and last.status in _OPEN:
            raise Conflict("This morning is being planned already; look again in a moment.")
        if last is not None and last.status in repository.PLANNED and not again:
            outcomes[tenant] = Outcome(last.business_date, last.revision, is_new=False)
        else:
            wanted.append((tenant, days[tenant], last.revision + 1 if last else 0))

    stages = morning_stages(lambda: now, services)
    claimed = await repository.claim(session, wanted, now, len(stages))
    runs = []
    for tenant, own_day, revision in wanted:
        if tenant in claimed:
            local = now.astimezone(ZoneInfo(bakeries[tenant].time_zone))
            morning = Morning(tenant, bakeries[tenant], own_day, revision, local)
            key = RunKey(tenant, own_day, MORNING, revision)
            runs.append(RunState(key, claimed[tenant], None, "high", morning, 0))
        else:
            outcomes[tenant] = Outcome(own_day, revision, is_new=False)
    failures = await _all_stages(session, stages, runs, now, progress)
    for key in (run.key for run in runs):
        failure = failures.get(key.tenant)
        outcomes[key.tenant] = Outcome(key.business_date, key.revision, failure is None, failure)
    return outcomes


def _day(bakery: Bakery, now: datetime, wanted: date | None) -> date:
    today = business_date(now, bakery.time_zone)
    if wanted is not None and wanted > today + timedelta(days=MOST_DAYS_AHEAD):
        raise Invalid(
            "{wanted} is too far ahead: plans reach {most_days_ahead} days beyond today, {today}.",
            [Fault("date", "at most {today}", today=today + timedelta(days=MOST_DAYS_AHEAD))],
            wanted=wanted,
            most_days_ahead=MOST_DAYS_AHEAD,
            today=today,
        )
    return wanted or today


async def _all_stages(
    session: AsyncSession,
    stages: Sequence[Stage],
    runs: Sequence[RunState],
    now: datetime,
    progress: Progress,
) -> dict[TenantId, str]:
    """Take runs through every stage; what failed, and why, once its traces are gone."""
    failures: dict[TenantId, str] = {}
    for stage in stages:
        progress(stage.name)
        going_on = [run for run in runs if run.tenant not in failures]
        await stage.read(session, going_on)
        skipped = {run.tenant: reason for run in going_on if (reason := stage.skip(run))}
        going_on = [run for run in going_on if run.tenant not in skipped]
        instead = await _fetch_each(session, stage, going_on, failures)
        to_plan = [r for r in going_on if r.tenant not in failures and r.tenant not in instead]
        failures |= _plan_each(stage, to_plan)
        planned = [run for run in going_on if run.tenant not in failures]
        written = await stage.write(session, planned) if planned else {}
        await records.end_stage(
            session,
            stage.name,
            [run for run in runs if run.tenant not in failures],
            written,
            {**skipped, **instead},
            skipped,
            attempt=0,
            began=now,
            ended=now,
            compute_ms={},
        )
    await records.close(
        session, [run.key for run in runs if run.tenant not in failures], len(stages), now
    )
    failed = [run.key for run in runs if run.tenant in failures]
    for stage in reversed(stages):
        await stage.undo(session, failed)
    for key in failed:
        await records.end(session, [key], "failed", now, error=failures[key.tenant])
    return failures


async def _fetch_each(
    session: AsyncSession, stage: Stage, runs: Sequence[RunState], failures: dict[TenantId, str]
) -> Mapping[TenantId, str]:
    """What is to be had elsewhere; returns substitutes where a service is away, by their
    sentences, and adds to `failures`."""
    errors = await fetch_each(stage, runs)
    away = [run for run in runs if isinstance(errors.get(run.tenant), ServiceAway)]
    instead = await make_do(session, stage, away)
    for tenant, error in errors.items():
        if not isinstance(error, ObradorError):
            raise error
        if tenant not in instead:
            log.warning("not_fetched", tenant=str(tenant), reason=error.detail)
            failures[tenant] = error.detail
    return instead


def _plan_each(stage: Stage, runs: Sequence[RunState]) -> Mapping[TenantId, str]:
    failures = {}
    for run in runs:
        try:
            stage.plan(run)
        except ObradorError as error:
            log.warning("not_planned", tenant=str(run.tenant), reason=error.detail)
            failures[run.tenant] = error.detail
    return failures
