"""The picture of a day's production: complete, to scale, readable by everybody."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Browser

from obrador.catalogue.domain import StepKind
from obrador.dashboard.gantt import gantt_svg
from obrador.dashboard.gantt_rows import Row, placed_in, rows_of
from obrador.kit.i18n import Speech
from obrador.orchestration.production_day import (
    ProductionDay,
    Timeline,
    TimelineBatch,
    TimelineMachine,
    TimelineStep,
    local,
    timeline_of,
)
from obrador.production.domain import Remedy
from tests.production.builders import MONDAY, bakery
from tests.production.days import INGREDIENTS, busy_bakery

SAY = Speech("en", "en")
SVG = "{http://www.w3.org/2000/svg}"
MADRID = "Europe/Madrid"
MIXER, OVEN = UUID(int=1), UUID(int=2)
MACHINES = (
    TimelineMachine(MIXER, "Mixer", "mixer", 1, 40, 0),
    TimelineMachine(OVEN, "Oven", "oven", 2, 8, 15),
)


def _step(
    kind: StepKind, start: datetime, minutes: int, machine: UUID | None = None, **changes: Any
) -> TimelineStep:
    end = local(start + timedelta(minutes=minutes), MADRID)
    facts: dict[str, Any] = {"takes": 4.0, "trays": 4, "temperature": None} | changes
    return TimelineStep(kind, kind, local(start, MADRID), end, machine, None, **facts)


def _batch(number: int, *steps: TimelineStep, **changes: object) -> TimelineBatch:
    made = TimelineBatch(
        number, f"Loaf {number}", "piece", 40, False, False, False, steps[0].starts_at,
        steps[-1].ends_at, steps[-1].ends_at, False, 0, "", "40 wanted.", steps,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]  # any field


def _day(*batches: TimelineBatch, day: date = MONDAY) -> Timeline:
    return Timeline("Pan de Ana", day, 0, "draft", MADRID, MACHINES, batches, ())


def _at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def _busy() -> Timeline:
    catalogue, made = busy_bakery()
    return timeline_of(SAY, ProductionDay(bakery(), made, catalogue, INGREDIENTS))


def _parsed(content: str) -> ElementTree.Element:
    return ElementTree.fromstring(content)  # noqa: S314  we drew it ourselves


def _texts(picture: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in picture.iter(f"{SVG}text")]


def _roles(picture: ElementTree.Element, role: str) -> list[ElementTree.Element]:
    return [each for each in picture.iter() if each.get("role") == role]


def _title(element: ElementTree.Element) -> str:
    return element.findtext(f"{SVG}title") or ""


def test_every_step_of_every_batch_is_there() -> None:
    seen = _busy()

    cells = [_title(cell) for cell in _roles(_parsed(gantt_svg(SAY, seen)), "cell")]

    assert len(cells) == sum(len(batch.steps) for batch in seen.batches)
    for batch in seen.batches:
        own = [cell for cell in cells if cell.startswith(f"{batch.number} {batch.name}, ")]
        assert len(own) == len(batch.steps)


def test_it_is_a_table_with_a_name_and_a_description() -> None:
    picture = _parsed(gantt_svg(SAY, _busy()))

    assert picture.get("role") == "table"
    assert _title(picture) == "Production of Monday, 2 March"
    assert re.fullmatch(r"\d+ batches, \d\d:\d\d–\d\d:\d\d", picture.findtext(f"{SVG}desc") or "")
    rows = _roles(picture, "row")
    assert [row[0].get("role") for row in rows] == ["rowheader"] * len(rows)
    names = [re.sub(r" \d$", "", row[0][0].text or "") for row in rows]
    assert list(dict.fromkeys(names)) == [
        "Spiral mixer", "Bench", "Resting, cooling", "Proofer", "Deck oven",
    ]  # fmt: skip
    assert {child.get("aria-hidden") or child.get("role") for child in picture.iter(f"{SVG}g")} == {
        "true",
        "row",
        "rowheader",
        "cell",
    }


def test_machines_that_are_alike_share_the_work_as_they_can() -> None:
    def baked(number: int, minute: int, heat: int, takes: float) -> TimelineBatch:
        step = _step("bake", _at(5, minute), 30, OVEN, takes=takes, temperature=heat)
        return _batch(number, step)

    seen = _day(
        baked(1, 0, 220, 4),
        baked(2, 5, 220, 4),  # beside 1
        baked(3, 10, 220, 2),  # the first oven is full
        baked(4, 20, 190, 4),  # no oven is free at this heat: where it is least in the way
        baked(5, 55, 190, 4),  # time enough to change the heat
    )

    assert {row.name: [bar.batch.number for bar in row.bars] for row in rows_of(SAY, seen)} == {
        "Oven 1": [1, 2, 5],
        "Oven 2": [3, 4],
    }


def test_machine_2_comes_before_machine_10() -> None:
    mixers = replace(MACHINES[0], count=11)
    steps = [_batch(n, _step("mix", _at(5), 15, MIXER, takes=1)) for n in range(1, 12)]
    seen = replace(_day(*steps), machines=(mixers,))

    assert [row.name for row in rows_of(SAY, seen)] == [f"Mixer {n}" for n in range(1, 12)]


def test_a_mixer_mixes_one_dough_at_a_time() -> None:
    mixers = replace(MACHINES[0], count=2)
    steps = [_batch(n, _step("mix", _at(5, 10 * n), 15, MIXER, takes=1)) for n in (1, 2, 3)]
    seen = replace(_day(*steps), machines=(mixers,))

    assert {row.name: [bar.batch.number for bar in row.bars] for row in rows_of(SAY, seen)} == {
        "Mixer 1": [1, 3],
        "Mixer 2": [2],
    }


def test_what_is_late_says_why_in_words_and_not_by_colour_alone() -> None:
    step = _step("bake", _at(5), 30, OVEN, temperature=220)
    late = _batch(
        1, step, late_minutes=12, late_because="all of oven are taken", ready_by=_local(5, 18)
    )

    picture = _parsed(gantt_svg(SAY, _day(late)))

    (cell,) = _roles(picture, "cell")
    assert _title(cell) == (
        "1 Loaf 1, 40 · bake 06:00–06:30 · 4 trays · 220 °C · ready by 06:18"
        " · 12 min late: all of oven are taken"
    )
    assert "1! Loaf 1" in _texts(picture)
    assert "1 batch, 06:00–06:30 · 1 will be late" in _texts(picture)


def test_what_is_done_is_late_no_more() -> None:
    step = _step("bake", _at(5), 30, OVEN)
    done = _batch(1, step, late_minutes=12, is_done=True)

    picture = _parsed(gantt_svg(SAY, _day(done)))

    (cell,) = _roles(picture, "cell")
    assert _title(cell).endswith(" · done")
    assert "1✓ Loaf 1" in _texts(picture)
    assert "late" not in " ".join(_texts(picture))


def _local(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return local(_at(hour, minute, day), MADRID)


def test_ready_by_times_and_now_are_marked() -> None:
    bread = _batch(1, _step("bake", _at(5), 60, OVEN))
    dough = _batch(2, _step("mix", _at(7), 30, MIXER), is_dough=True, for_next_day=True)

    marked = _texts(_parsed(gantt_svg(SAY, _day(bread, dough), _at(6, 40))))

    assert [words for words in marked if words.startswith("▼ 0")] == ["▼ 07:00"]
    assert "now, 07:40" in marked
    for now in (_at(4, 59), _at(8, 1), None):
        assert "now" not in " ".join(_texts(_parsed(gantt_svg(SAY, _day(bread, dough), now))))


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 3, 29), ["00:00", "01:00", "03:00", "04:00", "05:00"]),
        (date(2026, 10, 25), ["00:00", "01:00", "02:00", "02:00", "03:00", "04:00"]),
    ],
)
def test_on_the_night_the_clocks_change_hours_are_as_long_as_ever(
    day: date, hours: list[str]
) -> None:
    midnight = datetime.combine(day, time(), local(_at(12, 0, day - timedelta(1)), MADRID).tzinfo)
    early = _batch(1, _step("mix", midnight + timedelta(minutes=5), 90, MIXER))
    late = _batch(2, _step("bake", midnight + timedelta(minutes=110), 120, OVEN))

    picture = _parsed(gantt_svg(SAY, _day(early, late, day=day)))

    ticks = [
        (float(each.get("x", 0)), each.text or "")
        for each in picture.iter(f"{SVG}text")
        if re.fullmatch(r"\d\d:\d\d|\w{3} \d+ \w+", each.text or "")
    ]
    assert [words for _, words in ticks[1:]] == hours[1:][: len(ticks) - 1]
    assert len(ticks) >= 4
    gaps = {round(b[0] - a[0]) for a, b in pairwise(ticks)}
    assert max(gaps) - min(gaps) <= 1
    assert any("the clocks change" in words for words in _texts(picture))
    widths = [
        float(r.get("width", 0)) for c in _roles(picture, "cell") for r in c.iter(f"{SVG}rect")
    ]
    assert widths[1] / widths[0] == pytest.approx(120 / 90, rel=0.01)


def test_a_night_over_midnight_names_the_day() -> None:
    sunday = MONDAY - timedelta(days=1)
    batch = _batch(1, _step("mix", _at(21, 0, sunday), 240, MIXER), evening_before=True)

    assert "Mon 2 Mar" in _texts(_parsed(gantt_svg(SAY, _day(batch))))


def test_zones_half_an_hour_off_have_full_hours() -> None:
    step = _step("mix", _at(1), 120, MIXER)
    seen = replace(_day(_batch(1, step)), time_zone="Asia/Kolkata")

    assert {"06:00", "07:00", "08:00", "09:00"} <= set(_texts(_parsed(gantt_svg(SAY, seen))))


def test_names_are_never_markup() -> None:
    seen = _day(_batch(1, _step("mix", _at(3), 120, MIXER), name="<b>&\"'"))

    assert "1 <b>&\"'" in _texts(_parsed(gantt_svg(SAY, seen)))


def test_a_day_without_batches_says_so() -> None:
    assert "Nothing to bake." in _texts(_parsed(gantt_svg(SAY, _day())))


@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.integers(1, 200), st.integers(1, 24)),
        min_size=1,
        max_size=30,
    )
)
def test_no_words_lie_on_another_bar(spans: list[tuple[int, int, int]]) -> None:
    batches = [
        _batch(n, _step("shape", _at(2) + timedelta(minutes=start), minutes), name="W" * letters)
        for n, (start, minutes, letters) in enumerate(spans, 1)
    ]
    (row,) = rows_of(SAY, _day(*batches))
    pixels = [
        (
            2 * (m.hour * 60 + m.minute),
            2 * (m.hour * 60 + m.minute) + 2 * spans[b.batch.number - 1][1],
        )
        for b in row.bars
        for m in [b.step.starts_at]
    ]

    placed = placed_in(row, pixels, right=2000.0)

    assert len(placed) == len(spans)
    _assert_apart(row, placed)


def _assert_apart(row: Row, placed: Sequence[Any]) -> None:
    lanes: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for one in placed:
        words_end = one.words_at + 7.2 * len(one.words) if one.words else one.left
        words_start = one.words_at if one.words else one.left
        if one.inside and one.words:
            assert one.left <= words_start
            assert words_end <= one.left + one.width + 0.01
        lanes[one.lane].append((min(one.left, words_start), max(one.left + one.width, words_end)))
    for spans in lanes.values():
        ordered = sorted(spans)
        assert all(a[1] <= b[0] + 0.01 for a, b in pairwise(ordered))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_words_stand_clear_in_a_browser(browser: Browser, scheme: Any) -> None:
    page = await browser.new_page(color_scheme=scheme, viewport={"width": 1440, "height": 900})
    await page.set_content(f"<body style='margin:0'>{gantt_svg(SAY, _busy(), _at(5, 20))}")
    found = await page.evaluate(
        """() => {
            const box = e => e.getBoundingClientRect();
            const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
                && a.top < b.bottom - 1 && b.top < a.bottom - 1;
            const cells = [...document.querySelectorAll('[role=cell]')];
            const clashes = [];
            for (const cell of cells) {
                const text = cell.querySelector('text');
                if (!text) continue;
                for (const other of cells) if (other !== cell) {
                    if (meet(box(text), box(other.querySelector('rect'))))
                        clashes.push(text.textContent + ' on ' + other.textContent);
                    const words = other.querySelector('text');
                    if (words && meet(box(text), box(words)))
                        clashes.push(text.textContent + ' and ' + words.textContent);
                }
            }
            return {clashes, cells: cells.length,
                    wide: document.documentElement.scrollWidth};
        }"""
    )
    await page.close()

    assert found["cells"] > 200
    assert found["clashes"] == []
    assert found["wide"] <= 1440


def test_what_would_help_a_late_day_is_said() -> None:
    catalogue, made = busy_bakery()
    late = replace(
        made,
        remedies=(
            Remedy("another_machine", 1, "oven", 0, 0),
            Remedy("start_earlier", 30, None, 12, 1),
        ),
    )

    seen = timeline_of(SAY, ProductionDay(bakery(), late, catalogue, INGREDIENTS))

    assert seen.remedies == (
        "one more machine (oven) (0 batches stay late)",
        "starting 30 minutes earlier (1 batch stays late)",
    )
