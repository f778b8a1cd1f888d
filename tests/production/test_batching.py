"""From quantities to batches."""

from obrador.catalogue.domain import Step
from obrador.production.batching import batch_sizes
from tests.production.builders import roll_recipe


def test_a_full_oven_is_one_batch() -> None:
    bake = Step("bake", 20, equipment_kind="oven", capacity_per_unit=round(1 / 24, 8))

    assert batch_sizes(roll_recipe(steps=(bake,)), 192, {"oven": 8.0}) == [192]
