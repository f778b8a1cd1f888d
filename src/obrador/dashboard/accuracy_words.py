"""The accuracy of forecasts as people read it: how they are, which way they go, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from obrador.forecasting.domain import Health
from obrador.forecasting.service import (
    AccuracySummary,
    OverrideCard,
    ProductCard,
    TrainingJobOutput,
)
from obrador.kit.i18n import Speech
from obrador.tenants.domain import Policy

_SAME = 0.5
"""Points within which nothing has changed."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Which way a figure goes."""

    arrow: Literal["↓", "↑", "→"]
    words: str
    kind: Literal["good", "late", "same"]


def health_words(say: Speech, health: Health) -> tuple[str, str]:
    """How forecasts are, and what to do about it."""
    return {
        "healthy": (say.phrase("healthy"), say.phrase("Nothing to do.")),
        "warning": (
            say.phrase("worth a look"),
            say.phrase("Look at the products farthest off; train the model again if it goes on."),
        ),
        "critical": (
            say.phrase("not to be relied on"),
            say.phrase(
                "Check that the sales of the last days have come in, then train the model again."
                " Until it is better, go by what you know."
            ),
        ),
    }[health]


def turn(say: Speech, now: float | None, before: float | None) -> Turn | None:
    """Which way a share of errors goes, in per cent; less is better. None: nobody knows."""
    if now is None or before is None:
        return None
    points = say.number(abs(now - before), 1)
    if abs(now - before) < _SAME:
        return Turn("→", say.phrase("as in the 30 days before"), "same")
    if now < before:
        return Turn("↓", say.phrase("{n} points better than before", n=points), "good")
    return Turn("↑", say.phrase("{n} points worse than before", n=points), "late")


def headline(say: Speech, seen: AccuracySummary) -> str:
    """The one thing that the trend says; empty: nothing is compared yet."""
    if seen.overall is None:
        return ""
    words = say.counted(
        "Forecasts were {share} off on the one day compared so far",
        "Forecasts were {share} off in the last {n} days",
        seen.overall.days,
        share=say.percent(seen.overall.wape / 100),
    )
    way = turn(say, seen.overall.wape, seen.before.wape if seen.before else None)
    return words if way is None else f"{words}, {way.words}"


def bands(say: Speech, seen: AccuracySummary) -> list[tuple[str, int, float, Health]]:
    """How many products are how far off: words, count, share of the largest, and how that is."""
    starts = [band.above for band in seen.distribution]
    most = max([band.products for band in seen.distribution], default=0) or 1
    return [
        (
            say.phrase("up to {n} % off", n=say.number(end))
            if end
            else say.phrase("more than {n} % off", n=say.number(band.above)),
            band.products,
            band.products / most,
            _health(seen, band.above),
        )
        for band, end in zip(seen.distribution, [*starts[1:], None], strict=True)
    ]


def leaning_words(say: Speech, card: ProductCard) -> str:
    """Whether too much or too little was foreseen."""
    if abs(card.bias) < 0.25 * card.mae:
        return say.phrase("both ways")
    return say.phrase("too much") if card.bias > 0 else say.phrase("too little")


def override_words(say: Speech, card: OverrideCard) -> str:
    """Whether people knew better than the model."""
    if card.wape is None or card.statistical_wape is None:
        return say.phrase("What people changed has sold nothing so far.")
    own, model = say.percent(card.wape / 100), say.percent(card.statistical_wape / 100)
    if card.wape < card.statistical_wape:
        return say.phrase(
            "You knew better: where somebody changed a forecast, it was {own} off; the model alone"
            " would have been {model} off.",
            own=own,
            model=model,
        )
    return say.phrase(
        "Where somebody changed a forecast, it was {own} off; the model alone would have been"
        " {model} off.",
        own=own,
        model=model,
    )


def reason_words(say: Speech, reason: str) -> str:
    """Why a model was trained."""
    return {
        "first_model": say.phrase("the first model"),
        "inaccurate": say.phrase("forecasts were too far off"),
        "drifting": say.phrase("forecasts were getting worse"),
        "too_old": say.phrase("the model was too old"),
        "by_hand": say.phrase("somebody asked for it"),
    }[reason]


def job_words(say: Speech, job: TrainingJobOutput) -> str:
    """What came of a training that has ended."""
    if job.status == "cancelled":
        return say.phrase("called off")
    if job.status == "failed":
        return say.phrase("failed; the model that was there goes on")
    if not job.is_promoted:
        return say.phrase("model {n} was no better and is not used", n=job.version)
    points = job.improvement or 0.0
    if points < 0.05:
        return say.phrase("model {n} forecasts since then", n=job.version)
    better = say.number(points, 1)
    return say.phrase("model {n} forecasts since then, {p} points better", n=job.version, p=better)


def rule_words(say: Speech, policy: Policy) -> str:
    """When models are trained by themselves."""
    return say.phrase(
        "Once a week a new model is trained if forecasts were more than {limit} % off (MAPE), if"
        " the last week was {rise} points worse, or if the model is older than {days} days. It is"
        " used only if it foresees no worse.",
        limit=say.number(policy.retrain_mape),
        rise=say.number(policy.retrain_mape_rise),
        days=say.number(policy.retrain_after_days),
    )


def ended_on(job: TrainingJobOutput) -> datetime:
    """When a training ended, or was asked for."""
    return job.ended_at or job.created_at


def mean_coverage(shares: Sequence[float]) -> float | None:
    """Of the days; None without any."""
    return sum(shares) / len(shares) if shares else None


def _health(seen: AccuracySummary, wape: float) -> Health:
    if wape >= seen.critical_wape:
        return "critical"
    return "warning" if wape >= seen.warning_wape else "healthy"
