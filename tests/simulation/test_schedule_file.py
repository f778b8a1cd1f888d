"""Planning a morning from a file: the file's own rules hold, and bad files say what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from obrador.kit.errors import Invalid
from obrador.production.domain import Effort
from obrador.simulation.schedule_file import effort_for, read_instance, solve

STEPS = [
    {"kind": "mix", "dur": 10, "demand": 1, "max_wait": 15},
    {"kind": "shape", "dur": 12, "demand": 1, "max_wait": 10},
    {"kind": "bake", "dur": 30, "demand": 6, "max_wait": 0},
    {"kind": "cool", "dur": 20, "demand": 0, "max_wait": 0},
]
MORNING: dict[str, Any] = {
    "name": "small",
    "horizon": 600,
    "mixers": 1,
    "bench": 2,
    "proofer": 20,
    "ovens": [{"cap": 8}, {"cap": 8}],
    "changeover": [[0, 20], [30, 0]],
    "batches": [
        {"id": f"batch {n}", "deadline": 200, "weight": 2, "temp": n % 2, "steps": STEPS}
        for n in range(6)
    ],
}


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    file = tmp_path / "small.json"
    file.write_text(json.dumps(MORNING))
    return file


def test_the_timetable_keeps_the_files_rules(instance: Path) -> None:
    solution = solve(read_instance(instance), Effort(4, 100, 100)).solution

    bakes: dict[int, list[tuple[int, int, int]]] = {0: [], 1: []}
    for number, (starts, oven) in enumerate(zip(solution["starts"], solution["oven"], strict=True)):
        assert starts[0] >= 0
        for step, start, following in zip(STEPS, starts, starts[1:], strict=False):
            assert 0 <= following - start - step["dur"] <= step["max_wait"]
        bakes[oven].append((starts[2], starts[2] + 30, number % 2))
    for each in bakes.values():
        for first, second in zip(sorted(each), sorted(each)[1:], strict=False):
            between = MORNING["changeover"][first[2]][second[2]]
            assert second[0] >= first[1] + between  # two batches of six trays do not share eight


def test_the_same_counts_give_the_same_timetable(instance: Path) -> None:
    morning = read_instance(instance)

    once, again = (solve(morning, Effort(2, 50, 50)).solution for _ in range(2))

    assert once == again


def test_more_time_means_more_rounds(instance: Path) -> None:
    morning = read_instance(instance)

    assert effort_for(morning, 200).rounds > effort_for(morning, 20).rounds


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is no JSON"),
        ("{}", "'horizon'"),
        (json.dumps(MORNING | {"mixers": "two"}), "is no instance"),
        (json.dumps(MORNING | {"batches": [{"id": "x"}]}), "it has no"),
    ],
)
def test_a_file_that_is_no_instance_says_so(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(content)

    with pytest.raises(Invalid, match=message):
        read_instance(file)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        read_instance(tmp_path / "none.json")
