"""What a day lacks machines or people for: told once for each cause, with what would help."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from obrador.alerts.capacity import cause_of, shortages
from obrador.alerts.wording import sentence
from obrador.kit.i18n import speech
from obrador.production.domain import (
    BatchReason,
    PlannedBatch,
    Remedy,
    ScheduledBatch,
    ScheduleResult,
    Unplaced,
)
from obrador.production.plan import plan_production
from tests.production.builders import EQUIPMENT, MONDAY, ROLL_RECIPE, problem
from tests.production.builders import ROLL as ROLL_PRODUCT

FEW = tuple(replace(each, count=1) for each in EQUIPMENT)
DAY = date(2026, 3, 3)
BAGUETTE, ROLL = UUID(int=1), UUID(int=2)
NAMES = {BAGUETTE: "Baguette", ROLL: "Roll"}
REMEDIES = (
    Remedy("another_machine", 1, "oven", 0, 0),
    Remedy("more_people", 1, None, 10, 1),
    Remedy("start_earlier", 30, None, 20, 1),
)


def late(recipe: UUID, minutes: int, because: str | None) -> ScheduledBatch:
    return ScheduledBatch(_batch(recipe), (), minutes, because)


def unplaced(recipe: UUID, because: str) -> Unplaced:
    return Unplaced(_batch(recipe), because)


def result(scheduled: Iterable[ScheduledBatch], left: Iterable[Unplaced] = ()) -> ScheduleResult:
    return ScheduleResult(tuple(scheduled), tuple(left), 1.0, REMEDIES)


def _batch(recipe: UUID) -> PlannedBatch:
    return PlannedBatch(recipe, recipe, 10, 10, 420, 1, BatchReason(10, 0, "none", 1, 1))


@pytest.mark.parametrize(
    ("because", "cause"),
    [
        ("equipment:oven", "oven"),
        ("no_equipment:mixer", "mixer"),
        ("too_big:oven", "oven"),
        ("people", "people"),
        ("no_people", "people"),
        ("time", None),
        ("by_hand", None),
        ("no_time", None),
        (None, None),
    ],
)
def test_a_reason_names_what_is_lacking_or_nothing(because: str | None, cause: str | None) -> None:
    assert cause_of(because) == cause


def test_many_batches_that_want_one_oven_are_one_alert() -> None:
    batches = [late(BAGUETTE, 10, "equipment:oven"), late(BAGUETTE, 25, "equipment:oven")]

    (alert,) = shortages(result([*batches, late(ROLL, 5, "equipment:oven")]), NAMES, DAY)

    assert (alert.severity, alert.key) == ("warning", "capacity_short:oven:2026-03-03")
    assert alert.facts["late"] == ["Baguette", "Roll"]
    assert alert.facts["minutes"] == 25
    assert [each["kind"] for each in alert.facts["remedies"]] == [
        "another_machine",
        "start_earlier",
    ]
    assert sentence(speech("en", "en_GB", "EUR"), alert.kind, alert.facts) == (
        "There is too little room on this equipment on Tuesday, 3 March: oven. Late, by up to 25"
        " minutes: Baguette, Roll. What would help: one more machine (oven) (0 batches stay late);"
        " starting 30 minutes earlier (1 batch stays late)."
    )


def test_each_cause_has_its_own_alert_and_what_cannot_be_made_is_critical() -> None:
    found = shortages(
        result([late(BAGUETTE, 10, "people")], [unplaced(ROLL, "no_equipment:oven")]), NAMES, DAY
    )

    assert {alert.facts["cause"]: alert.severity for alert in found} == {
        "people": "warning",
        "oven": "critical",
    }


def test_lack_of_people_is_helped_by_people() -> None:
    (alert,) = shortages(result([late(BAGUETTE, 10, "people")]), NAMES, DAY)

    assert [each["kind"] for each in alert.facts["remedies"]] == ["more_people", "start_earlier"]
    said = sentence(speech("es", "es_ES", "EUR"), alert.kind, alert.facts)
    assert said.startswith("Falta gente el martes, 3 de marzo.")
    assert "1 persona más (queda 1 hornada con retraso)" in said


def test_what_neither_machines_nor_people_would_help_is_not_told_here() -> None:
    batches = [late(BAGUETTE, 10, "time"), late(ROLL, 0, "equipment:oven")]

    assert not list(shortages(result(batches, [unplaced(ROLL, "no_time")]), NAMES, DAY))


def test_a_real_day_with_too_few_ovens_says_what_would_help() -> None:
    """As the planner tells it."""
    plan = plan_production(problem(demand={ROLL_PRODUCT: (3000, 8)}, equipment=FEW))

    found = list(shortages(plan.schedule, {ROLL_RECIPE: "Roll"}, MONDAY))

    assert plan.schedule.remedies
    assert found
    assert len({alert.key for alert in found}) == len(found)
    assert any(alert.facts["remedies"] for alert in found)
    for alert in found:
        assert sentence(speech("es", "es_ES", "EUR"), alert.kind, alert.facts)
