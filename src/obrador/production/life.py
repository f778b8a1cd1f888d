"""States of schedules and batches, and what a reason for turning a plan down says. Pure."""

import re
from collections.abc import Iterable
from dataclasses import replace

from obrador.kit.names import name_key
from obrador.kit.states import machine
from obrador.plan_changes import PLAN_STATES

SCHEDULE_STATES = replace(PLAN_STATES, noun="schedule")
BATCH_STATES = machine(
    "batch",
    planned="in_progress cancelled",
    in_progress="completed cancelled",
    completed="",
    cancelled="",
)
BEGUN = ("in_progress", "completed")
"""Batches that plans are made around."""
ENDED = ("completed", "cancelled")

STALE_WORDS = (
    "stale", "outdated", "old data", "out of date",
    "datos antiguos", "desactualizado", "desactualizada", "obsoleto", "obsoleta",
)  # fmt: skip
"""A reason with one of these says that the plan was made of data that is too old."""
MOST_REGENERATIONS = 3
"""Of a day's plan, in a day, by itself."""


def says_stale(reason: str, more_words: Iterable[str] = ()) -> bool:
    """Whether a reason says that the data was stale, in Spanish or English or in the bakery's own
    words; upper case and accents do not matter, and words count as wholes or with an ending."""
    said = name_key(reason)
    words = (name_key(word) for word in (*STALE_WORDS, *more_words))
    return any(re.search(rf"\b{re.escape(word)}", said) for word in words if word)
