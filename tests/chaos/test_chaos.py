"""The fault tests in their short form: the same harm, done less often."""

from collections.abc import AsyncIterator

import pytest

from tests.chaos.processes import Redis
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.world import SHORT, World, world


@pytest.fixture(scope="module")
async def installation() -> AsyncIterator[World]:
    if missing := Redis.missing():
        pytest.skip(missing)
    async with world(SHORT) as made:
        yield made


@pytest.mark.parametrize("name", SCENARIOS)
async def test_mornings_survive(installation: World, name: str) -> None:
    for line in await SCENARIOS[name](installation):
        assert not line.faults, f"{line.what}: {line.found}"
