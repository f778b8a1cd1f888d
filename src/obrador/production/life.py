"""States of schedules and batches. Pure."""

from dataclasses import replace

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
