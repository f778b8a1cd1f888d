"""All fault tests, in the order in which they run."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from tests.chaos.frozen import frozen_leader
from tests.chaos.kills import kills
from tests.chaos.outages import outages
from tests.chaos.poison import poison
from tests.chaos.upgrade import upgrade
from tests.chaos.world import Line, World


def _single(scenario: Callable[[World], Awaitable[Line]]) -> "Scenario":
    async def run(world: World) -> Sequence[Line]:
        return [await scenario(world)]

    return run


Scenario = Callable[[World], Awaitable[Sequence[Line]]]

SCENARIOS: Mapping[str, Scenario] = {
    "upgrade": _single(upgrade),
    "frozen": _single(frozen_leader),
    "services": outages,
    "kills": _single(kills),
    "poison": _single(poison),
}
"""Poison comes last: its bakeries stay poisoned."""
