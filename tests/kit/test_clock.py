"""Days as bakeries live them."""

from datetime import UTC, datetime

import pytest

from obrador.kit.clock import seconds_to_midnight

HOUR = 3600


@pytest.mark.parametrize(
    ("now", "zone", "hours"),
    [
        (datetime(2026, 3, 3, 5, 30, tzinfo=UTC), "Europe/Madrid", 17.5),
        (datetime(2026, 3, 3, 22, 59, tzinfo=UTC), "Europe/Madrid", 1 / 60),
        (datetime(2026, 3, 3, 23, 0, tzinfo=UTC), "Europe/Madrid", 24),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), "Europe/Madrid", 23),  # clocks go forward
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), "Europe/Madrid", 25),  # and back
        (datetime(2026, 3, 3, 12, 0, tzinfo=UTC), "Pacific/Kiritimati", 22),
    ],
)
def test_the_day_ends_at_the_bakerys_own_midnight(now: datetime, zone: str, hours: float) -> None:
    assert seconds_to_midnight(now, zone) == pytest.approx(hours * HOUR)
