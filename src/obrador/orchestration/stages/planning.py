"""The stages that make a plan: snapshot, forecasting, production, procurement, projection."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import service as forecasting
from obrador.forecasting.domain import DRIVER_GROUPS, DriverGroup, Forecast
from obrador.forecasting.fallback import LAST_DAYS, fall_back
from obrador.forecasting.override import override, statistical
from obrador.kit.clock import Clock
from obrador.kit.errors import ObradorError
from obrador.orchestration import planning, records
from obrador.orchestration.attention import notes
from obrador.orchestration.parts import KINDS, with_part
from obrador.orchestration.reading import read_histories, read_snapshots
from obrador.orchestration.records import Written
from obrador.orchestration.run_state import RunKey, RunState
from obrador.orchestration.services import Services
from obrador.orchestration.snapshots import reread, store
from obrador.orchestration.stages.at_hand import (
    forecast_of,
    plan_of,
    production_of,
    purchases_of,
    snapshot_of,
)
from obrador.orchestration.stages.base import Stage
from obrador.orchestration.stand_ins import complete
from obrador.procurement import service as procurement
from obrador.production import service as production

_DAMAGED = (
    "The stored model, version {version}, is damaged or of another version of this program, so the"
    " weekday profile forecasts. Train a new one: obrador train."
)


class TakeSnapshot(Stage):
    """Reads once all that the others plan from, and fetches what is kept elsewhere."""

    name = "snapshot"

    def __init__(self, clock: Clock, services: Services | None = None) -> None:
        self._clock = clock
        self._services = services
        self._parts = tuple(name for name in KINDS if services and services.has(name))
        self.is_remote = bool(self._parts)

    async def read(self, session: AsyncSession, runs: Sequence[RunState]) -> None:
        """Everything, for all bakeries at once."""
        snapshots = await read_snapshots(session, [run.morning for run in runs])
        for run in runs:
            run.snapshot = snapshots[run.tenant]

    async def fetch(self, run: RunState) -> None:
        """The parts that are kept elsewhere, all at once. What does not come is missing."""
        if self._services is None:
            return
        run.remarks.clear()
        asked = (self._services.part(name, run.tenant) for name in self._parts)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        snapshot, missing = snapshot_of(run), []
        for name, answer in zip(self._parts, answers, strict=True):
            if isinstance(answer, ObradorError):
                missing.append(name)
                run.remarks.append(answer.detail)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                snapshot = with_part(snapshot, answer)
        run.snapshot = replace(snapshot, missing=tuple(missing))

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Keep the snapshots, so that any number can be explained, and any run taken over."""
        if self.is_remote:
            await complete(session, runs)
            await records.tell_all(session, self.name, "warning", _remarks(runs))
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
    needs = ("recipes",)

    def __init__(self, services: Services | None = None) -> None:
        self._services = services
        self.is_remote = services is not None and services.has("forecasting")

    async def read(self, session: AsyncSession, runs: Sequence[RunState]) -> None:
        """What this process does not have at hand any more, the models that forecast, and the
        drivers that these look at; all drivers for a model that is elsewhere."""
        await super().read(session, runs)
        groups: dict[TenantId, tuple[DriverGroup, ...]]
        if self.is_remote:
            groups = {run.tenant: DRIVER_GROUPS for run in runs}
        else:
            champions = await forecasting.load_champions(session, [run.tenant for run in runs])
            groups = {tenant: champion.drivers for tenant, champion in champions.items()}
            for run in runs:
                run.champion = champions.get(run.tenant)
        days = {run.tenant: run.morning.business_date for run in runs}
        drivers = await forecasting.load_drivers(session, groups, days, forecasting.DRIVER_DAYS)
        for run in runs:
            run.drivers = drivers.get(run.tenant)

    async def fetch(self, run: RunState) -> None:
        """A forecast from elsewhere."""
        if self._services is not None:
            snapshot = snapshot_of(run)
            foreseen = await self._services.forecast(snapshot, run.drivers)
            run.forecast = override(foreseen, snapshot.overrides)

    def plan(self, run: RunState) -> None:
        """A forecast of every product."""
        if not self.is_remote:
            run.forecast = planning.plan_demand(snapshot_of(run), run.champion, run.drivers)

    async def fall_back(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, str]:
        """The last forecast that was one, else what the same weekdays have sold."""
        last = await records.last_clean(session, [run.key for run in runs], self.name, LAST_DAYS)
        mornings = [replace(run.morning, **last[run.tenant]) for run in runs if run.tenant in last]
        forecasts = await forecasting.load_forecasts(session, mornings) if mornings else {}
        for run in runs:
            snapshot, last_one = snapshot_of(run), forecasts.get(run.tenant)
            foreseen = fall_back(
                planning.known_demand(snapshot), statistical(last_one) if last_one else None
            )
            run.forecast, run.champion = override(foreseen, snapshot.overrides), None
        return {run.tenant: _substitute(run, forecasts.get(run.tenant)) for run in runs}

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Store the forecasts, and say whose model could not be read."""
        damaged = [
            (run, _DAMAGED.format(version=run.champion.version))
            for run in runs
            if run.champion is not None and forecast_of(run).model_version is None
        ]
        await records.tell_all(session, self.name, "error", damaged)
        await forecasting.save_forecasts(session, [(run.morning, forecast_of(run)) for run in runs])
        counts = {run.tenant: len(forecast_of(run).product_ids) for run in runs}
        return {tenant: Written(count, {"forecasts": count}) for tenant, count in counts.items()}


class FromPlans(FromForecast):
    """A stage that makes plans, or plans from them, which another service may have to give."""

    services: ClassVar[tuple[str, ...]]
    """Whose plans it takes."""

    def __init__(self, services: Services | None = None) -> None:
        self._services = services
        self.is_remote = services is not None and any(map(services.has, self.services))

    async def fetch(self, run: RunState) -> None:
        """Plans from elsewhere that this process does not have at hand."""
        for name in self.services:
            if self._services is not None and self._services.has(name):
                await _fetch_plan(self._services, name, run)


class Production(FromPlans):
    """Plans the bake."""

    name = "production"
    needs = ("recipes",)
    services = ("production",)

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


class Procurement(FromPlans):
    """Plans the purchases."""

    name = "procurement"
    needs = ("recipes", "inventory", "suppliers")
    services = ("production", "procurement")

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


class Projection(FromPlans):
    """Projects the stock that all this leads to."""

    name = "projection"
    needs = ("recipes", "inventory", "suppliers")
    services = ("production", "procurement")

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


async def _fetch_plan(services: Services, name: str, run: RunState) -> None:
    if name == "production" and run.production is None:
        run.production = await services.bake(snapshot_of(run), forecast_of(run))
    if name == "procurement" and run.purchases is None:
        # Cheap beside the request; and there already, unless another process has planned it.
        production = await asyncio.to_thread(production_of, run)
        run.purchases = await services.buying(snapshot_of(run), production)


def _substitute(run: RunState, last: Forecast | None) -> str:
    if last is not None and "last_forecast" in forecast_of(run).models:
        return f"No forecast could be made: that of {last.first_day} is used instead."
    return "No forecast could be made: what the same weekdays have sold lately is used instead."


def _remarks(runs: Sequence[RunState]) -> list[tuple[RunState, str]]:
    return [(run, remark) for run in runs for remark in run.remarks]
