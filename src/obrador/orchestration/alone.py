"""The durable function of one bakery on a path of its own, away from its chunk.

There it has retries with growing waits, its whole timeout, substitutes for what cannot be had and,
in the end, what it has created is taken back.
"""

import random
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Literal
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.errors import ObradorError
from obrador.kit.workflow import Engine
from obrador.orchestration import endings, instances, records, telemetry
from obrador.orchestration.definitions import StepSpec, steps_of
from obrador.orchestration.dispatch import place_in_queue, start_alone
from obrador.orchestration.driving import AWAY, Failure, Then, Tools, drive, make_do, patiently
from obrador.orchestration.models import Execution, Run
from obrador.orchestration.records import StepRecord, StepStatus, Written
from obrador.orchestration.run_state import RunState
from obrador.orchestration.stages.base import Stage

STRIKES = 3
"""Who took a planning process down so often is not tried again."""

_MISSING = "Some of its steps are not recorded although they were gone through: retry the run."

Ended = Literal["done", "again", "stop"]

log = structlog.get_logger()


class NeverAgain(ObradorError):
    """Planning this bakery took processes down."""

    status, type, title = 500, "never-again", "Planning it takes processes down"

    def __init__(self, step: str) -> None:
        super().__init__(
            f"The step {step} took its planning process down, or never ended, {STRIKES} times, so"
            " it is not tried again. Something in this bakery's data is beyond what can be planned:"
            " look at what was changed last, mend it, and retry the run."
        )


async def send_alone(
    session: AsyncSession, engine: Engine, run: RunState, step: str, reason: str
) -> None:
    """Let a run leave its chunk and go on alone, in this transaction."""
    await records.count_retry(session, run.key, reason)
    await records.tell(session, run, step, "warning", reason)
    attempt = await records.leave_chunk(session, run.key)
    place = place_in_queue(run.morning.now, "starter", run.priority)
    await engine.start(session, [start_alone(run.id, attempt, place)])


async def strike(session: AsyncSession, engine: Engine, run_id: UUID, step: str) -> None:
    """Note that a planning process died, or never came back, over a run; it goes on alone. One that
    was alone already is taken up again where the engine finds it."""
    run = await records.read_run(session, run_id)
    if run is None:
        return
    was_in_chunk = await session.scalar(select(Run.chunk).where(Run.id == run_id)) is not None
    await session.execute(update(Run).where(Run.id == run_id).values(strikes=Run.strikes + 1))
    reason = f"The step {step} took its planning process down, or kept it from ever ending."
    if was_in_chunk:
        await send_alone(session, engine, run, step, reason)
    else:
        await records.tell(session, run, step, "warning", reason)


class LoneDriver:
    """Drives runs that go alone."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._in_hand: dict[UUID, RunState] = {}

    async def run(self, run: str, attempt: int) -> None:
        """One step of the engine for each attempt of each step of the workflow."""
        tools, run_id = self._tools, UUID(run)
        try:
            specs = steps_of(await tools.engine.step("open", patiently(tools, self._open), run_id))
            for spec in specs:
                if not await self._attempts(run_id, spec, specs):
                    break
            await tools.engine.step("close", patiently(tools, self._close), run_id, len(specs))
        finally:
            self._in_hand.pop(run_id, None)

    async def _attempts(self, run_id: UUID, spec: StepSpec, specs: Sequence[StepSpec]) -> bool:
        """Whether the run goes on."""
        for attempt in count(1):
            ended: Ended = await self._tools.engine.step(
                f"{spec.stage} {attempt}",
                patiently(self._tools, self._try),
                run_id,
                spec,
                specs,
                attempt,
            )
            if ended != "again":
                return ended == "done"
            # Spread, so that what failed together is not tried together again.
            wait = spec.retry_delay_seconds * 2 ** (attempt - 1) * random.uniform(1, 1.5)  # noqa: S311
            await self._tools.engine.sleep(wait)
        return False

    async def _open(self, run_id: UUID) -> list[dict[str, Any]]:
        async with self._tools.database.transaction() as session:
            run = await records.read_run(session, run_id)
            if run is None:
                return []
            now = self._tools.clock()
            await records.begin(session, [run.key], self._tools.instance, now)
            query = select(Execution.steps).where(Execution.id == run.execution_id)
            return list(await session.scalar(query) or [])

    async def _try(
        self, run_id: UUID, spec: StepSpec, specs: Sequence[StepSpec], attempt: int
    ) -> Ended:
        stage = self._tools.stages[spec.stage]
        async with self._tools.database.transaction() as session:
            current = await records.read_run(session, run_id)
        if current is None or not isinstance(stage, Stage):
            return "stop"
        run = self._in_hand.setdefault(run_id, current)
        ended: Ended = "done"

        async def then(session: AsyncSession, failures: Mapping[TenantId, Failure]) -> None:
            nonlocal ended
            if failure := failures.get(run.tenant):
                ended = await self._after(failure, session, run, spec, specs, attempt)

        try:
            await self._once(stage, run, current.strikes, spec, attempt, then)
        except AWAY:
            raise
        # Whatever it is, it is this bakery's: stored, shown, and answered by the step's rule.
        except Exception as error:
            log.warning("run_failed", run=str(run_id), step=spec.stage, error=repr(error))
            async with self._tools.database.transaction() as session:
                await instances.prove_alive(session, self._tools.instance)
                if await records.lock_unfinished(session, [run.key]):
                    await then(session, {run.tenant: Failure.of(error, spec.stage)})
        return ended

    async def _once(
        self, stage: Stage, run: RunState, strikes: int, spec: StepSpec, attempt: int, then: Then
    ) -> None:
        if strikes >= STRIKES:
            raise NeverAgain(spec.stage)
        seconds = spec.timeout_seconds or run.tenant_timeout_seconds
        await drive(
            self._tools,
            stage,
            [run],
            seconds=seconds,
            attempt=attempt,
            then=then,
            may_fall_back=spec.on_failure == "fallback",
        )

    async def _after(
        self,
        failure: Failure,
        session: AsyncSession,
        run: RunState,
        spec: StepSpec,
        specs: Sequence[StepSpec],
        attempt: int,
    ) -> Ended:
        """Try again, or do what the step's rule says."""
        run.failure = failure.message
        if not failure.is_final and attempt <= spec.max_retries:
            await records.count_retry(session, run.key, failure.message)
            await records.tell(session, run, spec.stage, "warning", failure.message)
            return "again"
        if spec.on_failure == "fallback" and await self._fall_back(session, run, spec, attempt):
            return "done"
        await records.tell(session, run, spec.stage, "error", failure.message)
        await self._record(session, run, spec, attempt, "failed", error=failure.message)
        telemetry.step_given_up(run.tenant, spec.stage, failure.kind)
        if spec.on_failure == "record":
            return "done"
        taken_back = 0
        if spec.on_failure == "compensate":
            taken_back = await self._take_back(session, run, specs)
        await records.end(
            session,
            [run.key],
            "failed",
            self._tools.clock(),
            error=failure.message,
            error_details={"step": spec.stage, "kind": failure.kind, "attempts": attempt},
            is_exhausted=True,
            compensations=taken_back,
        )
        return "stop"

    async def _fall_back(
        self, session: AsyncSession, run: RunState, spec: StepSpec, attempt: int
    ) -> bool:
        stage = self._tools.stages[spec.stage]
        if not isinstance(stage, Stage):
            return False
        substitute = (await make_do(session, stage, [run])).get(run.tenant)
        if substitute is None:
            return False
        written = (await stage.write(session, [run]))[run.tenant]
        await self._record(session, run, spec, attempt, "success", written, substitute)
        return True

    async def _take_back(
        self, session: AsyncSession, run: RunState, specs: Sequence[StepSpec]
    ) -> int:
        """Undo what the run has created, last things first, all in this transaction."""
        count = 0
        for spec in reversed(specs):
            stage = self._tools.stages[spec.stage]
            if isinstance(stage, Stage):
                count += await stage.undo(session, [run.key])
        return count

    async def _record(
        self,
        session: AsyncSession,
        run: RunState,
        spec: StepSpec,
        attempt: int,
        status: StepStatus,
        written: Written | None = None,
        error: str | None = None,
    ) -> None:
        now, written = self._tools.clock(), written or Written()
        step = StepRecord(
            run.key, spec.stage, status, attempt, now, now, 0.0, written.rows, written.counts,
            self._tools.instance, error,
        )  # fmt: skip
        await records.add_steps(session, [step])

    async def _close(self, run_id: UUID, steps: int) -> None:
        now = self._tools.clock()
        async with self._tools.database.transaction() as session:
            run = await records.read_run(session, run_id)
            if run is not None and not await records.close(session, [run.key], steps, now):
                await records.end(session, [run.key], "failed", now, error=_MISSING)
            execution = await session.scalar(select(Run.execution_id).where(Run.id == run_id))
            ended = None
            if execution is not None:
                ended = await endings.finish_if_over(session, execution, now)
        if ended is not None:
            telemetry.execution_ended(ended)
