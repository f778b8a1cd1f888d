"""The leader is frozen and wakes up when another one leads."""

import asyncio
import signal
import time
from collections.abc import Sequence

from sqlalchemy import text

from tests.chaos.checks import faults, summary
from tests.chaos.processes import Role
from tests.chaos.world import Line, World

_TAKEOVER_S = 30
_ASK = text("""
    insert into triggers (tenant_id, workflow, reason, is_forced, due_at, latest_at)
    select id, 'daily_operations', :reason, true, clock_timestamp(), clock_timestamp()
    from tenants order by id limit 5
""")
_FIRED = """
    select id, fencing_token, triggered_by, created_at from executions
    where triggered_by like :reasons order by created_at
"""


async def frozen_leader(world: World) -> Line:
    """Freeze whoever leads, so often: once between its transactions, once in the midst of one, with
    what it was about to fire in its hands. Then let it go on, and see who has fired what."""
    began, takeovers, found = time.monotonic(), [], []
    reasons = []
    async with world.running(workers=1) as roles:
        await world.until(lambda: world.has_leader(roles), 60, "a leader")
        for number in range(world.size.freezes):
            for is_amid in (False, True):
                reasons.append(f"frozen {number} {'amid' if is_amid else 'between'}")
                seconds, wrong = await _freeze(world, roles, reasons[-1], is_amid)
                takeovers.append(seconds)
                found += wrong
        fired = await world.rows(_FIRED, reasons="frozen %")
        for reason in reasons:
            count = sum(row.triggered_by == reason for row in fired)
            if count != 1:
                found.append(f"{reason!r} fired {count} times")
        tokens = [row.fencing_token for row in fired]
        if tokens != sorted(tokens):
            found.append(f"fired with an old token: {tokens}")
        executions = [row.id for row in fired]
        for execution in executions:
            await world.ended(execution, 120)
        found += [f"{role.kind} ended by itself" for role in roles if not role.is_alive]
        found += await faults(world, executions)
    return Line(
        "frozen leader",
        f"SIGSTOP past its TTL of 2 s, {len(takeovers)} times, every second time in the midst of"
        " firing; SIGCONT once another had fired",
        time.monotonic() - began,
        f"each of {len(reasons)} requests fired once, tokens {tokens[0]} to {tokens[-1]} in order;"
        f" another led after {min(takeovers):.1f} to {max(takeovers):.1f} s;"
        f" {await summary(world, executions)}",
        tuple(found),
    )


async def _freeze(
    world: World, roles: Sequence[Role], reason: str, is_amid: bool
) -> tuple[float, list[str]]:
    """Returns how long it took until another one led, and what was wrong."""
    await world.until(lambda: world.has_leader(roles), _TAKEOVER_S, "a leader")
    leader = await world.leader(roles)
    assert leader is not None
    old = await world.value("select token from leadership")
    if is_amid:
        await _freeze_amid(world, leader, reason)
    else:
        leader.signal(signal.SIGSTOP)
    frozen = time.monotonic()

    async def another_leads() -> bool:
        return bool(await world.value("select token > :old from leadership", old=old))

    async def is_fired() -> bool:
        return bool(await world.rows(_FIRED, reasons=reason))

    try:
        await world.until(another_leads, _TAKEOVER_S, f"another leader ({reason})")
        seconds = time.monotonic() - frozen
        if not is_amid:
            async with world.database.transaction() as session:
                await session.execute(_ASK, {"reason": reason})
        await world.until(is_fired, _TAKEOVER_S, f"{reason} fired")
    except TimeoutError as error:
        return time.monotonic() - frozen, [str(error)]
    finally:
        leader.signal(signal.SIGCONT)
    newest = await world.value("select token from leadership")
    await asyncio.sleep(3)
    fired = (await world.rows(_FIRED, reasons=reason))[0]
    wrong = [] if old < fired.fencing_token <= newest else [f"{reason} fired with an old token"]
    return seconds, wrong


async def _freeze_amid(world: World, leader: Role, reason: str) -> None:
    """Freeze the leader while it waits for a lock in the transaction that fires: then it holds its
    fence, and what it takes from the table, without a word more."""
    async with world.database.transaction() as session:
        await session.execute(_ASK, {"reason": reason})
        await session.execute(text("lock table triggers in share row exclusive mode"))
        await world.until(lambda: _waits(world), 10, "the leader waiting")
        leader.signal(signal.SIGSTOP)


async def _waits(world: World) -> bool:
    waiting = """
        select count(*) from pg_stat_activity where wait_event_type = 'Lock'
            and query ilike '%delete from triggers%' and pid <> pg_backend_pid()
    """
    return bool(await world.value(waiting))
