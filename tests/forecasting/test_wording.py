"""Forecasts in words."""

from datetime import date

import pytest

from obrador.forecasting.domain import DayAhead, Drivers, Overridden, Override
from obrador.forecasting.wording import explain_day
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id

SATURDAY = date(2026, 3, 7)
MOVED = Drivers(40.0, 1.3, 1.0, 0.8, "Reyes", 0.0, learned=1.06)
SAID = Override(new_id(), SATURDAY, "set", 80.0, "school trip", "Ana")


@pytest.mark.parametrize(
    ("is_open", "overridden", "words"),
    [
        (True, None, "Lately 40 a day; Saturday +30 %; Reyes -20 %; trained model +6 %."),
        (
            True,
            Overridden(SAID, 64.0, ()),
            "Lately 40 a day; Saturday +30 %; Reyes -20 %; trained model +6 %."
            " Statistically 64; set to 80 by Ana: school trip.",
        ),
        (False, None, "The shop is closed."),
    ],
)
def test_a_day_is_explained_by_what_moves_it_and_who_changed_it(
    is_open: bool, overridden: Overridden | None, words: str
) -> None:
    ahead = DayAhead(SATURDAY, is_open, 44.0, (), MOVED, overridden)

    assert explain_day(Speech("en", "en"), ahead, "piece") == words
