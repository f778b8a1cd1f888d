"""Baker's percentages: weights to shares of the flour and back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.catalogue.domain import is_flour, water_left
from obrador.catalogue.percentages import Line, percentages, weights
from obrador.kit.errors import Invalid

AMOUNTS = st.decimals(Decimal("0.001"), Decimal(100_000), places=3)
FLOURS = st.builds(Line, st.just("g"), st.just(True), AMOUNTS)
OTHERS = st.builds(Line, st.sampled_from(["g", "ml", "piece"]), st.just(False), AMOUNTS)


@given(st.lists(FLOURS, min_size=1, max_size=3), st.lists(OTHERS, max_size=8))
def test_percentages_give_the_weights_that_they_were_made_of(
    flours: list[Line], others: list[Line]
) -> None:
    lines = [*flours, *others]
    flour = sum((line.quantity or Decimal(0) for line in flours), Decimal(0))
    shares = percentages(lines)
    asked = [
        line if share is None else Line(line.unit, line.is_flour, None, share)
        for line, share in zip(lines, shares, strict=True)
    ]

    assert weights(asked, flour) == [line.quantity for line in lines]
    sifted = sum((share for share in shares[: len(flours)] if share is not None), Decimal(0))
    assert abs(sifted - 100) < Decimal("1e-9")


def test_a_loaf() -> None:
    flour = Line("g", True, Decimal(10_000))
    salt = Line("g", False, None, Decimal("2.2"))

    assert weights([flour, salt]) == [10_000, 220]
    assert percentages([flour, Line("ml", False, Decimal(6_500))]) == [100, 65]
    assert percentages([Line("g", False, Decimal(5))]) == [None]


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        ([Line("g", False, None, Decimal(2))], "flour"),
        ([Line("g", True, Decimal(9)), Line("g", False, None)], "components.1.quantity"),
        (
            [Line("g", True, Decimal(9)), Line("piece", False, None, Decimal(2))],
            "components.1.percent",
        ),
    ],
)
def test_what_cannot_be_weighed_is_named(lines: list[Line], where: str) -> None:
    with pytest.raises(Invalid) as refused:
        weights(lines)

    assert [fault.where for fault in refused.value.faults] == [where]


def test_flours_come_to_all_of_it() -> None:
    strong, rye = (Line("g", True, None, Decimal(share)) for share in (70, 20))

    with pytest.raises(Invalid, match="come to 90"):
        weights([strong, rye], Decimal(1000))


@pytest.mark.parametrize(
    ("unit", "name", "category", "is_one"),
    [
        ("g", "Harina de trigo", "", True),
        ("g", "T65", "Farines", True),
        ("g", "Flour bags", "Packaging", False),
        ("piece", "Flour", "", False),
    ],
)
def test_flour_is_known_by_category_or_name(
    unit: str, name: str, category: str, is_one: bool
) -> None:
    assert is_flour(unit, name, category) is is_one


def test_water_fills_up_what_is_made_by_weight() -> None:
    assert water_left("g", 10_000, [("g", 6_000), ("ml", 100)]) == 3_900
    assert water_left("g", 10_000, [("g", 9_900)]) == 0
    assert water_left("g", 10_000, [("piece", 3)]) == 0
    assert water_left("piece", 10, [("g", 3)]) == 0
