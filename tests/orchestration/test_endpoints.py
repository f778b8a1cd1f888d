"""Orchestration over HTTP: who may, what is refused, what runs once, what is tried again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.errors import Conflict
from obrador.kit.ids import new_id
from obrador.orchestration import due, managing
from obrador.orchestration.definitions import MORNING, Scope, default_workflows
from obrador.orchestration.models import Chunk, Execution, LogLine, Run, RunStep, Workflow
from obrador.orchestration.schemas import WorkflowInput
from obrador.tenants.models import Tenant
from tests.factories import make_tenant
from tests.fixtures.people import NOW

API = "/api/v1/orchestrator"
DAY = date(2026, 3, 3)


@pytest.fixture(autouse=True)
async def _workflows(session: AsyncSession) -> None:
    await session.execute(update(Tenant).values(status="suspended"))  # of other tests
    await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))


async def _workflow(admin: AsyncClient, name: str = MORNING) -> dict[str, Any]:
    items = (await admin.get(f"{API}/workflows")).json()["items"]
    found: dict[str, Any] = next(each for each in items if each["name"] == name)
    return found


async def _executed(admin: AsyncClient, **body: Any) -> dict[str, Any]:
    workflow = await _workflow(admin)
    answer = await admin.post(f"{API}/workflows/{workflow['id']}/execute", json=body)
    assert answer.status_code == 202, answer.text
    execution: dict[str, Any] = answer.json()
    return execution


async def _end(session: AsyncSession, execution: str, tenant: TenantId, status: str) -> None:
    """As if planning had gone so; the step of the same status with it."""
    run = await session.scalar(
        update(Run)
        .where(Run.execution_id == UUID(execution), Run.tenant_id == tenant)
        .values(status=status, completed_at=NOW, started_at=NOW, compute_ms=50, rows_written=100)
        .returning(Run)
    )
    assert run is not None
    for step, ended in (("snapshot", "success"), ("projection", "failed")):
        await session.execute(
            insert(RunStep).values(
                tenant_id=tenant,
                business_date=run.business_date,
                workflow=run.workflow,
                revision=run.revision,
                step=step,
                status="success" if status == "completed" else ended,
                attempt=1,
                started_at=NOW,
                ended_at=NOW,
                compute_ms=5,
                rows_written=1,
                error="broken" if ended == "failed" else None,
            )
        )


async def _end_execution(session: AsyncSession, execution: str, status: str) -> None:
    await session.execute(
        update(Execution)
        .where(Execution.id == UUID(execution))
        .values(status=status, completed_at=NOW)
    )
    await session.execute(
        update(Chunk).where(Chunk.execution_id == UUID(execution)).values(status="done")
    )


async def test_a_workflow_is_changed_by_whoever_read_it_last(admin: AsyncClient) -> None:
    workflow = await _workflow(admin)
    url = f"{API}/workflows/{workflow['id']}"

    changed = await admin.put(url, json={"cron": "0 4 * * *", "version": 1})
    late = await admin.put(url, json={"cron": "0 3 * * *", "version": 1})

    assert changed.json()["cron"] == "0 4 * * *"
    assert changed.json()["version"] == 2
    assert changed.json()["steps"] == workflow["steps"]
    assert late.status_code == 409
    assert "version 2" in late.json()["detail"]


SNAPSHOT, FORECASTING, PRODUCTION = (
    {"stage": stage} for stage in ("snapshot", "forecasting", "production")
)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"steps": [PRODUCTION]}, "steps.0.stage"),
        ({"steps": [SNAPSHOT, PRODUCTION, FORECASTING]}, "steps.1.stage"),
        ({"steps": [SNAPSHOT, SNAPSHOT]}, "steps.1.stage"),
        ({"steps": [{"stage": "baking"}]}, "steps.0.stage"),
        ({"steps": []}, "steps"),
        ({"steps": [SNAPSHOT | {"max_retries": 11}]}, "steps.0.max_retries"),
        ({"steps": [SNAPSHOT | {"timeout_seconds": 0}]}, "steps.0.timeout_seconds"),
        ({"cron": "61 * * * *"}, "cron"),
        ({"cron": None}, "cron"),
        ({"type": "on_demand"}, "cron"),
        ({"type": "hourly"}, "type"),
    ],
)
async def test_a_workflow_that_cannot_be_followed_is_refused(
    admin: AsyncClient, changes: dict[str, Any], where: str
) -> None:
    workflow = await _workflow(admin)

    answer = await admin.put(
        f"{API}/workflows/{workflow['id']}", json={"version": workflow["version"]} | changes
    )

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["where"] == where
    assert (await _workflow(admin))["version"] == workflow["version"]


async def test_only_one_workflow_plans(admin: AsyncClient) -> None:
    answer = await admin.post(
        f"{API}/workflows",
        json={"name": "second_plan", "type": "on_demand", "steps": [SNAPSHOT]},
    )

    assert answer.status_code == 422
    assert MORNING in answer.json()["errors"][0]["message"]


async def test_a_new_workflow_is_made_once(session: AsyncSession) -> None:
    digest = WorkflowInput.model_validate(
        {"name": "digest", "type": "weekly", "cron": "0 9 * * 1", "steps": [{"stage": "digest"}]}
    )
    stages: dict[str, Scope] = {"digest": "tenant"}
    key = new_id()

    made = await managing.create(session, key, digest, stages, NOW)
    again = await managing.create(session, key, digest, stages, NOW)

    assert made is again
    assert (made.scope, made.version, made.is_enabled, made.fired_until) == ("tenant", 1, True, NOW)
    with pytest.raises(Conflict, match="digest"):
        await managing.create(session, new_id(), digest, stages, NOW)


async def test_what_was_not_fired_while_disabled_is_not_caught_up(
    admin: AsyncClient, session: AsyncSession
) -> None:
    workflow = await _workflow(admin)
    url = f"{API}/workflows/{workflow['id']}"
    await session.execute(update(Workflow).values(fired_until=NOW - timedelta(days=9)))

    off = (await admin.post(f"{url}/disable")).json()
    on = (await admin.post(f"{url}/enable")).json()

    fired_until = await session.scalar(
        select(Workflow.fired_until).where(Workflow.id == UUID(workflow["id"]))
    )
    assert (off["is_enabled"], on["is_enabled"]) == (False, True)
    assert fired_until == NOW


async def test_executing_twice_gives_the_first(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    first = await _executed(admin, tenants=[str(tenant)])
    again = await _executed(admin, tenants=[str(tenant)])
    forced = await _executed(admin, tenants=[str(tenant)], force_regenerate=True, type="test")

    assert (first["is_new"], again["is_new"], forced["is_new"]) == (True, False, True)
    assert first["id"] == again["id"] != forced["id"]
    assert forced["type"] == "test"
    revisions = await session.scalars(select(Run.revision).where(Run.tenant_id == tenant))
    assert sorted(revisions) == [0, 1]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"tenants": [str(new_id())]}, 404),
        ({"tenants": []}, 422),
        ({"business_date": "2026-12-24"}, 422),
        ({"type": "scheduled"}, 422),
    ],
)
async def test_what_cannot_be_executed_is_refused(
    admin: AsyncClient, tenant: TenantId, body: dict[str, Any], status: int
) -> None:
    workflow = await _workflow(admin)

    answer = await admin.post(f"{API}/workflows/{workflow['id']}/execute", json=body)

    assert answer.status_code == status, answer.text


async def test_only_what_failed_is_tried_again(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    partial, whole = await make_tenant(session, "Parcial"), await make_tenant(session, "Entera")
    execution = await _executed(admin, tenants=[str(t) for t in (tenant, partial, whole)])
    url = f"{API}/executions/{execution['id']}"
    for bakery, status in ((tenant, "failed"), (partial, "partial_success"), (whole, "completed")):
        await _end(session, execution["id"], bakery, status)
    await _end_execution(session, execution["id"], "partial_success")

    failed = (await admin.get(f"{API}/executions/failed")).json()["items"]
    logs = (await admin.get(f"{url}/logs")).json()
    retried = await admin.post(f"{url}/retry")
    again = await admin.post(f"{url}/retry")

    assert execution["id"] in [each["id"] for each in failed]
    assert {step["step"] for step in logs["failed_steps"]} == {"projection"}
    assert len(logs["failed_steps"]) == 2
    assert (retried.status_code, retried.json()["retried"]) == (202, 2)
    assert retried.json()["status"] == "running"
    assert again.status_code == 409
    found = await session.execute(
        select(Run.tenant_id, Run.status, Run.revision, Run.retries, Run.chunk)
    )
    assert {row.tenant_id: tuple(row[1:]) for row in found} == {
        tenant: ("pending", 1, 1, 1),  # all of it anew, under the next revision
        partial: ("pending", 0, 1, 1),
        whole: ("completed", 0, 0, 0),
    }
    steps = await session.scalars(select(RunStep.step).where(RunStep.tenant_id == partial))
    assert list(steps) == ["snapshot"]
    chunks = await session.execute(select(Chunk.number, Chunk.status, Chunk.tenants))
    assert sorted(map(tuple, chunks)) == [(0, "done", 3), (1, "pending", 2)]
    assert "tried again" in (await session.scalars(select(LogLine.message))).one()


async def test_a_missed_firing_runs_after_all(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    missed = Execution(
        workflow=MORNING,
        type="scheduled",
        status="missed",
        due_at=datetime(2026, 3, 3, 4, 30, tzinfo=UTC),  # 5:30 in Madrid
        tenant_timeout_seconds=180,
        deadline=NOW,
        tenants=1,
    )
    session.add(missed)
    await session.flush()

    answer = await admin.post(f"{API}/executions/{missed.id}/retry")

    assert answer.status_code == 202, answer.text
    assert answer.json()["retried"] == 1
    assert answer.json()["status"] == "running"
    run = (await session.scalars(select(Run).where(Run.execution_id == missed.id))).one()
    assert (run.tenant_id, run.business_date) == (tenant, DAY)


async def test_a_cancelled_execution_can_be_taken_up(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    execution = await _executed(admin, tenants=[str(tenant)])
    url = f"{API}/executions/{execution['id']}"

    cancelled = await admin.post(f"{url}/cancel")
    twice = await admin.post(f"{url}/cancel")
    retried = await admin.post(f"{url}/retry")

    assert (cancelled.json()["status"], cancelled.json()["cancelled"]) == ("cancelled", 1)
    assert twice.status_code == 409
    assert retried.json()["retried"] == 1


async def test_lists_are_paged_and_filtered(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    days = [DAY + timedelta(days=number) for number in range(5)]
    made = [
        (await _executed(admin, tenants=[str(tenant)], business_date=str(day)))["id"]
        for day in days
    ]
    await _end_execution(session, made[2], "failed")

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        url = f"{API}/executions?limit=2&tenant_id={tenant}{cursor and f'&cursor={cursor}'}"
        page = (await admin.get(url)).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
    failed = (await admin.get(f"{API}/executions", params={"status": "failed"})).json()["items"]
    later = await admin.get(f"{API}/executions", params={"first": "2026-03-04"})

    assert sorted(seen) == sorted(made)
    assert len(seen) == len(made)
    assert [each["id"] for each in failed] == [made[2]]
    assert later.json()["items"] == []


async def test_progress_counts_bakeries_and_steps(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId, other_tenant: TenantId
) -> None:
    execution = await _executed(admin, tenants=[str(tenant), str(other_tenant)])
    await _end(session, execution["id"], tenant, "completed")
    await session.execute(update(Chunk).values(steps_done=2))

    shown = (await admin.get(f"{API}/executions/{execution['id']}")).json()
    listed = await admin.get(
        f"{API}/executions/{execution['id']}/runs", params={"status": "completed"}
    )

    total = len(shown["steps"])
    assert shown["progress"]["tenants_total"] == 2
    assert shown["progress"]["tenants_done"] == 1
    assert shown["progress"]["steps_total"] == 2 * total
    assert shown["progress"]["steps_done"] == total + 2
    assert shown["progress"]["estimated_end"] is not None
    (run,) = listed.json()["items"]
    assert run["number"].startswith("20260303-0")
    assert run["cost_euro"] > 0


async def test_the_schedule_is_read_and_changed_as_a_whole(admin: AsyncClient) -> None:
    before = (await admin.get(f"{API}/schedule")).json()["workflows"]
    entry = {key: before[0][key] for key in ("id", "cron", "is_enabled", "version")}
    good, bad = entry | {"cron": "5 5 * * *"}, entry | {"id": before[1]["id"], "cron": "5 5 * *"}

    refused = await admin.put(f"{API}/schedule", json={"workflows": [good, bad]})
    kept = (await admin.get(f"{API}/schedule")).json()["workflows"]
    changed = await admin.put(f"{API}/schedule", json={"workflows": [good]})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["where"] == "workflows.1.cron"
    assert kept == before
    assert changed.json()["workflows"][0]["cron"] == "5 5 * * *"


async def test_next_runs_know_zones_weekends_and_holidays(
    admin: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    lisbon = await make_tenant(session, "Lisboa", time_zone="Europe/Lisbon")
    await session.execute(
        update(Tenant).where(Tenant.id == lisbon).values(weekend_rule="skip", country="PT")
    )

    answer = (await admin.get(f"{API}/schedule/next-run")).json()

    mornings = {
        each["time_zone"]: (each["due_at"], each["weekend_rule"])
        for each in answer["items"]
        if each["workflow"] == MORNING
    }
    assert mornings["Europe/Madrid"] == ("2026-03-04T04:30:00Z", "run")
    assert mornings["Europe/Lisbon"] == ("2026-03-04T05:30:00Z", "skip")
    platform = [e for e in answer["items"] if e["workflow"] == "metrics_rollup"]
    assert [(each["time_zone"], each["due_at"]) for each in platform] == [
        ("UTC", "2026-03-04T00:15:00Z")
    ]


async def test_figures_of_the_platform(
    admin: AsyncClient, anonymous: AsyncClient, session: AsyncSession, tenant: TenantId
) -> None:
    execution = await _executed(admin, tenants=[str(tenant)])
    under_way = (await admin.get(f"{API}/metrics")).json()
    await _end(session, execution["id"], tenant, "partial_success")

    health = (await anonymous.get(f"{API}/health")).json()
    leader = (await admin.get(f"{API}/leader")).json()
    statistics = (await admin.get(f"{API}/statistics")).json()
    too_much = await admin.get(f"{API}/statistics", params={"first": "2020-01-01"})

    assert under_way["runs_under_way"] == 1
    assert health["status"] == "degraded"
    assert leader["is_leading"] is False
    assert statistics["runs"] == {"partial_success": 1}
    assert statistics["success_rate"] == 0
    assert statistics["cost_per_tenant_and_day_euro"] == pytest.approx(
        0.05 / 3_600_000 * 1000 * 0.04 + 100 / 1e6 * 0.05
    )
    assert {step["step"] for step in statistics["steps"]} == {"snapshot", "projection"}
    assert statistics["slowest_tenants"][0]["tenant_id"] == str(tenant)
    assert too_much.status_code == 422


async def test_an_owner_plans_a_day_once(
    owner: AsyncClient, viewer: AsyncClient, url: str, session: AsyncSession, tenant: TenantId
) -> None:
    first = await owner.post(f"{url}/plan")
    again = await owner.post(f"{url}/plan", json={"force_regenerate": True})
    execution = first.json()["execution_id"]
    await _end(session, execution, tenant, "failed")
    anew = await owner.post(f"{url}/plan")
    listed = (await viewer.get(f"{url}/runs")).json()["items"]
    detail = (await viewer.get(f"{url}/runs/{first.json()['run_id']}")).json()

    assert (first.status_code, first.json()["is_new"]) == (202, True)
    assert again.json()["run_id"] == first.json()["run_id"]  # it is under way
    assert anew.json()["is_new"]
    assert [run["id"] for run in listed] == [anew.json()["run_id"], first.json()["run_id"]]
    assert [step["status"] for step in detail["steps"]] == ["failed", "success"]
    assert await session.scalar(select(func.count()).select_from(Execution)) == 2


async def test_a_program_of_one_bakery_does_not_run_the_platform(
    owner: AsyncClient, anonymous: AsyncClient, url: str
) -> None:
    made = await owner.post(f"{url}/api-keys", json={"name": "till", "role": "owner"})
    headers = {"Authorization": f"Bearer {made.json()['key']}"}

    assert (await anonymous.get(f"{API}/workflows", headers=headers)).status_code == 403
