"""What must be true of mornings, whatever happened to them. Each check counts what is wrong."""

from collections.abc import Sequence
from uuid import UUID

from tests.chaos.world import World

_OF = "(select tenant_id, business_date, revision from runs where execution_id = any(:executions))"
_CHECKS = {
    "executions not ended": """
        select count(*) from executions
        where id = any(:executions) and status in ('pending', 'running')
    """,
    "runs not ended": """
        select count(*) from runs
        where execution_id = any(:executions) and status in ('pending', 'running')
    """,
    "runs that failed without a reason": """
        select count(*) from runs where execution_id = any(:executions)
            and status not in ('completed', 'partial_success') and coalesce(error, '') = ''
    """,
    "runs whose steps are not all there": """
        select count(*) from runs r where execution_id = any(:executions)
            and status in ('completed', 'partial_success') and steps_total <> (
                select count(*) from run_steps s where s.tenant_id = r.tenant_id
                    and s.business_date = r.business_date and s.workflow = r.workflow
                    and s.revision = r.revision
            )
    """,
    "steps written twice": f"""
        select count(*) from (
            select from run_steps join {_OF} as r using (tenant_id, business_date, revision)
            group by tenant_id, business_date, workflow, revision, step having count(*) > 1
        ) as twice
    """,
    "bakeries with two runs for a date and revision": """
        select count(*) from (
            select from runs where execution_id = any(:executions)
            group by tenant_id, business_date, workflow, revision having count(*) > 1
        ) as twice
    """,
    "two schedules for a date and revision": f"""
        select count(*) from (
            select from production_schedules join {_OF} as r
                using (tenant_id, business_date, revision)
            group by tenant_id, business_date, revision having count(*) > 1
        ) as twice
    """,
    "two plans for a date and revision": f"""
        select count(*) from (
            select from procurement_plans join {_OF} as r using (tenant_id, business_date, revision)
            group by tenant_id, business_date, revision having count(*) > 1
        ) as twice
    """,
    "two orders to a supplier for a day": f"""
        select count(*) from (
            select from purchase_orders o
            join procurement_plans p on p.tenant_id = o.tenant_id and p.id = o.plan_id
            join {_OF} as r on r.tenant_id = p.tenant_id and r.business_date = p.business_date
                and r.revision = p.revision
            group by p.tenant_id, p.business_date, p.revision, o.supplier_id, o.delivery_on
            having count(*) > 1
        ) as twice
    """,
    "batches other than the step recorded": f"""
        select count(*) from run_steps s join {_OF} as r using (tenant_id, business_date, revision)
        where s.step = 'production' and s.status = 'success'
            and (s.counts ->> 'batches')::int is distinct from (
                select count(*)::int from production_schedules p
                join production_batches b on b.tenant_id = p.tenant_id and b.schedule_id = p.id
                where p.tenant_id = s.tenant_id and p.business_date = s.business_date
                    and p.revision = s.revision
            )
    """,
    "orders other than the step recorded": f"""
        select count(*) from run_steps s join {_OF} as r using (tenant_id, business_date, revision)
        where s.step = 'procurement' and s.status = 'success'
            and (s.counts ->> 'orders')::int is distinct from (
                select count(*)::int from procurement_plans p
                join purchase_orders o on o.tenant_id = p.tenant_id and o.plan_id = p.id
                where p.tenant_id = s.tenant_id and p.business_date = s.business_date
                    and p.revision = s.revision
            )
    """,
} | {
    f"{table} without the record of their step, or the reverse": f"""
        select count(*) from (
            select tenant_id, business_date, revision from {table}
            join {_OF} as r using (tenant_id, business_date, revision)
        ) as made full join (
            select tenant_id, business_date, revision from run_steps
            join {_OF} as r using (tenant_id, business_date, revision)
            where step = '{step}' and status = 'success'
        ) as recorded using (tenant_id, business_date, revision)
        where made.tenant_id is null or recorded.tenant_id is null
    """
    for table, step in {
        "run_snapshots": "snapshot",
        "forecasts": "forecasting",
        "production_schedules": "production",
        "procurement_plans": "procurement",
    }.items()
}


async def faults(world: World, executions: Sequence[UUID]) -> tuple[str, ...]:
    """What is wrong with these mornings, and what was left running."""
    found = []
    for name, sql in _CHECKS.items():
        if count := await world.value(sql, executions=list(executions)):
            found.append(f"{count} {name}")
    orphans = [p for role in world.roles for p in role.orphans()]
    if orphans:
        found.append(f"{len(orphans)} orphan processes")
    return tuple(found)


async def summary(world: World, executions: Sequence[UUID]) -> str:
    """How the runs ended."""
    rows = await world.rows(
        "select status, count(*) as runs, sum(strikes) as strikes, sum(retries) as retries"
        " from runs where execution_id = any(:executions) group by 1 order by 1",
        executions=list(executions),
    )
    ends = ", ".join(f"{row.runs} {row.status}" for row in rows)
    strikes, retries = (sum(getattr(row, name) for row in rows) for name in ("strikes", "retries"))
    return f"{len(executions)} executions: {ends}; {strikes} strikes, {retries} retries"
