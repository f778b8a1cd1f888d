"""The steps of bakeries' runs as bars, each from its own start, on a scale that they share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from obrador.dashboard.platform_words import duration_words, status_words, step_words
from obrador.kit.i18n import Speech
from obrador.kit.svg import element, ticks, told
from obrador.orchestration.schemas import RunOutput, RunStepOutput

_WIDTH, _HEIGHT = 1000.0, 18.0
_LEAST = 3.0
"""Of a step that took no time, so that it is seen."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much time the bars' width stands for."""

    seconds: float

    def x(self, seconds: float) -> float:
        """Where a moment is, so long after the start."""
        return min(max(seconds, 0.0), self.seconds) / self.seconds * _WIDTH

    def ticks(self) -> list[float]:
        """Seconds to write below."""
        return [tick for tick in ticks(self.seconds, 3) if tick <= self.seconds]


def scale_of(runs: Sequence[RunOutput], now: datetime) -> Scale:
    """Up to the longest of these runs; one that goes on lasts until now."""
    spent = [
        ((run.completed_at or now) - run.started_at).total_seconds()
        for run in runs
        if run.started_at
    ]
    return Scale(max([0.1, *spent]))


def waterfall_svg(
    say: Speech, scale: Scale, run: RunOutput, steps: Sequence[RunStepOutput], now: datetime
) -> Markup:
    """A run's steps, one after the other; what it works on now is left open."""
    words = "; ".join(_words(say, step) for step in steps) or say.phrase("No step has ended yet.")
    picture = element(
        "svg",
        *_bars(say, scale, run, steps, now),
        class_="waterfall",
        viewBox=f"0 0 {_WIDTH:.0f} {_HEIGHT:.0f}",
        preserveAspectRatio="none",
        role="img",
        aria_label=words,
    )
    return Markup(picture)  # noqa: S704  it escapes


def _bars(
    say: Speech, scale: Scale, run: RunOutput, steps: Sequence[RunStepOutput], now: datetime
) -> Iterator[str]:
    yield element("rect", class_="ground", width=_WIDTH, height=_HEIGHT)
    if run.started_at is None:
        return
    for place, step in enumerate(steps):
        left, right = (
            scale.x((moment - run.started_at).total_seconds())
            for moment in (step.started_at, step.ended_at)
        )
        class_ = step.status if step.status != "success" else ("even", "odd")[place % 2]
        yield told(
            "rect", _words(say, step), class_=class_,
            x=left, width=max(right - left, _LEAST), height=_HEIGHT,
        )  # fmt: skip
    if run.status == "running":
        last = max([run.started_at, *(step.ended_at for step in steps)])
        left = scale.x((last - run.started_at).total_seconds())
        right = scale.x((now - run.started_at).total_seconds())
        yield told(
            "rect", status_words(say, run.status), class_="open",
            x=left, width=max(right - left, _LEAST), height=_HEIGHT,
        )  # fmt: skip


def _words(say: Speech, step: RunStepOutput) -> str:
    took = duration_words(say, (step.ended_at - step.started_at).total_seconds())
    words = f"{step_words(say, step.step)}: {took}"
    return words if step.status == "success" else f"{words}, {status_words(say, step.status)}"
