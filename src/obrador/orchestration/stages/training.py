"""The stage that trains forecasting models: decides who is due, trains, compares, keeps."""

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.catalogue import service as catalogue
from obrador.forecasting import service as forecasting
from obrador.forecasting.challenge import challenge
from obrador.forecasting.covariates import with_covariates
from obrador.forecasting.domain import DriverGroup
from obrador.forecasting.history import demand_history
from obrador.insights import service as insights
from obrador.insights.domain import Counts
from obrador.kit.clock import Clock
from obrador.observability import metrics
from obrador.orchestration.reading import read_histories
from obrador.orchestration.records import Written
from obrador.orchestration.run_state import RunKey, RunState, Training
from obrador.orchestration.stages.base import Stage
from obrador.sales.domain import SalesHistory

KEPT_ON = "The model could not be trained, so the one before it, or the weekday profile, goes on: "


class RetrainingEvaluation(Stage):
    """Looks at 30 days of validation, and trains the models of those that are due."""

    name = "retraining_evaluation"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def read(self, session: AsyncSession, runs: Sequence[RunState]) -> None:
        """Whose model is due, why, and what it is trained on; opens their jobs."""
        if not runs:
            return
        mornings = [run.morning for run in runs]
        sales = await read_histories(session, mornings)
        days = {run.tenant: _days_of_sales(sales[run.tenant], run.key) for run in runs}
        decisions, orders = await forecasting.begin_training(session, mornings, days, self._clock())
        catalogues = await catalogue.load_catalogues(session, list(orders)) if orders else {}
        drivers = await forecasting.load_drivers(
            session,
            dict.fromkeys(orders, get_args(DriverGroup)),
            {run.tenant: run.key.business_date for run in runs},
        )
        for run in runs:
            run.decision, order = decisions[run.tenant], orders.get(run.tenant)
            run.training = None
            if order is not None:
                products = catalogues[run.tenant].products
                run.training = Training(order, products, sales[run.tenant], drivers[run.tenant])

    def plan(self, run: RunState) -> None:
        """Train, and compare with the champion."""
        if (training := run.training) is None:
            return
        morning = run.morning
        history = demand_history(
            morning.bakery,
            training.products,
            training.sales,
            morning.business_date,
            morning.bakery.policy.horizon_days,
        )
        history = with_covariates(history, training.products, training.drivers)
        training.trial = challenge(history, training.order.champion)

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Keep the models, what was decided, and what that says to people."""
        trained = [
            forecasting.Trained(run.tenant, run.training.order, run.training.trial)
            for run in runs
            if run.training is not None
        ]
        kept = await forecasting.finish_training(session, trained, self._clock())
        for run in runs:
            if run.training is not None:
                run.training.outcome = _outcome(run.training) if run.tenant in kept else "cancelled"
        decisions = {run.tenant: run.decision for run in runs if run.decision is not None}
        told = await insights.from_decisions(session, [run.morning for run in runs], decisions)
        return {
            run.tenant: Written(
                own.posted + int(run.tenant in kept),
                {
                    "insights_generated": own.generated,
                    "insights_posted": own.posted,
                    "models_trained": int(run.tenant in kept and _has_model(run)),
                },
            )
            for run in runs
            for own in [told.get(run.tenant, Counts(0, 0))]
        }

    async def fall_back(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, str]:
        """Leave the models as they are, and say why."""
        errors = {run.tenant: run.failure or "" for run in runs}
        given_up = await forecasting.give_up_training(session, errors, self._clock())
        for reason in given_up.values():
            metrics.retraining_finished(reason, "failed")
        for run in runs:
            run.training = None
        return {tenant: KEPT_ON + error for tenant, error in errors.items()}

    async def undo(self, session: AsyncSession, keys: Sequence[RunKey]) -> int:
        """Call off what is being trained."""
        return await forecasting.call_off_training(
            session, [key.tenant for key in keys], self._clock()
        )

    def after(self, runs: Sequence[RunState]) -> None:
        """Count what was trained."""
        for run in runs:
            if run.training is not None and run.training.outcome is not None:
                metrics.retraining_finished(run.training.order.reason, run.training.outcome)


def _days_of_sales(sales: SalesHistory, key: RunKey) -> int:
    """From the first sale on to the day before the run's."""
    days = max((key.business_date - sales.first).days, 0)
    sells = np.any(sales.sold[:, :days] > 0, axis=0)
    return days - int(sells.argmax()) if sells.any() else 0


def _has_model(run: RunState) -> bool:
    return run.training is not None and run.training.trial is not None


def _outcome(training: Training) -> str:
    if training.trial is None:
        return "failed"
    return "promoted" if training.trial.is_promoted else "refused"
