"""Planning processes, and the process that watches over them.

Planning runs in processes of its own, so that pages stay quick, and so that a plan that never ends,
or takes its process down, costs that process and nothing else: the watching process sees in whose
hands it was, and ends and replaces it.
"""

import asyncio
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import connection
from multiprocessing.context import SpawnContext
from typing import Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from obrador.kit.budget import Hand, Held, Watch
from obrador.kit.clock import Clock, system_clock
from obrador.kit.db import Database
from obrador.kit.ids import new_id
from obrador.kit.memory import settle
from obrador.kit.process import pass_by
from obrador.kit.workflow import Engine, Queue
from obrador.observability.sharing import process_ended
from obrador.orchestration import instances
from obrador.orchestration.alone import LoneDriver, strike
from obrador.orchestration.chunks import ChunkDriver
from obrador.orchestration.dispatch import ALONE, CHUNK, CHUNKS, LONE
from obrador.orchestration.driving import Tools
from obrador.orchestration.services import services_of
from obrador.orchestration.stages import all_stages
from obrador.orchestration.warming import warm_up
from obrador.settings import Settings

LOOK_SECONDS = 0.2
SHORT_LIFE_SECONDS = 5.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
"""A process that ends soon after its start is replaced ever more slowly."""
GRACE_SECONDS = 5.0
"""Beyond its budget: then it has not come back to Python, and only its process can be ended."""
SILENT_BEATS = 2
"""A process whose Python has not moved for so many heartbeats hangs in C: it is ended before others
take it for dead, and what it hangs on over from it, to hang as well."""
POLL_SECONDS = 1.0
BRISK_POLL_SECONDS = 0.2
"""Where somebody waits for the plan."""
ALONE_AT_ONCE = 32
"""Bakeries that go alone mostly wait for their next attempt, which must not hold up the others."""
DRAIN_SECONDS = 20.0
"""A process that is to end finishes the stages that it is in; the rest is for others."""

_PR_SET_PDEATHSIG = 1

log = structlog.get_logger()
_SPAWN: SpawnContext = multiprocessing.get_context("spawn")

Target = Callable[[str, Settings, Hand], None]


class Workers:
    """Watches over planning processes: replaces those that end, ends those that hang."""

    def __init__(
        self, database: Database, engine: Engine, settings: Settings, target: Target | None = None
    ) -> None:
        self._database = database
        self._engine = engine
        self._settings = settings
        self._target = target or work

    async def run(self, stop: asyncio.Event) -> None:
        """Keep as many processes as the settings say, until told to stop."""
        await asyncio.to_thread(warm_up, log.info)
        await asyncio.gather(*(self._keep_one(stop) for _ in range(self._settings.workers)))

    async def _keep_one(self, stop: asyncio.Event) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not stop.is_set():
            began = time.monotonic()
            await self._see_through(stop)
            pause = next_pause(pause, time.monotonic() - began)
            await pass_by(stop, pause)

    async def _see_through(self, stop: asyncio.Event) -> None:
        """One process, from its start to its end."""
        hand = Hand(_SPAWN)
        process = _SPAWN.Process(
            target=self._target,
            args=(self._database.url, self._settings, hand),
            name="obrador-planner",
        )
        process.start()
        log.info("worker_started", pid=process.pid)
        silence = Silence(SILENT_BEATS * self._settings.heartbeat_seconds)
        while process.is_alive() and not stop.is_set():
            held = hand.held()
            is_over = held is not None and held.is_over(GRACE_SECONDS)
            if silence.is_over(hand.shown) or is_over:
                log.error("worker_hangs", pid=process.pid, held=held)
                process.kill()
            await pass_by(stop, LOOK_SECONDS)
        if stop.is_set():
            process.terminate()
            await asyncio.to_thread(process.join, DRAIN_SECONDS + GRACE_SECONDS)
            process.kill()
        held = hand.held()
        await asyncio.to_thread(process.join)
        if process.pid is not None:
            process_ended(process.pid)
        log.info("worker_ended", pid=process.pid, exit=process.exitcode)
        if held is not None and not stop.is_set():
            await self._strike(held)

    async def _strike(self, held: Held) -> None:
        """Note in whose hands it was."""
        with suppress(OperationalError, InterfaceError):
            async with self._database.transaction() as session:
                await strike(session, self._engine, held.run, held.label)


def next_pause(pause: float, lived: float) -> float:
    """Seconds before the next process is started, given the pause before the last one and how long
    that one lived."""
    is_short = lived < SHORT_LIFE_SECONDS
    return min(pause * 2, LONGEST_PAUSE_SECONDS) if is_short else FIRST_PAUSE_SECONDS


class Silence:
    """How long a process has not shown that it moves, counted in looks: one who was frozen together
    with it has not looked meanwhile."""

    def __init__(self, longest: float) -> None:
        self._most_looks = longest / LOOK_SECONDS
        self._shown = 0
        self._looks = 0

    def is_over(self, shown: int) -> bool:
        """Look; whether it has been silent for too long. One that is starting is not silent."""
        self._looks = self._looks + 1 if shown == self._shown and shown else 0
        self._shown = shown
        return self._looks > self._most_looks


def work(url: str, settings: Settings, hand: Hand, stages: Mapping[str, Any] | None = None) -> None:
    """A planning process, from start to end."""
    from obrador.observability.logs import configure_logs

    configure_logs(settings)
    settle()
    _end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group
    asyncio.run(Planner(url, settings, hand, stages=stages).run())


def _end_with_parent() -> None:
    """Do not outlive the process that watches: nobody would end this one if it hung."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        # The thread below never gets its turn in a process that hangs in C.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def wait() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()


class Planner:
    """Drives chunks and lone runs until it is told to end, or finds that it was taken for dead."""

    def __init__(
        self,
        url: str,
        settings: Settings,
        hand: Hand | None = None,
        clock: Clock = system_clock,
        stages: Mapping[str, Any] | None = None,
    ) -> None:
        self.instance = new_id()
        self._hand = hand
        self._settings = settings
        pool_size = 2 * settings.worker_concurrency + 2
        self._database = Database(url, pool_size=pool_size, idle_seconds=60)
        self._engine = Engine(url)
        self._tools = Tools(
            self._database,
            self._engine,
            settings,
            clock,
            self.instance,
            Watch(hand),
            {
                **all_stages(clock, settings, self._engine, services_of(settings)),
                **(stages or {}),
            },
        )
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Take part from start to end."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stop.set)
        async with self._database.transaction() as session:
            await instances.join(session, self.instance, "worker")
        await self._engine.launch(
            self.instance,
            {CHUNK: ChunkDriver(self._tools).run, LONE: LoneDriver(self._tools).run},
            self._queues(),
        )
        beating = asyncio.create_task(
            instances.keep_beating(
                self._database, self.instance, self._settings.heartbeat_seconds, self._tools.is_dead
            )
        )
        moving = asyncio.create_task(self._show())
        ended = [asyncio.create_task(event.wait()) for event in (self._stop, self._tools.is_dead)]
        await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        if self._stop.is_set():
            await self._engine.drain(DRAIN_SECONDS)
            with suppress(OperationalError, InterfaceError):
                async with self._database.transaction() as session:
                    await instances.leave(session, self.instance)
        beating.cancel()
        moving.cancel()
        # Functions that wait within a workflow must not be unwound: the engine would take that for
        # their end, although others are to go on with them.
        os._exit(0)

    async def _show(self) -> None:
        """Let the watching process see that this one moves."""
        while self._hand:
            self._hand.show()
            await asyncio.sleep(LOOK_SECONDS)

    def _queues(self) -> list[Queue]:
        settings = self._settings
        # With the embedded database this is one bakery, whose baker waits for the plan; of
        # thousands, the next chunk has been taken while the one before it is planned.
        poll = POLL_SECONDS if settings.database_url else BRISK_POLL_SECONDS
        return [
            Queue(CHUNKS, settings.worker_concurrency, settings.max_concurrent_chunks, poll),
            Queue(ALONE, ALONE_AT_ONCE, None, POLL_SECONDS),
        ]
