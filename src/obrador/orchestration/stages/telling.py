"""The stages that check yesterday and tell of today: validation, insights, notifications."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts import service as alerts
from obrador.alerts.domain import MorningFacts
from obrador.authz import TenantId
from obrador.forecasting import service as forecasting
from obrador.insights import service as insights
from obrador.notifications import service as notifications
from obrador.observability import metrics
from obrador.orchestration.facts import facts_of
from obrador.orchestration.records import Written
from obrador.orchestration.run_state import RunState
from obrador.orchestration.stages.at_hand import plan_of, purchases_of, snapshot_of
from obrador.orchestration.stages.base import Stage
from obrador.orchestration.stages.planning import FromPlans


class Validation(Stage):
    """Compares yesterday's forecast with yesterday's sales."""

    name = "validation"

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Keep what came of it, where there is anything to compare."""
        await _validate(session, runs)
        return {
            run.tenant: Written(int(run.validation is not None), {"validations": 1})
            for run in runs
            if run.validation is not None
        }

    def after(self, runs: Sequence[RunState]) -> None:
        """How far off yesterday's forecasts were."""
        for run in runs:
            accuracy = run.validation and run.validation.accuracy
            if accuracy and accuracy.mape is not None:
                metrics.forecast_validated(
                    run.tenant, mape=accuracy.mape, coverage=accuracy.interval_coverage
                )


class _Telling(FromPlans):
    """A stage that tells of the whole morning."""

    needs = ("recipes", "inventory", "suppliers")
    services = ("production", "procurement")

    def plan(self, run: RunState) -> None:
        """All that is told of, planned again if that was done in another process."""
        purchases_of(run)

    async def facts(self, session: AsyncSession, runs: Sequence[RunState]) -> list[MorningFacts]:
        """What is told from."""
        await _validate(session, [run for run in runs if not run.is_validated])
        return [facts_of(snapshot_of(run), plan_of(run), run.validation) for run in runs]


class Insights(_Telling):
    """Finds what is worth knowing, and what is worth an alarm."""

    name = "insights"

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Raise alerts, and keep insights that are new."""
        facts = await self.facts(session, runs)
        raised = await alerts.from_morning(session, facts)
        found = await insights.from_morning(session, facts)
        return {
            tenant: Written(
                raised[tenant] + count.posted,
                {
                    "alerts": raised[tenant],
                    "insights_generated": count.generated,
                    "insights_posted": count.posted,
                },
            )
            for tenant, count in found.items()
        }


class Notifications(_Telling):
    """Tells every role that wants it what the morning brings."""

    name = "notifications"

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """One notification for each role."""
        told = await notifications.summarise(session, await self.facts(session, runs))
        return {tenant: Written(count, {"notifications": count}) for tenant, count in told.items()}


async def _validate(session: AsyncSession, runs: Sequence[RunState]) -> None:
    if runs:
        found = await forecasting.validate(session, [run.morning for run in runs])
        for run in runs:
            run.validation, run.is_validated = found[run.tenant], True
