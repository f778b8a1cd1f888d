"""Drives a stage over runs: read, plan each, write, as one step that may be repeated."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import stamina
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.budget import OverBudget, Watch
from obrador.kit.clock import Clock
from obrador.kit.db import Database
from obrador.kit.errors import ObradorError, ServiceAway, Unavailable
from obrador.kit.workflow import Engine
from obrador.orchestration import instances, records, telemetry
from obrador.orchestration.instances import TakenForDead
from obrador.orchestration.records import Written
from obrador.orchestration.run_state import RunState
from obrador.orchestration.stages.base import PlatformStage, Stage
from obrador.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

AWAY = (OperationalError, InterfaceError, TakenForDead)
"""Errors that say nothing of the data: the database is away, or this process is out."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Tools:
    """What driving takes."""

    database: Database
    engine: Engine
    settings: Settings
    clock: Clock
    instance: UUID
    watch: Watch
    stages: Mapping[str, Stage | PlatformStage]
    planning: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One bakery is planned at a time; others are read or written meanwhile."""
    is_dead: asyncio.Event = field(default_factory=asyncio.Event)
    """Others have taken over: this process has to end."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step did not succeed for a bakery."""

    message: str
    """For a person: what is wrong, and what to do."""
    is_final: bool
    """Trying again cannot help: the data has to be mended."""
    kind: str

    @property
    def is_away(self) -> bool:
        """A service elsewhere was to do it, and cannot be reached: no use in waiting for it."""
        return self.kind == ServiceAway.type

    @classmethod
    def of(cls, error: BaseException, step: str) -> "Failure":
        """What an error means."""
        if isinstance(error, OverBudget):
            return cls(f"The step {step} took longer than it may, and was stopped.", False, "time")
        if isinstance(error, ObradorError):
            is_final = not isinstance(error, Unavailable)
            return cls(error.detail, is_final, error.type)
        return cls(f"The step {step} met an error of the program: {error!r}", False, "program")


Then = Callable[[AsyncSession, Mapping[TenantId, Failure]], Awaitable[None]]
"""What else happens in the transaction, given what failed."""


async def drive(
    tools: Tools,
    stage: Stage,
    runs: Sequence[RunState],
    *,
    seconds: float,
    attempt: int,
    then: Then,
    may_fall_back: bool = False,
) -> Mapping[TenantId, Failure]:
    """Take runs through a stage; returns which failed, and why. Those that have it behind them, or
    have ended, are left out.

    What is written, the record that the step is done, and what `then` does happen in one
    transaction, which holds the runs: of two processes that drive the same ones, the second waits,
    and then finds the step done. One that was taken for dead writes nothing.

    Args:
        seconds: that planning one bakery may take.
        attempt: 0 at first.
        may_fall_back: where a service elsewhere is away, the stage makes do with less at once.
    """
    meter = _Meter(tools.clock)
    async with tools.database.transaction() as session:
        behind = await records.done(session, [run.key for run in runs], stage.name)
        ahead = [run for run in runs if run.tenant not in behind]
        await stage.read(session, ahead)
    skipped = {run.tenant: reason for run in ahead if (reason := stage.skip(run))}
    failures, fetched = await _fetch_each(stage, [r for r in ahead if r.tenant not in skipped])
    failures |= await _plan_each(tools, stage, fetched, seconds, meter)
    planned = [run for run in fetched if run.tenant not in failures]
    async with tools.database.transaction() as session:
        await instances.prove_alive(session, tools.instance)
        keys = [run.key for run in ahead]
        unfinished = await records.lock_unfinished(session, keys)
        behind = await records.done(session, keys, stage.name)
        open_ones = [run for run in ahead if run.tenant in unfinished - behind]
        instead: Mapping[TenantId, str] = {}
        if may_fall_back:
            away = [r for r in open_ones if r.tenant in failures and failures[r.tenant].is_away]
            instead = await make_do(session, stage, away)
        done = {run.tenant for run in planned} | set(instead)
        to_write = [run for run in open_ones if run.tenant in done]
        written = await stage.write(session, to_write) if to_write else {}
        await records.end_stage(
            session,
            stage.name,
            [run for run in open_ones if run.tenant in done or run.tenant in skipped],
            written,
            {**skipped, **instead},
            skipped,
            attempt=attempt,
            began=meter.began,
            ended=tools.clock(),
            compute_ms=meter.planned,
            instance=tools.instance,
        )
        failed = {
            run.tenant: failures[run.tenant]
            for run in open_ones
            if run.tenant in failures and run.tenant not in instead
        }
        await then(session, failed)
    telemetry.stage_written(
        stage.name,
        {run.tenant: written.get(run.tenant, Written()) for run in to_write},
        {tenant: milliseconds / 1000 for tenant, milliseconds in meter.planned.items()},
    )
    stage.after(to_write)
    return failed


def patiently(
    tools: Tools, function: Callable[P, Awaitable[T]]
) -> Callable[P, Coroutine[Any, Any, T]]:
    """The function, tried again for as long as the database is away.

    In a process that was taken for dead it never returns: whoever drives the run now must not find
    an error of ours.
    """
    retrying = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_max=15).on(
        (OperationalError, InterfaceError)
    )

    async def within(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await retrying(function, *args, **kwargs)
        except TakenForDead:
            tools.is_dead.set()
            await asyncio.Event().wait()
            raise

    return within


async def make_do(
    session: AsyncSession, stage: Stage, runs: Sequence[RunState]
) -> Mapping[TenantId, str]:
    """Substitutes for what services that are away were to give, noted in the runs' logs."""
    if not runs:
        return {}
    instead = await stage.fall_back(session, runs)
    lines = [(run, instead[run.tenant]) for run in runs if run.tenant in instead]
    await records.tell_all(session, stage.name, "warning", lines)
    return instead


async def fetch_each(stage: Stage, runs: Sequence[RunState]) -> dict[TenantId, Exception]:
    """What is to be had elsewhere, for all bakeries at once; returns what could not be had."""
    if not stage.is_remote:
        return {}
    answers = await asyncio.gather(*(stage.fetch(run) for run in runs), return_exceptions=True)
    failures = {}
    for run, answer in zip(runs, answers, strict=True):
        if isinstance(answer, Exception):
            failures[run.tenant] = answer
        elif isinstance(answer, BaseException):
            raise answer
    return failures


async def _fetch_each(
    stage: Stage, runs: Sequence[RunState]
) -> tuple[dict[TenantId, Failure], list[RunState]]:
    errors = await fetch_each(stage, runs)
    for run in runs:
        if error := errors.get(run.tenant):
            log.warning("not_fetched", run=str(run.id), step=stage.name, error=repr(error))
    failures = {tenant: Failure.of(error, stage.name) for tenant, error in errors.items()}
    return failures, [run for run in runs if run.tenant not in failures]


async def _plan_each(
    tools: Tools, stage: Stage, runs: Sequence[RunState], seconds: float, meter: "_Meter"
) -> dict[TenantId, Failure]:
    """Plan one bakery after the other in a thread, so that this process goes on saying it lives."""
    if type(stage).plan is Stage.plan or not runs:
        return {}

    def plan_all() -> dict[TenantId, Failure]:
        failures = {}
        for run in runs:
            began = time.thread_time()
            try:
                with tools.watch.budget(run.id, stage.name, seconds):
                    stage.plan(run)
            # Whatever one bakery's data brings about must not touch the others: it becomes that
            # bakery's failure, is logged, stored and shown.
            except Exception as error:
                log.warning("not_planned", run=str(run.id), step=stage.name, error=repr(error))
                failures[run.tenant] = Failure.of(error, stage.name)
            meter.planned[run.tenant] = (time.thread_time() - began) * 1000
        return failures

    async with tools.planning:
        return await asyncio.to_thread(plan_all)


class _Meter:
    """What planning costs, by bakery."""

    def __init__(self, clock: Clock) -> None:
        self.began = clock()
        self.planned: dict[TenantId, float] = {}
        """Milliseconds of processor; reading and writing, done for all at once, not among them."""
