"""Forecasting with the trained model that a bakery has. Pure."""

from dataclasses import replace

from obrador.forecasting import model
from obrador.forecasting.domain import Champion, DemandHistory, Forecast


def foreseen(history: DemandHistory, champion: Champion | None) -> Forecast:
    """What the champion foresees of the days after a history; the profile alone, where there is
    none or it cannot be read. The forecast says which model made it."""
    trained = readable(champion)
    made = model.forecast(history, trained)
    return replace(made, model_version=champion.version) if champion and trained else made


def readable(champion: Champion | None) -> model.TrainedModel | None:
    """The model itself; None: there is none, or it is damaged, or another version of this program
    has made it."""
    if champion is None or champion.content is None:
        return None
    try:
        return model.from_bytes(champion.content)
    except ValueError:
        return None
