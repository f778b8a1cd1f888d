"""How suppliers deliver, from what they have delivered. Pure. Days are whole days."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import sqrt

from obrador.suppliers.domain import Supplier

LEAST_DELIVERIES = 5
"""With fewer, planning goes by the lead time that was given."""
MOST_DELIVERIES = 20
"""Only the newest count: suppliers change."""
_COMPLETE = 0.995
"""Share of the value that counts as all of it: parts of packs are rounded."""
_PRIOR = 5
"""What was given weighs as much as so many deliveries."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One order that has come, at least in part, or is overdue. Amounts in minor units at the
    prices ordered."""

    ordered_on: date
    due_on: date
    shift_days: int
    """What planning had added to the lead time that was given, when it was ordered."""
    arrived_on: date | None
    is_ended: bool
    ordered_minor: int
    in_time_minor: int
    accepted_minor: int
    refused_minor: int

    @property
    def delay(self) -> int | None:
        """Days after the day that the given lead time would have allowed; negative: before."""
        if self.arrived_on is None:
            return None
        return (self.arrived_on - self.due_on).days + self.shift_days

    @property
    def is_reliable(self) -> bool:
        """Whether all of it was accepted on the agreed day or before."""
        if self.arrived_on is None or self.arrived_on > self.due_on:
            return False
        return self.in_time_minor >= _COMPLETE * self.ordered_minor


@dataclass(frozen=True, slots=True)
class Performance:
    """What deliveries say. None: there are none to say it."""

    deliveries: int
    arrived: int
    lead_days_mean: float | None
    """From order to first arrival."""
    delay_mean: float | None
    delay_sd: float | None
    """Of days after the day that the given lead time would have allowed."""
    reliability: float | None
    """Share of deliveries that were complete on the agreed day."""
    fill_rate: float | None
    """Share of what was ordered that was accepted, of deliveries that have ended."""
    refused_share: float | None
    """Of what arrived."""


def performance_of(deliveries: Sequence[Delivery]) -> Performance:
    """The figures of some deliveries: those that have come or are overdue.

    Example: two orders for Tuesday, one complete on Tuesday and one on Wednesday, give a delay of
    0.5 days on average, with a deviation of 0.5, and a reliability of 0.5.
    """
    came = [each for each in deliveries if each.arrived_on is not None]
    delays = [each.delay for each in came if each.delay is not None]
    ended = [each for each in deliveries if each.is_ended]
    accepted = sum(each.accepted_minor for each in came)
    refused = sum(each.refused_minor for each in came)
    mean = _mean(delays)
    return Performance(
        deliveries=len(deliveries),
        arrived=len(came),
        lead_days_mean=_mean([(each.arrived_on - each.ordered_on).days
                              for each in came if each.arrived_on is not None]),
        delay_mean=mean,
        delay_sd=None if mean is None else _deviation(delays, mean),
        reliability=_mean([each.is_reliable for each in deliveries]),
        fill_rate=_share(
            sum(min(each.accepted_minor, each.ordered_minor) for each in ended),
            sum(each.ordered_minor for each in ended),
        ),
        refused_share=_share(refused, accepted + refused),
    )  # fmt: skip


def as_measured(given: Supplier, delays: Sequence[int]) -> Supplier:
    """The supplier as planning reckons with it: from five deliveries on, the lead time is moved by
    the mean delay, and its deviation is that around the moved one. Both are weighed against what
    was given, which counts as five deliveries. Days are whole; what rounding leaves is in the
    deviation.

    Args:
        delays: of the newest deliveries, see `Delivery.delay`.

    Example: given 2 days without deviation, twenty deliveries that were each a day late move the
    lead time by round(20/25 · 1) = 1 day to 3, and leave no deviation. Five that were late by 0, 0,
    0, 0 and 2 days move it by round(5/10 · 0.4) = 0, and its deviation is √(5/10 · 0.8) = 0.63.
    """
    if len(delays) < LEAST_DELIVERIES:
        return given
    weight = len(delays) / (len(delays) + _PRIOR)
    shift = round(weight * sum(delays) / len(delays))
    lead = max(0, given.lead_time_days + shift)
    moved = lead - given.lead_time_days
    square = _mean([(delay - moved) ** 2 for delay in delays]) or 0.0
    deviation = sqrt(weight * square + (1 - weight) * given.lead_time_sd_days**2)
    return replace(given, lead_time_days=lead, lead_time_sd_days=deviation)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _deviation(values: Sequence[float], mean: float) -> float:
    return sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
