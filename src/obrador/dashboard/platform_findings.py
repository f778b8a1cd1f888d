"""What is not as it should be on the platform, the worst first, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from obrador.dashboard.platform_words import duration_words
from obrador.kit.i18n import Speech
from obrador.kit.vitals import Vitals
from obrador.orchestration.schemas import Figures, Health
from obrador.settings import Settings

Level = Literal["problem", "attention"]

_OUTBOX_SECONDS = (60.0, 300.0)
_TRANSACTION_SECONDS = 900.0
_CONNECTIONS = 0.85
"""Of all there may be: more is worth a word."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked at."""

    settings: Settings
    health: Health
    figures: Figures
    vitals: Vitals
    cache: Literal["used", "deaf", "away"]
    late: int
    """Bakeries without a plan after 08:00."""

    def last_day(self, status: str) -> int:
        """Executions of the last day that are, or ended, so."""
        return sum(each.get(status, 0) for each in self.figures.executions_last_day.values())


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not well."""

    level: Level
    what: str
    do: str
    section: str = ""
    """Of the runbook."""
    link: str = ""
    """A page that shows it."""


def findings(say: Speech, seen: Seen) -> list[Finding]:
    """All of them; none: everything is well."""
    found = [*_processes(say, seen), *_mornings(say, seen), *_around(say, seen)]
    return sorted(found, key=lambda each: each.level != "problem")


def _processes(say: Speech, seen: Seen) -> Iterator[Finding]:
    health, waiting = seen.health, seen.figures.chunks_waiting
    if not health.schedulers:
        yield Finding(
            "problem",
            say.phrase("No scheduler runs: nothing starts by itself."),
            say.phrase("Start “obrador up”, or “obrador scheduler” on one more machine."),
            "SchedulerUnhealthy",
        )
    elif not health.has_leader:
        yield Finding(
            "problem",
            say.phrase("Schedulers run, but none of them leads."),
            say.phrase(
                "Wait {seconds} seconds: one of them should. If not, look for “leadership” in"
                " their logs.",
                seconds=say.number(seen.settings.leader_lock_ttl_seconds),
            ),
            "NoLeader",
        )
    if not health.workers:
        yield Finding(
            "problem",
            say.counted(
                "Nobody plans; {n} group of bakeries waits.",
                "Nobody plans; {n} groups of bakeries wait.",
                waiting,
            )
            if waiting
            else say.phrase("Nobody plans."),
            say.phrase("Start “obrador up”, or “obrador worker” on one more machine."),
            "NoSchedulesGenerated",
        )
    if health.scheduler_disabled:
        yield Finding(
            "attention",
            say.phrase("SCHEDULER_DISABLED is set: nothing starts by itself."),
            say.phrase("Remove the setting and restart, if that is not what you want."),
            "NoSchedulesGenerated",
        )


def _mornings(say: Speech, seen: Seen) -> Iterator[Finding]:
    if seen.late:
        yield Finding(
            "problem",
            say.counted(
                "{n} bakery has no plan although it is past 08:00 there.",
                "{n} bakeries have no plan although it is past 08:00 there.",
                seen.late,
            ),
            say.phrase("See how far their run is; if it failed, try it again."),
            "PlansNotReady",
            "/platform/live",
        )
    for status, words in (
        ("failed", say.phrase("failed as a whole")),
        ("partial_success", say.phrase("did not go well for every bakery")),
        ("missed", say.phrase("were missed, as nobody was there to start them")),
    ):
        count = seen.last_day(status)
        if count:
            yield Finding(
                "problem" if status == "failed" else "attention",
                say.phrase(
                    "Executions of the last day: {n} {what}.", n=say.number(count), what=words
                ),
                say.phrase("Open it, read what went wrong, then try again what failed."),
                "DailyProductionPlanningFailed" if status != "missed" else "NoSchedulesGenerated",
                f"/platform/executions?status={status}",
            )


def _around(say: Speech, seen: Seen) -> Iterator[Finding]:
    figures, vitals = seen.figures, seen.vitals
    attention, problem = _OUTBOX_SECONDS
    if figures.outbox_oldest_seconds > attention:
        yield Finding(
            "problem" if figures.outbox_oldest_seconds > problem else "attention",
            say.phrase(
                "{n} events are not delivered, the oldest for {time}.",
                n=say.number(figures.outbox_pending),
                time=duration_words(say, figures.outbox_oldest_seconds),
            ),
            say.phrase("“obrador up” delivers them. If it runs, see whether RabbitMQ answers."),
            "OutboxStuck",
        )
    if seen.cache != "used":
        yield Finding(
            "attention",
            say.phrase("The cache is not used: pages are right, but slower."),
            say.phrase("See whether Redis answers: “obrador doctor” tells.")
            if seen.cache == "away"
            else say.phrase("It hears of no changes: see whether the database takes connections."),
            "ForecastCacheHitRateLow",
        )
    if vitals.connections > _CONNECTIONS * vitals.connections_at_most:
        yield Finding(
            "attention",
            say.phrase(
                "{n} of {most} connections to the database are taken.",
                n=say.number(vitals.connections),
                most=say.number(vitals.connections_at_most),
            ),
            say.phrase("Raise max_connections, or run fewer processes."),
        )
    if vitals.longest_seconds > _TRANSACTION_SECONDS:
        yield Finding(
            "attention",
            say.phrase(
                "A transaction is open for {time}.",
                time=duration_words(say, vitals.longest_seconds),
            ),
            say.phrase("Look in pg_stat_activity whose it is; while it is open, tables grow."),
        )
