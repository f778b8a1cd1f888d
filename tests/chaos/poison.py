"""Bakeries that cannot be planned, among others that can."""

import time
from collections.abc import Mapping

from tests.chaos import poisoned
from tests.chaos.checks import faults, summary
from tests.chaos.world import Line, World

_END_S = 240
_ITSELF = """
    update recipe_components c set component_recipe_id = c.recipe_id, ingredient_id = null
    where tenant_id = :tenant and position = 0
"""
_ABSURD = """
    update daily_sales set quantity = 10000000000
    where tenant_id = :tenant and business_date = (
        select max(business_date) from daily_sales where tenant_id = :tenant
    )
"""
_RUNS = """
    select tenant_id, status, error, strikes, retries,
        extract(epoch from completed_at - created_at)::float as seconds
    from runs where execution_id = :execution
"""


async def poison(world: World) -> Line:
    """Five poisoned bakeries at once: a recipe that contains itself, a sale of 10^10, and plans
    that never end, never come back from C, and kill their process."""
    began = time.monotonic()
    tenants = world.bakeries[-world.size.poisoned_among :]
    names = ("recipe", "sale", *poisoned.HARMS)
    harmed = dict(zip(names, tenants[:: max(len(tenants) // len(names), 1)], strict=False))
    await world.rows(_ITSELF, tenant=harmed["recipe"])
    await world.rows(_ABSURD, tenant=harmed["sale"])
    harms = {poisoned.VARIABLE: ",".join(f"{harm}={harmed[harm]}" for harm in poisoned.HARMS)}
    execution = await world.trigger(world.next_day(), tenants)
    found: tuple[str, ...] = ()
    async with world.running(environment=harms):
        try:
            await world.ended(execution, _END_S)
        except TimeoutError as error:
            found = (str(error),)
        found += await faults(world, [execution])
    runs = {run.tenant_id: run for run in await world.rows(_RUNS, execution=execution)}
    by_harm = {name: runs[tenant] for name, tenant in harmed.items()}
    others = [run for tenant, run in runs.items() if tenant not in harmed.values()]
    found += tuple(
        f"another ended {o.status}: {o.error}" for o in others if o.status != "completed"
    )
    found += tuple(f"another was struck: {o.tenant_id}" for o in others if o.strikes or o.retries)
    found += tuple(
        f"{name} ended {run.status}: {run.error}"
        for name, run in by_harm.items()
        if name != "sale" and (run.status != "failed" or not run.error)
    )
    return Line(
        "poisoned bakeries",
        f"{len(harmed)} poisoned bakeries at once among {len(tenants)}",
        time.monotonic() - began,
        f"{await summary(world, [execution])}; the others ended within"
        f" {max(other.seconds for other in others):.0f} s; {_told(by_harm)}",
        found,
    )


def _told(runs: Mapping[str, object]) -> str:
    return "; ".join(
        f"{name}: {run.status} after {run.seconds:.0f} s, “{run.error}”"  # type: ignore[attr-defined]
        for name, run in runs.items()
    )
