"""What a morning hands on to those who tell of it."""

from obrador.alerts.domain import MorningFacts
from obrador.forecasting.domain import Validation
from obrador.orchestration.domain import MorningPlan, Snapshot


def facts_of(snapshot: Snapshot, plan: MorningPlan, validation: Validation | None) -> MorningFacts:
    """The morning's facts; `validation` is of the day before."""
    return MorningFacts(
        morning=snapshot.morning,
        catalogue=snapshot.catalogue,
        ingredients=snapshot.ingredients,
        lots=snapshot.lots,
        suppliers=snapshot.suppliers,
        prices=snapshot.prices,
        forecast=plan.forecast,
        production=plan.production,
        purchases=plan.purchases,
        validation=validation,
    )
