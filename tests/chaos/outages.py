"""Services are away for a while during a morning."""

import asyncio
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from tests.chaos.checks import faults, summary
from tests.chaos.processes import Role
from tests.chaos.world import Line, World

_END_S = 180
_KILLED_S = 5


async def outages(world: World) -> list[Line]:
    """PostgreSQL stopped, PostgreSQL killed, Redis stopped; each during a morning of its own."""
    postgres, redis, seconds = world.postgres, world.redis, world.size.outage_seconds
    async with world.running() as roles:
        return [
            await _outage(world, roles, f"{what} for {seconds:.0f} s", seconds, stop, start)
            for what, seconds, stop, start in (
                ("PostgreSQL stopped", seconds, postgres.stop, postgres.start),
                ("PostgreSQL killed, away", _KILLED_S, postgres.kill, postgres.start),
                ("Redis stopped", seconds, redis.stop, redis.start),
            )
        ]


async def _outage(
    world: World,
    roles: Sequence[Role],
    what: str,
    seconds: float,
    stop: Callable[[], object],
    start: Callable[[], object],
) -> Line:
    began = time.monotonic()
    await world.until(lambda: world.has_leader(roles), 60, "a leader")
    execution = await world.trigger(world.next_day())
    await world.until(lambda: _is_under_way(world, execution), 60, "a morning under way")
    await asyncio.to_thread(stop)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(start)
    back, found = time.monotonic(), list[str]()
    leading = took = 0.0
    try:
        await world.until(lambda: world.has_leader(roles), 30, "a leader afterwards")
        leading = time.monotonic() - back
        await world.ended(execution, _END_S)
        took = time.monotonic() - back
    except TimeoutError as error:
        found.append(str(error))
    found += [f"{role.kind} ended by itself" for role in roles if not role.is_alive]
    found += await faults(world, [execution])
    return Line(
        "services",
        f"{what} during a morning of {len(world.bakeries)} bakeries",
        time.monotonic() - began,
        f"{await summary(world, [execution])}; with a leader {leading:.0f} s after the service was"
        f" back, the morning ended {took:.0f} s after",
        tuple(found),
    )


async def _is_under_way(world: World, execution: UUID) -> bool:
    return await world.progress(execution) > 0.1
