"""The steps of bakeries' runs as bars, each from its own start, on a scale that they share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from obrador.dashboard.platform_words import duration_words, status_words, step_words
from obrador.kit.i18n import Speech
from obrador.kit.svg import element, told
from obrador.orchestration.schemas import RunOutput, RunStepOutput

_WIDTH, _HEIGHT = 1000.0, 18.0
_INSET = 4.0
"""Of steps that went well: those that did not stand out, whatever colours one sees."""
_LEAST = 3.0
"""Of a step that took no time, so that it is seen."""
_STEPS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much time the bars' width stands for."""

    seconds: float

    def x(self, seconds: float) -> float:
        """Where a moment is, so long after the start."""
        return min(max(seconds, 0.0), self.seconds) / self.seconds * _WIDTH

    def ticks(self) -> list[float]:
        """Seconds to write below: 0 and two to four others, as clocks count."""
        step = next((each for each in _STEPS if self.seconds / each < 5), _STEPS[-1])
        return [place * step for place in range(min(int(self.seconds / step), 4) + 1)]


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
        is_well = step.status == "success"
        class_ = ("even", "odd")[place % 2] if is_well else step.status
        inset = _INSET if is_well else 0.0
        yield told(
            "rect", _words(say, step), class_=class_,
            x=left, y=inset, width=max(right - left, _LEAST), height=_HEIGHT - 2 * inset,
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
