"""Workflows, how they went and what they took, as whoever runs the platform reads them."""

from obrador.kit.i18n import Speech

STATUSES = (
    "pending", "running", "completed", "partial_success", "failed", "cancelled", "missed",
)  # fmt: skip
TYPES = ("scheduled", "manual", "event", "test")
RUN_STATUSES = STATUSES[:-1]


def workflow_words(say: Speech, name: str) -> str:
    """What a workflow is for; of one that an operator made, its name."""
    return {
        "daily_operations": say.phrase("Morning plan"),
        "stale_schedule_cleanup": say.phrase("Old bake lists"),
        "stale_plan_cleanup": say.phrase("Old purchase plans"),
        "procurement_optimization": say.phrase("Purchasing review"),
        "retraining_evaluation": say.phrase("Forecast training"),
        "weekly_digest": say.phrase("The week in one page"),
        "alert_cleanup": say.phrase("Old alerts"),
        "metrics_rollup": say.phrase("Daily figures"),
        "validation_backfill": say.phrase("Late sales"),
        "weather": say.phrase("Weather"),
    }.get(name, name)


def step_words(say: Speech, name: str) -> str:
    """What a step does; of one that has no words, its name."""
    return {
        "snapshot": say.phrase("Snapshot"),
        "forecasting": say.phrase("Forecast"),
        "production": say.phrase("Production"),
        "procurement": say.phrase("Purchasing"),
        "projection": say.phrase("Stock ahead"),
        "validation": say.phrase("Validation"),
        "insights": say.phrase("Insights"),
        "notifications": say.phrase("Notifications"),
    }.get(name, name.replace("_", " "))


def status_words(say: Speech, status: str) -> str:
    """How an execution, a run or a step is, or ended."""
    return {
        "pending": say.phrase("waiting"),
        "running": say.phrase("running"),
        "completed": say.phrase("done"),
        "success": say.phrase("done"),
        "partial_success": say.phrase("done in part"),
        "failed": say.phrase("failed"),
        "skipped": say.phrase("skipped"),
        "cancelled": say.phrase("cancelled"),
        "missed": say.phrase("missed"),
    }.get(status, status)


def type_words(say: Speech, kind: str) -> str:
    """What set an execution off."""
    return {
        "scheduled": say.phrase("by the schedule"),
        "manual": say.phrase("by hand"),
        "event": say.phrase("by an event"),
        "test": say.phrase("as a test"),
    }.get(kind, kind)


def level_of(status: str) -> str:
    """The class of the colour that a status has: `ready`, `soon`, `late`, or none."""
    return {
        "completed": "ready", "success": "ready", "partial_success": "soon", "skipped": "soon",
        "failed": "late", "missed": "late",
    }.get(status, "")  # fmt: skip


def duration_words(say: Speech, seconds: float) -> str:
    """42 ms, 4.2 s, 12 s, 3 min 20 s, 1 h 5 min."""
    if 0 < seconds < 1:
        return f"{say.number(max(round(seconds * 1000), 1))} ms"
    if seconds < 10:
        return f"{say.number(seconds, 1)} s"
    if seconds < 60:
        return f"{say.number(round(seconds))} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{say.number(hours)} h {minutes} min" if minutes else f"{say.number(hours)} h"


def size_words(say: Speech, size: int) -> str:
    """Bytes as 812 B, 4.2 kB, 31 MB, 2.4 GB."""
    value, units = float(size), ["B", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    digits = 0 if units[0] == "B" or value >= 10 else 1
    return f"{say.number(round(value, digits), digits)} {units[0]}"
