"""Other forecasters, on the same series and one core: what they take and how near they come.

They are no part of the program: `uv pip install --group bench` brings them.
"""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from obrador.forecasting import fitting, model
from obrador.forecasting.domain import DemandHistory, Floats
from obrador.kit.errors import Misconfigured

UNSEEN_DAYS = 28
_SERIES = 20

Foresee = Callable[[DemandHistory, int], Floats]
"""(H,) of one product, by its row; fit included."""


@dataclass(frozen=True)
class Peer:
    """A forecaster on some series: fit, and 28 days foreseen."""

    name: str
    series: int
    cpu_seconds: float
    """Of processor, by 1,000 series."""
    wape: float
    """Percent, over the unseen days of all series."""


def compare_peers(histories: Sequence[DemandHistory]) -> list[Peer]:
    """Obrador, Prophet and AutoETS on some series of bakeries, all but the last 28 days of which
    they see. Where the calendar says closed all foresee 0. Days that sold out, or of which nothing
    is known, are left out.

    WAPE = 100·Σ|f − a|/Σa.

    Raises:
        Misconfigured: the peers are not installed.
    """
    peers = peers_at_hand()
    seen = [each.until(each.sold.shape[1] - UNSEEN_DAYS, UNSEEN_DAYS) for each in histories]
    sample = [(number % len(seen), number // len(seen)) for number in range(_SERIES)]
    found = [_ours(histories, seen, sample)]
    for name, foresee in peers.items():
        foresee(seen[0], 0)  # compiles what it compiles on first use
        before = _cpu_seconds()
        made = [foresee(seen[bakery], product) for bakery, product in sample]
        spent = (_cpu_seconds() - before) / len(sample) * 1000
        found.append(Peer(name, len(sample), spent, _wape(histories, sample, made)))
    return found


def _ours(
    histories: Sequence[DemandHistory],
    seen: Sequence[DemandHistory],
    sample: Sequence[tuple[int, int]],
) -> Peer:
    """A bakery's series are learned from together, so that its time is shared among them."""
    before = _cpu_seconds()
    forecasts = [model.forecast(each, fitting.train(each)) for each in seen]
    spent = _cpu_seconds() - before
    series = sum(len(each.product_ids) for each in seen)
    made = [forecasts[bakery].mean[product] for bakery, product in sample]
    return Peer("Obrador", series, spent / series * 1000, _wape(histories, sample, made))


def _wape(
    histories: Sequence[DemandHistory], sample: Sequence[tuple[int, int]], made: Sequence[Floats]
) -> float:
    error = total = 0.0
    for (bakery, product), foreseen in zip(sample, made, strict=True):
        history = histories[bakery]
        end = history.sold.shape[1]
        unseen = slice(end - UNSEEN_DAYS, end)
        sold = history.sold[product, unseen]
        known = ~np.isnan(sold) & ~history.sold_out[product, unseen]
        told = np.maximum(foreseen, 0.0) * history.days.is_open[unseen]
        error += float(np.abs(told - sold)[known].sum())
        total += float(sold[known].sum())
    return 100 * error / total if total else 0.0


def peers_at_hand() -> Mapping[str, Foresee]:
    """The peers by name.

    Raises:
        Misconfigured: they are not installed.
    """
    try:
        from prophet import Prophet
        from statsforecast.models import AutoETS
    except ImportError as error:
        raise Misconfigured(
            f"--peers: {error}. Install the peers with `uv pip install --group bench`."
        ) from None
    for name in ("prophet", "cmdstanpy"):
        logging.getLogger(name).disabled = True
    return {"Prophet": partial(_prophet, Prophet), "AutoETS": partial(_auto_ets, AutoETS)}


def _prophet(prophet: Callable[[], Any], history: DemandHistory, product: int) -> Floats:
    import pandas as pd

    past = history.sold.shape[1]
    days = pd.date_range(history.days.first, periods=past + history.horizon)
    fitted = prophet().fit(pd.DataFrame({"ds": days[:past], "y": history.sold[product]}).dropna())
    return np.asarray(fitted.predict(pd.DataFrame({"ds": days[past:]}))["yhat"], dtype=np.float64)


def _auto_ets(auto_ets: Callable[..., Any], history: DemandHistory, product: int) -> Floats:
    sold = np.nan_to_num(history.sold[product])
    made = auto_ets(season_length=7).forecast(y=sold, h=history.horizon)
    return np.asarray(made["mean"], dtype=np.float64)


def _cpu_seconds() -> float:
    """Of this process and of those it started, which Prophet does."""
    return sum(os.times()[:4])
