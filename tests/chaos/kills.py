"""Processes are killed at random moments while mornings run."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from tests.chaos.checks import faults, summary
from tests.chaos.processes import Role
from tests.chaos.world import Line, World

_END_S = 180
"""After the last kill."""
_AT_WORK = "select pid from instances where role = 'worker' and status = 'alive'"
_VICTIMS = {"planner": 3, "worker": 1, "leader": 3, "scheduler": 2}
"""What is killed, and how often compared with the others."""


async def kills(world: World) -> Line:
    """Kill so often; a morning that has ended is followed by the next day's. Then wait for the end.

    Who is killed is started again at once, as an operator's process manager would.
    """
    began, killed = time.monotonic(), Counter[str]()
    executions = [await world.trigger(world.next_day())]
    async with world.running() as roles:
        while killed.total() - killed[""] < world.size.kills:
            await asyncio.sleep(world.random.uniform(*world.size.seconds_between_kills))
            for role in roles:
                role.start()
            if await world.has_ended(executions[-1]):
                executions.append(await world.trigger(world.next_day()))
            killed[await _kill_one(world, roles)] += 1
        for role in roles:
            role.start()
        killed_until, share = time.monotonic(), await world.progress(executions[-1])
        found = await _wait(world, executions)
        last = time.monotonic() - killed_until
        found += await faults(world, executions)
    del killed[""]
    what = ", ".join(f"{count} × {name}" for name, count in sorted(killed.items()))
    return Line(
        "kills",
        f"kill -9 of {what}, during {len(executions)} mornings (days one after the other) of"
        f" {len(world.bakeries)} bakeries",
        time.monotonic() - began,
        f"{await summary(world, executions)}; the last one was at {share:.0%} at the last kill, and"
        f" ended {last:.0f} s after it",
        found,
    )


async def _wait(world: World, executions: Sequence[UUID]) -> tuple[str, ...]:
    try:
        for execution in executions:
            await world.ended(execution, _END_S)
    except TimeoutError as error:
        return (str(error),)
    return ()


async def _kill_one(world: World, roles: Sequence[Role]) -> str:
    """Returns what was killed; empty: it was not there just now."""
    name = world.random.choices(list(_VICTIMS), list(_VICTIMS.values()))[0]
    leader = await world.leader(roles)
    if name == "planner":
        at_work = {row.pid for row in await world.rows(_AT_WORK)}
        pids = [p.pid for role in roles for p in role.planners() if p.pid in at_work]
    elif name == "leader":
        pids = [leader.pid] if leader else []
    else:
        pids = [r.pid for r in roles if r.kind == name and r.is_alive and r is not leader]
    if not pids:
        return ""
    with suppress(ProcessLookupError):
        os.kill(world.random.choice(pids), signal.SIGKILL)
    return name
