"""Choosing suppliers by a score."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.inventory.domain import Lot
from obrador.procurement.plan import plan_purchases
from obrador.procurement.scoring import choose, scores
from obrador.suppliers.domain import Price, Supplier
from tests.procurement.bakery import FLOUR, MILLER, MONDAY, WHOLESALER, problem


def supplier(number: int, **shown: float) -> Supplier:
    usual = Supplier(UUID(int=number), f"Supplier {number}", 1, (0, 2, 4))
    return replace(usual, **shown)  # type: ignore[arg-type]


def test_the_best_of_everything_has_all_points() -> None:
    quick, cheap = supplier(0), supplier(1, lead_time_days=3)

    assert scores([10.0, 8.0], [quick, cheap], {}) == pytest.approx([0.9, 0.9])
    assert scores([8.0], [quick], {}) == [1.0]


def test_only_what_has_a_weight_counts() -> None:
    late, punctual = supplier(0, reliability=0.5), supplier(1, reliability=1.0)

    assert scores([1.0, 9.0], [late, punctual], {"price": 1.0}) == [1.0, pytest.approx(1 / 9)]
    assert scores([1.0, 9.0], [late, punctual], {"reliability": 1.0}) == [0.5, 1.0]


def test_who_has_shown_nothing_counts_as_the_mean_of_those_who_have() -> None:
    known = [supplier(0, quality=0.8), supplier(1, quality=1.0), supplier(2)]

    assert scores([1.0] * 3, known, {"quality": 1.0}) == pytest.approx([0.8, 1.0, 0.9])


def test_of_equals_the_first_is_chosen_and_the_second_named() -> None:
    chosen = choose({2: 1.0, 0: 1.0}, [supplier(0), supplier(1), supplier(2)], {})

    assert (chosen.supplier, chosen.runner_up) == (0, 2)
    assert choose({1: 0.0}, [supplier(0), supplier(1)], {}).runner_up is None


@given(
    prices=st.lists(st.floats(0, 1e6), min_size=1, max_size=5),
    days=st.lists(st.integers(0, 30), min_size=5, max_size=5),
    weights=st.dictionaries(
        st.sampled_from(["price", "lead_time", "reliability", "quality"]), st.floats(0, 1)
    ),
)
def test_scores_are_shares(prices: list[float], days: list[int], weights: dict[str, float]) -> None:
    offering = [supplier(n, lead_time_days=days[n]) for n in range(len(prices))]

    assert all(0 <= points <= 1 + 1e-9 for points in scores(prices, offering, weights))


def test_a_bakery_that_prefers_scores_buys_from_the_best_and_is_told_who_came_second() -> None:
    bakery = problem().bakery
    policy = replace(bakery.policy, supplier_choice="score", supplier_weights={"reliability": 1.0})
    punctual = replace(WHOLESALER, reliability=0.95)

    plan = plan_purchases(
        problem(
            bakery=replace(bakery, policy=policy),
            lots=[Lot(FLOUR, 200_000, MONDAY - timedelta(days=3))],
            suppliers=[replace(MILLER, reliability=0.6), punctual],
            prices=[
                Price(MILLER.id, FLOUR, 25_000.0, 1, 2_000),
                Price(punctual.id, FLOUR, 25_000.0, 1, 9_000),
            ],
        )
    )

    reasons = [line.reason for order in plan.orders for line in order.lines]
    assert {order.supplier_id for order in plan.orders} == {punctual.id}
    assert {(reason.score, reason.runner_up_score) for reason in reasons} == {(0.95, 0.6)}
    assert {reason.runner_up for reason in reasons} == {str(MILLER.id)}
