"""Whether a newly trained model may replace the one that forecasts. Pure.

Both forecast the most recent weeks, a week at a time as mornings do; the challenger was trained
without them. What wins is trained again on everything. Axes as in `domain`.
"""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from obrador.forecasting import fitting, model
from obrador.forecasting.accuracy import pinball
from obrador.forecasting.champion import readable
from obrador.forecasting.domain import (
    QUANTILE_LEVELS,
    Champion,
    DemandHistory,
    Flags,
    Floats,
    Score,
    Trial,
    Verdict,
)

MOST_UNSEEN_WEEKS = 4
FEWEST_DAYS = fitting.FEWEST_DAYS + 7
"""Of history: what a model learns from, and a week to see what it is worth."""
CHANCE = 0.01
"""Models that differ by no more of their error differ by chance."""
_LOW, _HIGH = QUANTILE_LEVELS.index(0.1), QUANTILE_LEVELS.index(0.9)


def challenge(history: DemandHistory, champion: Champion | None) -> Trial | None:
    """Train a model, compare it with the champion, and train it again on everything if it is no
    worse.

    Args:
        champion: None, or one that cannot be read: the profile alone is what is to be beaten.

    Returns:
        None: there is too little history, or nothing was sold in the weeks to compare on.
    """
    rival = readable(champion)
    weeks = unseen_weeks(history, champion.last_day if champion and rival else None)
    before = history.until(history.sold.shape[1] - 7 * weeks, history.horizon)
    challenger = fitting.train(before) if weeks else None
    if challenger is None:
        return None
    own, others = score(history, challenger, weeks), score(history, rival, weeks)
    if own is None or others is None:
        return None
    verdict = judge(own, others)
    # Trained again on more, it is a model again: there is more than enough to learn from.
    refitted = fitting.train(history, challenger) if verdict == "no_worse" else None
    learned = history if refitted else before
    return Trial(
        method=model.METHOD,
        content=model.to_bytes(refitted or challenger),
        first_day=history.days.first,
        last_day=_last_day(learned),
        records=int((~np.isnan(learned.sold)).sum()),
        products=len(learned.product_ids),
        data_hash=data_hash(learned),
        verdict=verdict,
        compared_with=champion.version if champion and rival else None,
        unseen_first=_last_day(before) + timedelta(days=1),
        unseen_last=_last_day(history),
        challenger=own,
        champion=others,
        refitted=score(history, refitted, weeks) if refitted else None,
        drivers=(refitted or challenger).drivers,
    )


def unseen_weeks(history: DemandHistory, champion_until: date | None) -> int:
    """Weeks to leave out of training: those that the champion has not seen either, at least one and
    at most `MOST_UNSEEN_WEEKS`, so that neither knows what it is asked; 0 if too few days would
    remain. A champion younger than a week has seen part of that week, which only it gains from."""
    days = int(history.sold.shape[1])
    weeks = min((days - fitting.FEWEST_DAYS) // 7, MOST_UNSEEN_WEEKS)
    if champion_until is not None and weeks > 0:
        since = (_last_day(history) - champion_until).days
        weeks = min(weeks, max(since // 7, 1))
    return max(weeks, 0)


def judge(challenger: Score, champion: Score) -> Verdict:
    """No worse is a model whose WAPE and whose pinball loss are at most 1 % above the other's."""
    if challenger.wape > champion.wape * (1 + CHANCE):
        return "worse_mean"
    if challenger.scaled_pinball > champion.scaled_pinball * (1 + CHANCE):
        return "worse_quantiles"
    return "no_worse"


def score(history: DemandHistory, trained: model.TrainedModel | None, weeks: int) -> Score | None:
    """What a model, or the profile alone, foresees of the last weeks of a history, each as seen
    from its own start, against sales a.

    WAPE = 100·Σ|f − a|/Σa; scaled pinball = mean over records and levels of the pinball loss, over
    the mean of a; coverage = share of a between the quantiles 0.1 and 0.9. Days that sold out, or
    of which nothing is known, are left out. Both are told on which of these days the shop was open.

    Returns:
        None: nothing was sold.
    """
    end = history.sold.shape[1]
    is_known = _known(history)
    mean, quantiles, sold = [], [], []
    for start in range(end - 7 * weeks, end, 7):
        made = model.forecast(history.until(start, 7), trained)
        known = is_known[:, start : start + 7]
        mean.append(made.mean[known])
        quantiles.append(made.quantiles[known])
        sold.append(history.sold[:, start : start + 7][known])
    return _score(np.concatenate(mean), np.concatenate(quantiles), np.concatenate(sold))


def _score(mean: Floats, quantiles: Floats, sold: Floats) -> Score | None:
    total = float(sold.sum())
    if total <= 0:
        return None
    within = (quantiles[:, _LOW] <= sold) & (sold <= quantiles[:, _HIGH])
    return Score(
        wape=100 * float(np.abs(mean - sold).sum()) / total,
        scaled_pinball=float(pinball(sold, quantiles).sum()) / total,
        coverage=float(within.mean()),
    )


def data_hash(history: DemandHistory) -> str:
    """SHA-256 of what a model is trained on."""
    digest = hashlib.sha256()
    for part in _parts(history):
        digest.update(part)
    return digest.hexdigest()


def _parts(history: DemandHistory) -> Iterator[bytes]:
    yield from (product_id.bytes for product_id in history.product_ids)
    yield "\x1f".join(history.categories).encode()
    yield np.ascontiguousarray(history.sold, "<f8").tobytes()
    yield np.ascontiguousarray(history.sold_out).tobytes()
    yield history.days.first.isoformat().encode()
    yield np.ascontiguousarray(history.days.is_open).tobytes()
    for names in (history.days.holiday, history.days.special):
        yield "\x1f".join(name or "" for name in names).encode()
    yield np.ascontiguousarray(history.days.school_holiday).tobytes()
    for each in history.covariates:
        yield each.name.encode()
        yield np.ascontiguousarray(each.values, "<f8").tobytes()


def _known(history: DemandHistory) -> Flags:
    known: Flags = ~np.isnan(history.sold) & ~history.sold_out
    return known


def _last_day(history: DemandHistory) -> date:
    return history.days.date_of(history.sold.shape[1] - 1)
