"""A forecasting model that is trained and kept: what the profile gets wrong, and when. Pure.

The profile (see `profile`) foresees each past day as its own past allowed. Two learners (see
`learning`) are fitted to how sales departed from that, given what was known in advance (see
`signals`). Their mean is a factor on what the profile foresees. How far they are believed, and how
much narrower intervals may be, is measured on weeks that they were not fitted to.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import msgspec
import numpy as np
import zstandard

from obrador.forecasting import learning, profile
from obrador.forecasting.domain import DemandHistory, DriverTrial, Floats, Forecast
from obrador.forecasting.learning import Curve, Signals, Trees
from obrador.forecasting.signals import signals
from obrador.forecasting.walk import Walk
from obrador.kit.pack import pack, unpack

METHOD: Final = "corrected_profile"
_MOST = 1.2
"""A factor is at most e to the power of it, and at least e to minus it."""


class UnknownFormat(ValueError):
    """Stored content is no model that this program can read."""


@dataclass(frozen=True)
class Learners:
    """How demand departs from the profile, given what is known in advance."""

    curve: Curve
    trees: Trees
    lift: float
    """By how much the mean of demand lies above the mean of its logarithm."""

    def __call__(self, found: Signals) -> Floats:
        """(R,) logarithms of factors."""
        departure = (self.curve(found) + self.trees(found)) / 2 + self.lift
        return np.asarray(np.clip(departure, -_MOST, _MOST))


@dataclass(frozen=True)
class TrainedModel:
    """What was learned."""

    learners: Learners
    share: float
    """Of what the learners say, that is believed; 0 to 1."""
    narrowing: float
    """Size of errors, compared with the profile's."""
    covariates: tuple[str, ...] = ()
    """Names of those that it looks at."""
    drivers: tuple[DriverTrial, ...] = ()


@dataclass(frozen=True)
class _Packed:
    method: Literal["corrected_profile"]
    share: float
    narrowing: float
    start: float
    lift: float
    curve: bytes
    """(1 + 3 F + U,) float64: middle, scale, weights."""
    signal: bytes
    threshold: bytes
    value: bytes
    covariates: tuple[str, ...] = ()
    drivers: tuple[DriverTrial, ...] = ()


def forecast(history: DemandHistory, model: TrainedModel | None) -> Forecast:
    """Forecast each product for each of the H days after its history; without a model by the
    profile alone.

    Returns:
        mean (P, H) and quantiles (P, H, Q) in units sold a day, as `profile.forecast`.
    """
    if model is None:
        return profile.forecast(history)
    return profile.forecast(history, partial(_factors, model), model.narrowing)


def _factors(model: TrainedModel, ahead: Walk, week: Walk) -> Floats:
    """(7, P) on what the profile foresees of the last target week."""
    last = np.array([len(ahead.base) - 1])
    found = signals(ahead, week, last, model.covariates)
    mean = ahead.mean[-1]
    departure = model.share * model.learners(found.reshape(len(found), -1))
    wanted = corrected(mean.ravel(), departure).reshape(mean.shape)
    return np.where(mean > 0, wanted / np.where(mean > 0, mean, 1.0), 1.0)


def corrected(foreseen: Floats, departure: Floats) -> Floats:
    """(R,) units where the logarithm of (units + 1) departs so much; the inverse of the target that
    learners are fitted to, see `fitting.train`. Never negative."""
    return np.maximum((foreseen + 1) * np.exp(departure) - 1, 0.0)


def to_bytes(model: TrainedModel) -> bytes:
    """The model as it is stored."""
    curve, trees = model.learners.curve, model.learners.trees
    return pack(
        _Packed(
            METHOD,
            model.share,
            model.narrowing,
            trees.start,
            model.learners.lift,
            np.concatenate([curve.middle, curve.scale, curve.weights]).astype("<f8").tobytes(),
            trees.signal.tobytes(),
            trees.threshold.astype("<f4").tobytes(),
            trees.value.astype("<f4").tobytes(),
            model.covariates,
            model.drivers,
        )
    )


def from_bytes(content: bytes) -> TrainedModel:
    """The model that was stored.

    Raises:
        UnknownFormat: it is none that this program can read.
    """
    try:
        packed = unpack(content, _Packed)
    except (msgspec.DecodeError, zstandard.ZstdError) as error:
        raise UnknownFormat(f"This is no model that can be read: {error}.") from error
    curve = np.frombuffer(packed.curve, "<f8").astype(np.float64)
    count = (len(curve) - 1 - learning.UNITS) // 3
    shape = (-1, learning.DEPTH)
    learners = Learners(
        Curve(curve[:count], curve[count : 2 * count], curve[2 * count :]),
        Trees(
            packed.start,
            np.frombuffer(packed.signal, np.uint8).reshape(shape),
            np.frombuffer(packed.threshold, "<f4").astype(np.float32).reshape(shape),
            np.frombuffer(packed.value, "<f4").astype(np.float32).reshape(-1, 1 << learning.DEPTH),
        ),
        packed.lift,
    )
    return TrainedModel(learners, packed.share, packed.narrowing, packed.covariates, packed.drivers)
