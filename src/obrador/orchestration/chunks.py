"""The durable function of a chunk: some bakeries, stage by stage.

A bakery that fails leaves its chunk, so that the others go on; see `alone`.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.orchestration import endings, instances, records, telemetry
from obrador.orchestration.alone import send_alone
from obrador.orchestration.definitions import StepSpec, steps_of
from obrador.orchestration.driving import AWAY, Failure, Tools, drive, patiently
from obrador.orchestration.models import Chunk, Execution
from obrador.orchestration.run_state import RunState
from obrador.orchestration.stages.base import PlatformStage

log = structlog.get_logger()

CHUNK_SECONDS = 10.0
"""A bakery that takes longer to plan leaves its chunk; alone it has its whole timeout."""

LOST = "The database has forgotten a step that was done, so what is missing is done again."
"""As a server does that takes over from another one before it has all of it."""

Key = tuple[UUID, int]
"""Execution and number."""


class ChunkDriver:
    """Drives chunks. What a stage has read and planned stays in memory for the next one."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._in_hand: dict[Key, list[RunState]] = {}

    async def run(self, execution: str, number: int, attempt: int) -> None:
        """One step of the engine for each step of the workflow."""
        tools, key = self._tools, (UUID(execution), number)
        try:
            specs = steps_of(await tools.engine.step("open", patiently(tools, self._open), key))
            for position, spec in enumerate(specs, start=1):
                await tools.engine.step(
                    spec.stage, patiently(tools, self._stage), key, spec, position
                )
            await tools.engine.step("close", patiently(tools, self._close), key, len(specs))
        finally:
            self._in_hand.pop(key, None)

    async def _open(self, key: Key) -> list[dict[str, Any]]:
        async with self._tools.database.transaction() as session:
            steps = await session.scalar(select(Execution.steps).where(Execution.id == key[0]))
            runs = await self._runs(session, key)
            await records.begin(
                session, [run.key for run in runs], self._tools.instance, self._tools.clock()
            )
            await self._advance(session, key, 0)
        return list(steps or [])

    async def _stage(self, key: Key, spec: StepSpec, position: int) -> None:
        stage = self._tools.stages[spec.stage]
        if isinstance(stage, PlatformStage):
            await stage.run(self._tools.database)
            async with self._tools.database.transaction() as session:
                return await self._advance(session, key, position)
        async with self._tools.database.transaction() as session:
            runs = await self._runs(session, key)

        async def then(session: AsyncSession, failures: Mapping[TenantId, Failure]) -> None:
            await self._send_off(session, runs, failures, spec)
            await self._advance(session, key, position)

        try:
            failed = await drive(
                self._tools,
                stage,
                runs,
                seconds=_seconds(runs, spec),
                attempt=0,
                then=then,
                may_fall_back=spec.on_failure == "fallback",
            )
        except AWAY:
            raise
        # What spoils reading or writing for all may be one bakery's doing: each is tried alone.
        except Exception as error:
            log.exception("chunk_failed", execution=str(key[0]), chunk=key[1])
            failed = {run.tenant: Failure.of(error, spec.stage) for run in runs}
            async with self._tools.database.transaction() as session:
                await instances.prove_alive(session, self._tools.instance)
                await then(session, failed)
        runs[:] = [run for run in runs if run.tenant not in failed]
        return None

    async def _close(self, key: Key, steps: int) -> None:
        now = self._tools.clock()
        async with self._tools.database.transaction() as session:
            runs = await records.read_chunk(session, *key)
            closed = await records.close(session, [run.key for run in runs], steps, now)
            for run in runs:
                if run.tenant not in closed:
                    await send_alone(session, self._tools.engine, run, "close", LOST)
            await session.execute(
                update(Chunk)
                .where(Chunk.execution_id == key[0], Chunk.number == key[1])
                .values(status="done")
            )
            ended = await endings.finish_if_over(session, key[0], now)
        if ended is not None:
            telemetry.execution_ended(ended)

    async def _runs(self, session: AsyncSession, key: Key) -> list[RunState]:
        if key not in self._in_hand:
            self._in_hand[key] = await records.read_chunk(session, *key)
        return self._in_hand[key]

    async def _advance(self, session: AsyncSession, key: Key, position: int) -> None:
        await records.advance(session, *key, position, self._tools.instance)

    async def _send_off(
        self,
        session: AsyncSession,
        runs: Sequence[RunState],
        failures: Mapping[TenantId, Failure],
        spec: StepSpec,
    ) -> None:
        for run in runs:
            if failure := failures.get(run.tenant):
                await send_alone(session, self._tools.engine, run, spec.stage, failure.message)


def _seconds(runs: Sequence[RunState], spec: StepSpec) -> float:
    """That planning one bakery of a chunk may take."""
    return min(
        [CHUNK_SECONDS, *(spec.timeout_seconds or run.tenant_timeout_seconds for run in runs)]
    )
