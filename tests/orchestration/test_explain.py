"""Reasons as sentences."""

from dataclasses import replace

from obrador.kit.i18n import speech
from obrador.orchestration import explain
from obrador.production.domain import BatchReason, QuantityReason, Wave

ENGLISH, SPANISH = speech("en", "en", "EUR"), speech("es", "es", "EUR")
KEEPS = QuantityReason(
    expected=42,
    firm=0,
    critical_ratio=0.8,
    ratio_from="economics",
    cover_days=2,
    quantile=55,
    left_over=9,
    unit_cost_minor=20,
    issuing="freshest_first",
    left_over_keeps=(4.0, 5.0),
    waste_chance=0.12,
)


def test_what_keeps_is_explained_by_its_ages_and_its_customers() -> None:
    assert explain.target(ENGLISH, KEEPS, "piece") == (
        "About 42 expected. 55 pays best: it keeps for 2 days, and the last one is thrown away in"
        " 12% of cases. 9 left over are still good. 4 of them only today. Customers take the"
        " freshest first, so they may stay."
    )
    assert "se tira en el 12" in explain.target(SPANISH, KEEPS, "piece")


def test_a_reason_of_an_earlier_version_is_still_explained() -> None:
    earlier = replace(KEEPS, issuing="oldest_first", left_over_keeps=(), waste_chance=None)

    assert explain.target(ENGLISH, earlier, "piece") == (
        "About 42 expected. 55 pays best: enough in 80% of such days. 9 left over are still good."
    )


def test_waves_and_the_display_are_told() -> None:
    waves = (Wave(420, 30, 0.5), Wave(720, 25, 0.5))
    shown = replace(KEEPS, cover_days=1, left_over=0, bound_by=("min_display",), waves=waves)

    told = explain.target(ENGLISH, shown, "piece")

    assert "Raised so that the shelf does not look empty. In 2 bakes: 30, 25." in told


def test_dough_in_stock_is_told() -> None:
    reason = BatchReason(5000, 0, "none", 1, 1, from_stock=1500)

    assert explain.batch(ENGLISH, reason, {}, "g") == "5 kg wanted; 1.5 kg are in stock."
