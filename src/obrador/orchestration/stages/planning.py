"""The stages that make a plan: snapshot, forecasting, production, procurement, projection."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import service as forecasting
from obrador.forecasting.domain import Forecast
from obrador.kit.clock import Clock
from obrador.orchestration import planning, records
from obrador.orchestration.attention import notes
from obrador.orchestration.domain import MorningPlan, Snapshot
from obrador.orchestration.reading import read_histories, read_snapshots
from obrador.orchestration.run_state import RunKey, RunState
from obrador.orchestration.snapshots import reread, store
from obrador.orchestration.stages.base import Stage, Written
from obrador.procurement import service as procurement
from obrador.procurement.domain import PurchasePlan
from obrador.production import service as production
from obrador.production.domain import ProductionPlan


class TakeSnapshot(Stage):
    """Reads once all that the others plan from."""

    name = "snapshot"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def read(self, session: AsyncSession, runs: Sequence[RunState]) -> None:
        """Everything, for all bakeries at once."""
        snapshots = await read_snapshots(session, [run.morning for run in runs])
        for run in runs:
            run.snapshot = snapshots[run.tenant]

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Keep the snapshots, so that any number can be explained, and any run taken over."""
        snapshots = [_snapshot(run) for run in runs]
        await store(session, snapshots, self._clock())
        return {run.tenant: Written(rows=1) for run in runs}


class _FromSnapshot(Stage):
    """A stage that plans from the snapshot: one that was taken in another process is read back."""

    async def read(self, session: AsyncSession, runs: Sequence[RunState]) -> None:
        """What this process does not have at hand any more."""
        missing = [run for run in runs if run.snapshot is None]
        if missing:
            mornings = [run.morning for run in missing]
            histories = await read_histories(session, mornings)
            snapshots = await reread(session, mornings, histories)
            for run in missing:
                run.snapshot = snapshots.get(run.tenant)


class _FromForecast(_FromSnapshot):
    """A stage that plans from the forecast as well."""

    async def read(self, session: AsyncSession, runs: Sequence[RunState]) -> None:
        """What this process does not have at hand any more."""
        await super().read(session, runs)
        missing = [run for run in runs if run.forecast is None]
        if missing:
            forecasts = await forecasting.load_forecasts(session, [run.morning for run in missing])
            for run in missing:
                run.forecast = forecasts.get(run.tenant)


class Forecasting(_FromSnapshot):
    """Foresees demand."""

    name = "forecasting"

    def plan(self, run: RunState) -> None:
        """A forecast of every product."""
        run.forecast = planning.plan_demand(_snapshot(run))

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Store the forecasts."""
        await forecasting.save_forecasts(session, [(run.morning, _forecast(run)) for run in runs])
        counts = {run.tenant: len(_forecast(run).product_ids) for run in runs}
        return {tenant: Written(count, {"forecasts": count}) for tenant, count in counts.items()}


class Production(_FromForecast):
    """Plans the bake."""

    name = "production"

    def plan(self, run: RunState) -> None:
        """How much, in which batches, when."""
        _production(run)

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Store schedules as drafts."""
        plans = [(run.morning, _production(run)) for run in runs]
        await production.save_plans(session, plans)
        return {
            morning.tenant: Written(
                1 + len(plan.targets) + len(plan.schedule.scheduled),
                {"batches": len(plan.schedule.scheduled)},
            )
            for morning, plan in plans
        }

    async def undo(self, session: AsyncSession, keys: Sequence[RunKey]) -> int:
        """Withdraw the drafts."""
        return len(await production.withdraw(session, keys))


class Procurement(_FromForecast):
    """Plans the purchases."""

    name = "procurement"

    def plan(self, run: RunState) -> None:
        """What to buy, from whom, by when, and what a person should know of the whole plan."""
        plan = MorningPlan(_forecast(run), _production(run), _purchases(run))
        run.notes = notes(_snapshot(run), plan)

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Store plans and their orders as drafts."""
        plans = [(run.morning, _purchases(run)) for run in runs]
        await procurement.save_plans(session, plans)
        await records.save_notes(session, runs)
        return {
            morning.tenant: Written(
                1 + sum(1 + len(order.lines) for order in plan.orders),
                {"plans": 1, "orders": len(plan.orders)},
            )
            for morning, plan in plans
        }

    async def undo(self, session: AsyncSession, keys: Sequence[RunKey]) -> int:
        """Withdraw the drafts."""
        return len(await procurement.withdraw(session, keys))


class Projection(_FromForecast):
    """Projects the stock that all this leads to."""

    name = "projection"

    def plan(self, run: RunState) -> None:
        """The purchases tell it."""
        _purchases(run)

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Store the projections."""
        plans = [(run.morning, _purchases(run)) for run in runs]
        await procurement.save_projections(session, plans)
        return {morning.tenant: Written(len(plan.projections)) for morning, plan in plans}


# What a stage before has planned is at hand, unless it did so in another process: then it is
# planned again, which gives the same.


def _snapshot(run: RunState) -> Snapshot:
    if run.snapshot is None:
        raise LookupError(f"The snapshot of run {run.id} has not been read.")
    return run.snapshot


def _forecast(run: RunState) -> Forecast:
    if run.forecast is None:
        raise LookupError(f"The forecast of run {run.id} has not been read.")
    return run.forecast


def _production(run: RunState) -> ProductionPlan:
    if run.production is None:
        run.production = planning.plan_bake(_snapshot(run), _forecast(run))
    return run.production


def _purchases(run: RunState) -> PurchasePlan:
    if run.purchases is None:
        run.purchases = planning.plan_buying(_snapshot(run), _production(run))
    return run.purchases
