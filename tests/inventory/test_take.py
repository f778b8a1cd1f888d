"""First expired, first out."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obrador.inventory.domain import OpenLot, take
from obrador.inventory.errors import NotEnoughStock

amounts = st.decimals(0, 1000, places=3)


@settings(max_examples=50)
@given(held=st.lists(amounts, max_size=6), wanted=amounts)
def test_lots_are_used_up_one_after_the_other(held: list[Decimal], wanted: Decimal) -> None:
    lots = [OpenLot(UUID(int=n), amount) for n, amount in enumerate(held)]
    if wanted > sum(held):
        with pytest.raises(NotEnoughStock, match="are there"):
            take(lots, wanted)
        return

    taken = dict(take(lots, wanted))

    assert sum(taken.values()) == wanted
    assert all(0 < amount <= lots[lot_id.int].remaining for lot_id, amount in taken.items())
    emptied = [lot for lot in lots if lot.remaining and taken.get(lot.id) == lot.remaining]
    touched = [lot for lot in lots if lot.id in taken]
    assert emptied[: len(touched) - 1] == touched[:-1]
