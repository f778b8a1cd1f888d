"""A forecasting model that is trained and kept: the profile, and what it keeps getting wrong. Pure.

Every past week gets the profile's forecast that its own past allowed; how much each product sold
of what was foreseen is its factor on the profile from then on.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal
from uuid import UUID

import msgspec
import numpy as np
import zstandard

from obrador.forecasting import effects, profile
from obrador.forecasting.domain import DemandHistory, Floats, Forecast
from obrador.forecasting.weeks import completed, profiles, ratio, weeks_of
from obrador.kit.pack import pack, unpack

METHOD: Final = "scaled_profile"
FEWEST_DAYS = 28
"""Of history, from which on there is something to learn."""
LEARNING_WEEKS = 13
"""The last weeks, which the factors come from."""
_PRIOR_DAYS = 28.0
"""That the profile is right counts in a product's factor like so many days."""
_LIMITS = (0.5, 2.0)


class UnknownFormat(ValueError):
    """Stored content is no model that this program can read."""


@dataclass(frozen=True)
class TrainedModel:
    """What was learned."""

    product_ids: tuple[UUID, ...]
    factor: Floats
    """(P,) of what the profile foresees."""


@dataclass(frozen=True)
class _Packed:
    method: Literal["scaled_profile"]
    product_ids: tuple[UUID, ...]
    factor: bytes
    """(P,) float64"""


def train(history: DemandHistory) -> TrainedModel | None:
    """Learn from a history what the profile keeps getting wrong.

    `factor = (Σ sold + k · m) / (Σ foreseen + k · m)` over the last 13 weeks, where m is a
    product's mean foreseen and k = 28 days.

    Returns:
        None: with less than 28 days there is too little to learn from; the profile alone forecasts.
    """
    if history.sold.shape[1] < FEWEST_DAYS:
        return None
    weeks = weeks_of(history)
    if weeks.sold_out.any():
        weeks = completed(weeks, profiles(weeks))
    base = profiles(weeks).base[: len(weeks.sold)]
    season = effects.season(weeks, base)[:, None]
    foreseen = base * season * effects.holidays(weeks, base * season)
    known = weeks.seen & (foreseen > 0)
    known[:-LEARNING_WEEKS] = False
    sold, expected = ((values * known).sum(axis=(0, 1)) for values in (weeks.sold, foreseen))
    prior = _PRIOR_DAYS * ratio(expected, known.sum(axis=(0, 1)).astype(float), 0.0)
    factor = np.clip(ratio(sold + prior, expected + prior, 1.0), *_LIMITS)
    return TrainedModel(history.product_ids, factor)


def forecast(history: DemandHistory, model: TrainedModel | None) -> Forecast:
    """Forecast each product for each of the H days after its history; products that the model does
    not know, and all of them without one, by the profile alone.

    Returns:
        mean (P, H) and quantiles (P, H, Q) in units sold a day, as `profile.forecast`.
    """
    made = profile.forecast(history)
    if model is None:
        return made
    known = dict(zip(model.product_ids, model.factor.tolist(), strict=True))
    factor = np.array([known.get(product_id, 1.0) for product_id in made.product_ids])
    drivers = zip(made.drivers, factor.tolist(), strict=True)
    return replace(
        made,
        mean=profile.rounded(made.mean * factor[:, None]),
        quantiles=profile.rounded(made.quantiles * factor[:, None, None]),
        drivers=tuple(
            tuple(replace(day, level=day.level * own) for day in days) for days, own in drivers
        ),
    )


def to_bytes(model: TrainedModel) -> bytes:
    """The model as it is stored."""
    return pack(_Packed(METHOD, model.product_ids, model.factor.astype("<f8").tobytes()))


def from_bytes(content: bytes) -> TrainedModel:
    """The model that was stored.

    Raises:
        UnknownFormat: it is none that this program can read.
    """
    try:
        packed = unpack(content, _Packed)
    except (msgspec.DecodeError, zstandard.ZstdError) as error:
        raise UnknownFormat(f"This is no model that can be read: {error}.") from error
    factor = np.frombuffer(packed.factor, "<f8").astype(np.float64)
    return TrainedModel(packed.product_ids, factor)
