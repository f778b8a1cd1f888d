"""Training as it runs: planning processes that are killed, events and requests that set it off."""

import asyncio
import os
import signal
import time
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting.models import ForecastModel, TrainingJob
from obrador.kit.budget import Hand
from obrador.kit.clock import system_clock
from obrador.kit.db import Database
from obrador.kit.envelope import PublishedEvent
from obrador.kit.ids import new_id
from obrador.kit.workflow import Engine
from obrador.onboarding import demo
from obrador.orchestration import due, instances, worker
from obrador.orchestration.definitions import BACKFILL, RETRAINING, default_workflows
from obrador.orchestration.models import Execution, Run, Trigger
from obrador.orchestration.reactions import consumers
from obrador.orchestration.run_state import RunState
from obrador.orchestration.stages.training import RetrainingEvaluation
from obrador.orchestration.training_now import train_now
from obrador.orchestration.triggering import trigger
from obrador.settings import Settings
from tests.fixtures.people import NOW

COUNT = 6
SETTINGS = Settings(_env_file=None, workers=1, worker_concurrency=1, chunk_size=2)


class _Slow(RetrainingEvaluation):
    """Takes as long for a model as a large one would."""

    def plan(self, run: RunState) -> None:
        time.sleep(0.3)
        super().plan(run)


def slow_work(url: str, settings: Settings, hand: Hand) -> None:
    """A planning process in which models take a while."""
    worker.work(url, settings, hand, {RETRAINING: _Slow(system_clock)})


async def _bury(database: Database, engine: Engine, pid: int) -> None:
    """What the leader does about a process that was killed."""
    async with database.transaction() as session:
        await session.execute(
            text("update instances set status = 'dead' where pid = :pid"), {"pid": pid}
        )
        gone = await instances.find_gone(session)
    await engine.recover(gone)


async def test_a_killed_process_costs_no_model_that_was_stored(own_database_url: str) -> None:
    database, engine = Database(own_database_url), Engine(own_database_url)
    async with database.transaction() as session:
        ids = await demo.load(session, system_clock(), products=2, days=70, count=COUNT)
        await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))
        asked = await trigger(session, engine, SETTINGS, RETRAINING, system_clock(), tenants=ids)
    stop = asyncio.Event()
    working = asyncio.create_task(worker.Workers(database, engine, SETTINGS, slow_work).run(stop))

    async def stored() -> dict[UUID, UUID]:
        async with database.transaction() as session:
            rows = await session.execute(select(ForecastModel.tenant_id, ForecastModel.id))
            return dict(rows.all())

    async def until(status: str, count: int) -> None:
        for _ in range(600):
            async with database.transaction() as session:
                found = await session.scalar(
                    select(func.count()).where(TrainingJob.status == status)
                )
            if (found or 0) >= count:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"There are never {count} jobs that are {status}.")

    try:
        await until("completed", 2)
        await until("running", 1)
        async with database.transaction() as session:
            pid = await session.scalar(
                text("select pid from instances where role = 'worker' and status = 'alive'")
            )
        os.kill(pid, signal.SIGKILL)
        before = await stored()
        await _bury(database, engine, pid)
        await until("completed", COUNT)
        after = await stored()
    finally:
        stop.set()
        await working
        engine.close()

    async with database.transaction() as session:
        jobs = (await session.scalars(select(TrainingJob))).all()
        status = await session.scalar(
            select(Execution.status).where(Execution.id == asked.execution_id)
        )
    await database.close()
    assert 2 <= len(before) < COUNT
    assert len(after) == len(jobs) == COUNT
    assert before.items() <= after.items()
    assert {job.attempts for job in jobs if job.tenant_id in before} == {1}
    assert max(job.attempts for job in jobs) > 1
    assert status in ("completed", "running")


@pytest.fixture
async def workflows(session: AsyncSession) -> None:
    await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))


@pytest.mark.usefixtures("workflows")
async def test_a_manager_has_the_model_trained(
    baker: AsyncClient, url: str, session: AsyncSession
) -> None:
    first = await baker.post(f"{url}/models/train")
    again = await baker.post(f"{url}/models/train", headers={"Idempotency-Key": "another"})
    looked = await baker.post(f"{url}/models/evaluate-retraining")

    assert first.status_code == again.status_code == looked.status_code == 202
    assert first.json() == again.json()
    assert (first.json()["reason"], first.json()["status"]) == ("by_hand", "queued")
    (run,) = await session.scalars(select(Run))
    assert (run.workflow, run.status) == (RETRAINING, "pending")
    assert looked.json()["run_id"] == str(run.id)
    assert looked.json()["is_new"] is False
    job = f"{url}/training-jobs/{first.json()['id']}"
    assert (await baker.get(job)).json() == first.json()


async def _heard(session: AsyncSession, tenant: TenantId) -> set[str]:
    """What asks for workflows once sales have come in."""
    facts = {"first_day": "2026-03-01", "last_day": "2026-03-02"}
    event = PublishedEvent(new_id(), "sales.imported", 1, tenant, facts, NOW)
    for consumer in consumers(lambda: NOW):
        if consumer.wants(event.routing_key):
            await consumer.handle(session, event)
    asked = select(Trigger.workflow).where(Trigger.tenant_id == tenant)
    return set(await session.scalars(asked))


async def test_sales_that_come_in_ask_for_the_first_model(session: AsyncSession) -> None:
    with_model, without = await demo.load(session, NOW, products=2, days=70, count=2)
    job = await train_now(session, with_model, NOW)
    await session.execute(text("update forecast_models set status = 'champion'"))

    assert job.status == "completed"
    assert await _heard(session, with_model) == {BACKFILL}
    assert await _heard(session, without) == {BACKFILL, RETRAINING}
