"""When a supplier can deliver, and until when that has to be ordered."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from obrador.kit.calendar import public_holidays
from obrador.suppliers.domain import Supplier
from obrador.tenants.domain import Bakery


@dataclass(frozen=True, slots=True)
class Delivery:
    """A day on which a supplier can deliver, and the last day to order that."""

    day: int
    order_on: date


def deliveries(
    supplier: Supplier, bakery: Bakery, first_day: date, now: datetime, days: int
) -> tuple[Delivery, ...]:
    """The deliveries of `days` days from `first_day` that can still be ordered, in order.

    A delivery on day d is ordered on d − lead time, until the cut-off. Nobody delivers, or takes
    orders, on a public holiday of the bakery's country: an order due on one has to be placed
    before. Days on which the shop is closed do not matter: somebody bakes for tomorrow, or the
    goods are left.

    Args:
        now: local time of the bakery. A `first_day` in the past is planned as of its early morning.
    """
    asked = now.replace(tzinfo=None)
    if asked.date() > first_day:
        asked = datetime.combine(first_day, time.min)
    found = []
    for day in range(days):
        on = first_day + timedelta(days=day)
        if on.weekday() not in supplier.delivery_weekdays or _is_holiday(bakery, on):
            continue
        order_on = _order_day(supplier, bakery, on)
        if asked <= datetime.combine(order_on, supplier.order_cutoff or time.max):
            found.append(Delivery(day, order_on))
    return tuple(found)


def review_days(supplier: Supplier) -> float:
    """Mean days from one delivery to the next: 7 over the delivery weekdays of a week."""
    return 7 / len(set(supplier.delivery_weekdays))


def _order_day(supplier: Supplier, bakery: Bakery, delivery_on: date) -> date:
    day = delivery_on - timedelta(days=supplier.lead_time_days)
    while _is_holiday(bakery, day):
        day -= timedelta(days=1)
    return day


def _is_holiday(bakery: Bakery, day: date) -> bool:
    return day in public_holidays(bakery.country, bakery.subdivision, day.year)
