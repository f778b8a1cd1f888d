"""What to count next."""

from datetime import date, timedelta
from uuid import UUID

from obrador.inventory.due import Countable, classes, due

TODAY = date(2026, 3, 3)


def item(number: int, value: float, days_ago: int | None) -> Countable:
    on = None if days_ago is None else TODAY - timedelta(days=days_ago)
    return Countable(UUID(int=number), value, on)


def test_the_few_that_make_up_most_are_a() -> None:
    items = [item(1, 700, 0), item(2, 200, 0), item(3, 60, 0), item(4, 40, 0), item(5, 0, 0)]

    assert "".join(classes(items)[each.id] for each in items) == "AABCC"
    assert classes([item(1, 0, 0)]) == {UUID(int=1): "C"}


def test_never_counted_first_then_by_class_and_time() -> None:
    items = [
        item(1, 700, 6),
        item(2, 200, 7),
        item(3, 60, 40),
        item(4, 40, None),
        item(5, 0, 89),
        item(6, 0, 90),
        item(7, 0, None),
    ]

    assert [each.int for each in due(items, TODAY)] == [4, 7, 2, 3, 6]
