"""The stages that make a plan: snapshot, forecasting, production, procurement, projection."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import service as forecasting
from obrador.kit.clock import Clock
from obrador.orchestration import planning, records
from obrador.orchestration.attention import notes
from obrador.orchestration.reading import read_histories, read_snapshots
from obrador.orchestration.run_state import RunKey, RunState
from obrador.orchestration.snapshots import reread, store
from obrador.orchestration.stages.at_hand import (
    forecast_of,
    plan_of,
    production_of,
    purchases_of,
    snapshot_of,
)
from obrador.orchestration.stages.base import Stage, Written
from obrador.procurement import service as procurement
from obrador.production import service as production


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
        snapshots = [snapshot_of(run) for run in runs]
        await store(session, snapshots, self._clock())
        return {run.tenant: Written(rows=1) for run in runs}


class FromSnapshot(Stage):
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


class FromForecast(FromSnapshot):
    """A stage that plans from the forecast as well."""

    async def read(self, session: AsyncSession, runs: Sequence[RunState]) -> None:
        """What this process does not have at hand any more."""
        await super().read(session, runs)
        missing = [run for run in runs if run.forecast is None]
        if missing:
            forecasts = await forecasting.load_forecasts(session, [run.morning for run in missing])
            for run in missing:
                run.forecast = forecasts.get(run.tenant)


class Forecasting(FromSnapshot):
    """Foresees demand."""

    name = "forecasting"

    def plan(self, run: RunState) -> None:
        """A forecast of every product."""
        run.forecast = planning.plan_demand(snapshot_of(run))

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Store the forecasts."""
        await forecasting.save_forecasts(session, [(run.morning, forecast_of(run)) for run in runs])
        counts = {run.tenant: len(forecast_of(run).product_ids) for run in runs}
        return {tenant: Written(count, {"forecasts": count}) for tenant, count in counts.items()}


class Production(FromForecast):
    """Plans the bake."""

    name = "production"

    def plan(self, run: RunState) -> None:
        """How much, in which batches, when."""
        production_of(run)

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Store schedules as drafts."""
        plans = [(run.morning, production_of(run)) for run in runs]
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


class Procurement(FromForecast):
    """Plans the purchases."""

    name = "procurement"

    def plan(self, run: RunState) -> None:
        """What to buy, from whom, by when, and what a person should know of the whole plan."""
        run.notes = notes(snapshot_of(run), plan_of(run))

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Store plans and their orders as drafts."""
        plans = [(run.morning, purchases_of(run)) for run in runs]
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


class Projection(FromForecast):
    """Projects the stock that all this leads to."""

    name = "projection"

    def plan(self, run: RunState) -> None:
        """The purchases tell it."""
        purchases_of(run)

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Store the projections."""
        plans = [(run.morning, purchases_of(run)) for run in runs]
        await procurement.save_projections(session, plans)
        return {morning.tenant: Written(len(plan.projections)) for morning, plan in plans}
