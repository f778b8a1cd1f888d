"""What a day's timetable lacks machines or people for: one alert for each cause. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from obrador.alerts.domain import Alert
from obrador.production.domain import Remedy, ScheduleResult

PEOPLE = "people"
_OF_EQUIPMENT = ("equipment", "no_equipment", "too_big")
_OF_PEOPLE = ("people", "no_people")
_MOST_NAMES = 5


@dataclass
class _Short:
    """What one cause does to a day."""

    late: dict[UUID, int] = field(default_factory=dict)
    """Minutes, by recipe."""
    unplaced: dict[UUID, None] = field(default_factory=dict)
    """Recipes, in their order."""


def cause_of(because: str | None) -> str | None:
    """What is lacking, of a reason as in `ScheduledBatch.late_because` or `Unplaced.because`: a
    kind of equipment, or `people`; None: neither would help."""
    what, _, kind = (because or "").partition(":")
    if what in _OF_EQUIPMENT:
        return kind
    return PEOPLE if what in _OF_PEOPLE else None


def shortages(schedule: ScheduleResult, names: Mapping[UUID, str], day: date) -> Iterator[Alert]:
    """One alert for each kind of equipment, and for people, that the day lacks, with what would
    help, the best first. Critical where something cannot be made at all."""
    found: dict[str, _Short] = {}
    for batch in schedule.scheduled:
        cause = cause_of(batch.late_because)
        if batch.late_minutes > 0 and cause is not None:
            late = found.setdefault(cause, _Short()).late
            own = batch.batch.recipe_id
            late[own] = max(batch.late_minutes, late.get(own, 0))
    for unplaced in schedule.unplaced:
        cause = cause_of(unplaced.because)
        if cause is not None:
            found.setdefault(cause, _Short()).unplaced[unplaced.batch.recipe_id] = None
    for cause, short in found.items():
        yield Alert(
            "capacity_short",
            "critical" if short.unplaced else "warning",
            f"capacity_short:{cause}:{day}",
            {
                "cause": cause,
                "day": day.isoformat(),
                "late": _names(short.late, names),
                "minutes": max(short.late.values(), default=0),
                "unplaced": _names(short.unplaced, names),
                "remedies": [_facts(each) for each in schedule.remedies if _helps(each, cause)],
            },
            day,
        )


def _names(recipes: Mapping[UUID, Any], names: Mapping[UUID, str]) -> list[str]:
    return [names.get(recipe, "?") for recipe in recipes][:_MOST_NAMES]


def _helps(remedy: Remedy, cause: str) -> bool:
    """Whether a remedy is for this cause: those of time are for any."""
    if remedy.kind == "another_machine":
        return remedy.equipment_kind == cause
    return remedy.kind != "more_people" or cause == PEOPLE


def _facts(remedy: Remedy) -> dict[str, Any]:
    return {
        "kind": remedy.kind,
        "amount": remedy.amount,
        "equipment_kind": remedy.equipment_kind,
        "late_batches": remedy.late_batches,
    }
