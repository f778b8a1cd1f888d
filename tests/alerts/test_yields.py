"""What a batch gave beside what it should have given: told beyond the tolerance, three times as a
proposal."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obrador.alerts.domain import Alert
from obrador.alerts.wording import sentence
from obrador.alerts.yields import is_trend, off_by, wasted_beyond, yield_alerts
from obrador.catalogue.domain import Recipe
from obrador.kit.i18n import speech
from obrador.production.domain import Outcome

DAY = date(2026, 3, 3)
RECIPE = Recipe(UUID(int=9), "Barra", "product", "piece", 1, (), waste_share=0.05)
TOLERANCE = 10.0


def gave(made: float, wasted: float = 5, number: int = 1, units: float = 100) -> Outcome:
    """Of a batch that should give 95 of 100."""
    return Outcome(UUID(int=number), DAY, 0.95 * units, units, made, wasted)


def told(outcomes: Sequence[Outcome]) -> list[Alert]:
    return list(yield_alerts(outcomes, RECIPE, TOLERANCE, DAY))


@pytest.mark.parametrize("made", [86, 95, 104])
def test_what_is_near_the_plan_is_not_told(made: float) -> None:
    assert told([gave(made)]) == []


@pytest.mark.parametrize(("made", "severity"), [(80, "warning"), (110, "info")])
def test_what_is_off_is_told_with_its_figures(made: float, severity: str) -> None:
    (alert,) = told([gave(made)])

    assert (alert.kind, alert.severity) == ("yield_off", severity)
    assert (alert.facts["made"], alert.facts["planned"]) == (made, 95)
    said = sentence(speech("en", "en_GB", "EUR"), alert.kind, alert.facts)
    assert said.startswith(f"Barra gave {made} where 95 were planned (")


def test_waste_beyond_what_the_recipe_reckons_with_is_told() -> None:
    (alert,) = told([gave(95, wasted=20)])

    assert alert.facts["is_waste"]
    assert alert.facts["percent"] == 16
    assert sentence(speech("en", "en_GB", "EUR"), alert.kind, alert.facts) == (
        "Barra: 20 wasted, where 5 were reckoned with."
    )


def test_three_times_too_little_proposes_the_waste_share_that_fits() -> None:
    off, trend = told([gave(80, number=3), gave(81, number=2), gave(79, number=1)])

    assert (off.kind, trend.kind) == ("yield_off", "yield_trend")
    assert trend.facts["proposed"] == 0.2
    assert trend.facts["waste_share"] == 0.05
    assert sentence(speech("en", "en_GB", "EUR"), trend.kind, trend.facts) == (
        "Barra was off 3 times in a row, by -16 % on average. Its recipe reckons with 5 % waste:"
        " 20 % would fit."
    ).replace("-16 %", speech("en", "en_GB", "EUR").change(-0.16))


def test_off_to_either_side_or_twice_is_an_accident() -> None:
    assert len(told([gave(80, number=3), gave(81, number=2)])) == 1
    assert len(told([gave(80, number=3), gave(110, number=2), gave(80, number=1)])) == 1


def test_more_than_everything_leaves_no_waste_to_propose() -> None:
    recipe = Recipe(RECIPE.id, "Barra", "product", "piece", 1, (), waste_share=0.0)
    many = [Outcome(UUID(int=n), DAY, 100, 100, 120, 0) for n in range(3)]

    kinds = [alert.kind for alert in yield_alerts(many, recipe, TOLERANCE, DAY)]

    assert kinds == ["yield_off"]


_OUTCOMES = st.lists(
    st.builds(
        Outcome,
        st.uuids(),
        st.just(DAY),
        st.one_of(st.just(0.0), st.floats(0.001, 1000)),
        st.floats(1, 2000),
        st.floats(0, 2000),
        st.floats(0, 2000),
    ),
    min_size=1,
    max_size=6,
)


@given(_OUTCOMES)
def test_only_what_is_beyond_the_tolerance_is_told_and_each_thing_once(
    outcomes: list[Outcome],
) -> None:
    found = told(outcomes)

    is_off = abs(off_by(outcomes[0])) > TOLERANCE or wasted_beyond(outcomes[0]) > TOLERANCE
    assert bool(found) == is_off
    assert len({alert.key for alert in found}) == len(found)
    for alert in found:
        assert sentence(speech("es", "es_ES", "EUR"), alert.kind, alert.facts)
        if alert.kind == "yield_trend":
            assert is_trend(outcomes, TOLERANCE)
            assert 0 <= alert.facts["proposed"] <= 0.9
