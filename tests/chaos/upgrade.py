"""All workers are replaced in the midst of a morning, as an upgrade does."""

import asyncio
import time
from uuid import UUID

from tests.chaos.checks import faults, summary
from tests.chaos.world import Line, World

_SHUTDOWN_S = 30
_END_S = 120


async def upgrade(world: World) -> Line:
    """Ask all workers and schedulers to end, then start them again."""
    began = time.monotonic()
    execution = await world.trigger(world.next_day())
    async with world.running() as roles:
        await world.until(lambda: _is_under_way(world, execution), 60, "a morning under way")
        share = await world.progress(execution)
        seconds = await asyncio.gather(*(asyncio.to_thread(role.stop) for role in roles))
        left = [p for role in roles for p in role.orphans()]
        stopped_at = await world.progress(execution)
        for role in roles:
            role.start()
        found = [f"{len(left)} processes outlived their role"] if left else []
        if max(seconds) > _SHUTDOWN_S:
            found.append(f"a role took {max(seconds):.0f} s to end")
        try:
            await world.ended(execution, _END_S)
        except TimeoutError as error:
            found.append(str(error))
        found += await faults(world, [execution])
    return Line(
        "upgrade in flight",
        f"SIGTERM to all roles at {share:.0%} of a morning of {len(world.bakeries)} bakeries, then"
        " the start of new ones",
        time.monotonic() - began,
        f"all ended within {max(seconds):.1f} s, at {stopped_at:.0%};"
        f" {await summary(world, [execution])}",
        tuple(found),
    )


async def _is_under_way(world: World, execution: UUID) -> bool:
    return await world.progress(execution) > 0.1
