"""A day's production on a time line: machines and the bench as rows, batches as bars."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from obrador.dashboard.gantt_rows import LETTER, Bar, Placed, Row, placed_in, rows_of
from obrador.kit.i18n import Speech
from obrador.kit.svg import document, element, label, told
from obrador.orchestration.production_day import Timeline, TimelineBatch

_WIDTH, _LEFT, _RIGHT, _TOP = 1440.0, 176.0, 1404.0, 104.0
_LANE, _BAR, _GAP = 20.0, 17.0, 8.0
_NARROW_HOUR = 44.0
_QUARTER = timedelta(minutes=15)
_RULES = Path(__file__).parent / "static" / "gantt.css"


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where moments are. Hours are as long as they last, also on the night clocks change."""

    first: datetime
    last: datetime

    @property
    def hour(self) -> float:
        return (_RIGHT - _LEFT) * 3600 / (self.last - self.first).total_seconds()

    def x(self, moment: datetime) -> float:
        return _LEFT + (moment - self.first).total_seconds() / 3600 * self.hour

    def holds(self, moment: datetime) -> bool:
        return self.first <= moment <= self.last


def gantt_svg(
    say: Speech, seen: Timeline, now: datetime | None = None, *, is_inline: bool = False
) -> str:
    """The day as a picture that is a table to screen readers: a row for each machine in use and
    for the bench, with ready-by times, batches that will be late, and the time now if it is given
    and lies within. Hours are local wall time. Inline it is part of a page that has `gantt.css`."""
    style = None if is_inline else _RULES.read_text()
    zone = ZoneInfo(seen.time_zone)
    title = say.phrase("Production of {day}", day=say.day(seen.day))
    summary = _summary(say, seen)
    heading = [label(title, 16, 30, "head"), label(summary, 16, 52)]
    if not seen.batches:
        return document((_WIDTH, 80), title, summary, style, heading)
    scale = _scale(seen)
    rows = rows_of(say, seen)
    spans = [[(scale.x(b.step.starts_at), scale.x(b.step.ends_at)) for b in r.bars] for r in rows]
    placed = [placed_in(row, span, _RIGHT) for row, span in zip(rows, spans, strict=True)]
    heights = [_LANE * (1 + max(one.lane for one in bars)) + _GAP for bars in placed]
    tops = [_TOP + sum(heights[:index]) for index in range(len(rows))]
    bottom = _TOP + sum(heights)
    behind = [
        *heading,
        *_stripes(tops, heights),
        *_hours(say, scale, zone, bottom),
        *_due_marks(say, scale, seen, bottom),
        *_now_mark(say, scale, now, zone, bottom),
    ]
    parts = [
        element("g", *behind, aria_hidden="true"),
        *(_row(say, row, bars, top) for row, bars, top in zip(rows, placed, tops, strict=True)),
        element("g", *_legend(say, seen, bottom + 40), aria_hidden="true"),
    ]
    return document((_WIDTH, bottom + 58), title, summary, style, parts, role="table")


def _summary(say: Speech, seen: Timeline) -> str:
    if not seen.batches:
        return say.phrase("Nothing to bake.")
    late = sum(_will_be_late(batch) for batch in seen.batches)
    words = [
        say.counted(
            "{n} batch, {first}–{last}",
            "{n} batches, {first}–{last}",
            len(seen.batches),
            first=say.clock(min(batch.starts_at for batch in seen.batches)),
            last=say.clock(max(batch.ends_at for batch in seen.batches)),
        ),
        say.counted("{n} will be late", "{n} will be late", late) if late else "",
        say.phrase("the clocks change: an hour is missing, or there twice")
        if len(_offsets(seen)) > 1
        else "",
    ]
    return " · ".join(filter(None, words))


def _will_be_late(batch: TimelineBatch) -> bool:
    return batch.late_minutes > 0 and not batch.is_done


def _offsets(seen: Timeline) -> set[timedelta | None]:
    moments = (m for batch in seen.batches for m in (batch.starts_at, batch.ends_at))
    return {moment.utcoffset() for moment in moments}


def _scale(seen: Timeline) -> _Scale:
    """From the hour in which work begins to the one in which it ends."""
    zone = ZoneInfo(seen.time_zone)
    first = min(batch.starts_at.astimezone(UTC) for batch in seen.batches)
    last = max(batch.ends_at.astimezone(UTC) for batch in seen.batches)
    # Full hours of wall clocks: some zones are half an hour, or three quarters, off.
    first = first.replace(minute=first.minute // 15 * 15, second=0, microsecond=0)
    while first.astimezone(zone).minute:
        first -= _QUARTER
    whole = last.replace(minute=last.minute // 15 * 15, second=0, microsecond=0)
    last = whole if whole == last else whole + _QUARTER
    while last.astimezone(zone).minute:
        last += _QUARTER
    return _Scale(first, last)


def _hours(say: Speech, scale: _Scale, zone: ZoneInfo, bottom: float) -> Iterator[str]:
    every = 1 if scale.hour >= _NARROW_HOUR else 2
    moment = scale.first
    while moment <= scale.last:
        local = moment.astimezone(zone)
        if local.minute == 0 and local.hour % every == 0:
            x = scale.x(moment)
            yield element("line", class_="line", x1=x, x2=x, y1=_TOP - 6, y2=bottom)
            if local.hour:
                yield label(say.clock(local), x, _TOP - 10, "mid")
            else:
                yield label(say.short_day(local.date()), x, _TOP - 10, "mid midnight")
        moment += _QUARTER


def _due_marks(say: Speech, scale: _Scale, seen: Timeline, bottom: float) -> Iterator[str]:
    """When something for sale has to be ready; words only where they do not touch the last."""
    due = sorted({b.ready_by for b in seen.batches if not b.is_dough and not b.for_next_day})
    free = 0.0
    for moment in filter(scale.holds, due):
        x, words = scale.x(moment), f"▼ {say.clock(moment)}"
        yield element("line", class_="due", x1=x, x2=x, y1=_TOP - 24, y2=bottom)
        if x - len(words) * LETTER / 2 >= free:
            yield label(words, x, _TOP - 28, "mid due")
            free = x + len(words) * LETTER / 2 + 4


def _now_mark(
    say: Speech, scale: _Scale, now: datetime | None, zone: ZoneInfo, bottom: float
) -> Iterator[str]:
    if now is not None and scale.holds(now):
        x = scale.x(now)
        yield element("line", class_="now", x1=x, x2=x, y1=_TOP - 6, y2=bottom + 4)
        words = say.phrase("now, {time}", time=say.clock(now.astimezone(zone)))
        yield label(words, x, bottom + 17, "mid now")


def _stripes(tops: Sequence[float], heights: Sequence[float]) -> Iterator[str]:
    for top, height in list(zip(tops, heights, strict=True))[::2]:
        yield element("rect", class_="stripe", x=0, y=top, width=_WIDTH, height=height)


def _row(say: Speech, row: Row, bars: Sequence[Placed], top: float) -> str:
    name = label(row.name, 16, top + _GAP / 2 + 13, "ink")
    cells = (_cell(say, one, top + _GAP / 2 + one.lane * _LANE) for one in bars)
    return element("g", element("g", name, role="rowheader"), *cells, role="row")


def _cell(say: Speech, one: Placed, y: float) -> str:
    batch = one.bar.batch
    class_ = f"bar {one.bar.look}"
    class_ += " next" if batch.for_next_day else ""
    class_ += " done" if batch.is_done else " late" if batch.late_minutes else ""
    rect = element(
        "rect", class_=class_, x=one.left, y=y + 1, width=max(one.width - 1, 2.0), height=_BAR,
        rx=2,
    )  # fmt: skip
    on_dark = one.inside and one.bar.look == "heat" and not batch.is_done
    ink = "onheat" if on_dark else "ink"
    words = label(one.words, one.words_at, y + 14, ink) if one.words else ""
    return told("g", _told(say, one.bar), rect, words, role="cell")


def _told(say: Speech, bar: Bar) -> str:
    """The bar in words: what a pointer over it shows, and what a screen reader says."""
    batch, step = bar.batch, bar.step
    facts = [
        f"{batch.number} {batch.name}, {say.quantity(batch.quantity, batch.unit)}",
        f"{step.name} {say.clock(step.starts_at)}–{say.clock(step.ends_at)}",
        say.counted("{n} tray", "{n} trays", step.trays) if step.trays else "",
        f"{step.temperature} °C" if step.temperature else "",
        say.phrase("for tomorrow")
        if batch.for_next_day
        else say.phrase("ready by {time}", time=say.clock(batch.ready_by)),
    ]
    if batch.is_done:
        facts.append(say.phrase("done"))
    elif batch.late_minutes:
        late = say.phrase("{n} min late", n=batch.late_minutes)
        facts.append(f"{late}: {batch.late_because}" if batch.late_because else late)
    return " · ".join(filter(None, facts))


def _legend(say: Speech, seen: Timeline, y: float) -> Iterator[str]:
    x = 16.0
    for class_, words in _marks(say, seen):
        if class_:
            yield element("rect", class_=class_, x=x, y=y - 8, width=14, height=12, rx=2)
            x += 20
        yield label(words, x, y + 2)
        x += LETTER * len(words) + 22


def _marks(say: Speech, seen: Timeline) -> Iterator[tuple[str, str]]:
    yield "bar hands", say.phrase("needs hands")
    yield "bar heat", say.phrase("in the oven")
    yield "bar rest", say.phrase("rests")
    if any(batch.for_next_day for batch in seen.batches):
        yield "bar hands next", say.phrase("for tomorrow")
    if any(map(_will_be_late, seen.batches)):
        yield "bar rest late", say.phrase("! will be late")
    if any(batch.is_done for batch in seen.batches):
        yield "bar heat done", say.phrase("✓ done")
    yield "", say.phrase("▼ ready by")
