"""What needs somebody this morning: each sentence with the page where it is settled."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from obrador.alerts import service as alerts
from obrador.dashboard.visiting import Visit
from obrador.inventory import count_showing
from obrador.inventory.count_schemas import CountSummary
from obrador.kit.pagination import PageRequest
from obrador.orchestration.briefing import Briefing
from obrador.orchestration.domain import Severity

_ALERTS = PageRequest(limit=50)
_COUNTS = PageRequest(limit=5)
_ORDER: dict[Severity, int] = {"critical": 0, "warning": 1, "info": 2}
_SEEN_ELSEWHERE = {"schedule_waiting"}
"""Alerts of what the page asks for anyway."""
_TOLD_BY_ALERTS = {"late", "unplaced", "runs_out", "expiring", "unsupplied", "urgent_order"}
"""Notes of the morning that are alerts as well, which know what has happened since."""
_PLACES = {
    "stock_critical": "stock?show=critical",
    "stock_low": "stock?show=low",
    "lot_expiring": "stock?show=expiring",
    "stock_short_on_completion": "stock",
    "order_urgent": "purchasing#due",
    "order_not_sent": "purchasing",
    "order_overdue": "purchasing#coming",
    "ingredient_unsupplied": "setup",
    "product_without_recipe": "setup",
    "yield_trend": "setup",
    "runs_out": "stock?show=critical",
    "expiring": "stock?show=expiring",
    "unsupplied": "setup",
    "urgent_order": "purchasing#due",
    "below_minimum": "purchasing",
    "stock_assumed": "stock/counts",
    "left_over_unknown": "stock/counts",
    "no_sales": "setup",
    "sales_missing": "setup",
    "not_fetched": "setup",
    "no_price": "setup",
    "assumed": "setup",
    "no_new_forecast": "forecast",
    "short_history": "forecast",
    "no_history": "forecast",
}
"""Where alerts and notes are settled, below the bakery's address; others on the production page."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Something to look at."""

    severity: Severity
    text: str
    where: str
    """The address of the page."""
    alert_id: UUID | None = None
    """None: there is no alert of it."""
    is_seen: bool = False
    """Somebody looks after it."""


async def load_matters(visit: Visit, plan: Briefing) -> tuple[Matter, ...]:
    """The most pressing first, what somebody looks after last: what the morning has noted and, of
    today, what has become of it since."""
    found = [*_noted(visit, plan)]
    if plan.day == visit.today:
        found += [*await _alerts(visit), *await _counts(visit)]
    return tuple(sorted(found, key=lambda each: (each.is_seen, _ORDER[each.severity])))


def _noted(visit: Visit, plan: Briefing) -> Iterator[Matter]:
    is_now = plan.day == visit.today
    for note in plan.notes:
        if not (is_now and note.code in _TOLD_BY_ALERTS):
            yield Matter(note.severity, note.text, _place(visit, note.code))


async def _alerts(visit: Visit) -> list[Matter]:
    found = await alerts.page(visit.session, visit.tenant, _ALERTS, visit.say.language)
    return [
        Matter(
            each.severity,
            each.message,
            _place(visit, each.kind),
            each.id,
            each.status == "acknowledged",
        )
        for each in found.items
        if each.kind not in _SEEN_ELSEWHERE
    ]


async def _counts(visit: Visit) -> list[Matter]:
    """Counting sheets that nobody has closed."""
    found = await count_showing.page(visit.session, visit.tenant, _COUNTS, "counting")
    return [
        Matter("warning", _count_words(visit, each), f"{visit.home}/stock/counts/{each.id}")
        for each in found.items
    ]


def _count_words(visit: Visit, count: CountSummary) -> str:
    say, done = visit.say, count.counted
    return say.phrase(
        "The count of {day} is open: {n} of {lines} counted.",
        day=say.short_day(visit.local(count.made_at)),
        n=say.number(done),
        lines=say.number(count.lines),
    )


def _place(visit: Visit, what: str) -> str:
    return f"{visit.home}/{_PLACES.get(what, 'production')}"
