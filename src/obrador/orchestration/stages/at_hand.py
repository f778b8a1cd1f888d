"""What a stage before has planned: at hand, unless it did so in another process.

Then it is planned again from the same snapshot, which gives the same.
"""

from obrador.forecasting.domain import Forecast
from obrador.orchestration import planning
from obrador.orchestration.domain import MorningPlan, Snapshot
from obrador.orchestration.run_state import RunState
from obrador.procurement.domain import PurchasePlan
from obrador.production.domain import ProductionPlan


def snapshot_of(run: RunState) -> Snapshot:
    """What the run plans from.

    Raises:
        LookupError: it has not been read.
    """
    if run.snapshot is None:
        raise LookupError(f"The snapshot of run {run.id} has not been read.")
    return run.snapshot


def forecast_of(run: RunState) -> Forecast:
    """What it foresees.

    Raises:
        LookupError: it has not been read.
    """
    if run.forecast is None:
        raise LookupError(f"The forecast of run {run.id} has not been read.")
    return run.forecast


def production_of(run: RunState) -> ProductionPlan:
    """What it bakes."""
    if run.production is None:
        run.production = planning.plan_bake(snapshot_of(run), forecast_of(run))
    return run.production


def purchases_of(run: RunState) -> PurchasePlan:
    """What it buys."""
    if run.purchases is None:
        run.purchases = planning.plan_buying(snapshot_of(run), production_of(run))
    return run.purchases


def plan_of(run: RunState) -> MorningPlan:
    """The whole plan."""
    purchases = purchases_of(run)
    return MorningPlan(forecast_of(run), production_of(run), purchases)
