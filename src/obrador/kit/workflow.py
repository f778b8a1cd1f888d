"""Durable functions: what was begun is finished, by this process or another.

A small interface over DBOS, which nothing else imports. A workflow is an async function that calls
`step`s; each step's result is kept, so a workflow that is begun again after its process died goes
on behind the last step that ended. Workflows wait in queues in the database.

What DBOS leaves to its users is done here or by the leader: ids of executors are new for every
process, and a dead process's workflows are put back with `recover`, which is not public API there
(hence the exact pin). See `docs/adr/0007`.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, ParamSpec, TypeVar
from uuid import UUID

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, Serializer
from psycopg import OperationalError
from sqlalchemy import Engine as SqlEngine
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.fence import ROLE

P = ParamSpec("P")
T = TypeVar("T")

logging.getLogger("dbos").setLevel(logging.WARNING)

_NAME = "obrador"
_VERSION = "1"
"""Constant: a deployment goes on with what the one before began. Steps are only ever appended to a
workflow function, or their names changed together with a new workflow name."""
_SCHEMA = "dbos"
_BATCH = 500
_CONNECTIONS = 8
_IDLE_SECONDS = 60
_RARELY_SECONDS = 1.0
_UNLIMITED_RECOVERIES = 1_000_000_000

# It tells at length, as information, what it does at every start, and resets its own level.
logging.getLogger("dbos").addFilter(lambda record: record.levelno >= logging.WARNING)

State = Literal["waiting", "running", "ended"]
_STATES: dict[str, State] = {
    "ENQUEUED": "waiting",
    "DELAYED": "waiting",
    "PENDING": "running",
}


@dataclass(frozen=True, slots=True)
class Start:
    """A workflow to start. The same id is started once, however often it is asked for."""

    workflow: str
    id: str
    queue: str
    arguments: tuple[Any, ...]
    """JSON-ready."""
    priority: int
    """1 or more; less goes first."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Where workflows wait, and how many may run at once."""

    name: str
    per_worker: int
    overall: int | None
    poll_seconds: float
    """Between two looks into it; each takes some milliseconds of processor, found or not."""


class _Json(Serializer):
    """JSON; what has no such form is written as Python shows it. An error that could not be stored
    would leave its workflow unfinished for ever."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=repr)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "obrador_json"


class Engine:
    """Starts, watches and recovers workflows in a database; runs them once launched.

    A process has at most one that is launched, since DBOS keeps its state by process.
    """

    def __init__(self, database_url: str) -> None:
        self._url = _driver_url(database_url)
        self._client = DBOSClient(
            system_database_url=self._url,
            dbos_system_schema=_SCHEMA,
            serializer=_Json(),
            system_database_pool_size=2,
            application_name=_NAME,
            lazy=True,
            retry_connection_errors=False,
        )
        self._stepping = _Stepping()
        self._connections: SqlEngine | None = None

    async def migrate(self) -> None:
        """Bring the engine's own tables up to date; requests may put workflows into its queues."""
        await asyncio.to_thread(DBOS.migrate, self._url, schema=_SCHEMA, application_role=ROLE)

    async def start(self, session: AsyncSession, starts: Sequence[Start]) -> None:
        """Put workflows into their queues, in the session's transaction."""
        for start in starts:
            options = EnqueueOptions(
                workflow_name=start.workflow,
                queue_name=start.queue,
                workflow_id=start.id,
                app_version=_VERSION,
                priority=start.priority,
            )
            await session.run_sync(self._client.enqueue_in_transaction, options, *start.arguments)

    async def cancel(self, ids: Sequence[str]) -> None:
        """Stop workflows before their next step. Those that have ended stay as they are."""
        if ids:
            await self._client.cancel_workflows_async(list(ids))

    async def states(self, ids: Sequence[str]) -> dict[str, State]:
        """What became of workflows; those that the engine does not know are left out."""
        if not ids:
            return {}
        found = await self._client.list_workflows_async(
            workflow_ids=list(ids), load_input=False, load_output=False
        )
        return {each.workflow_id: _STATES.get(each.status, "ended") for each in found}

    async def forget(self, before: datetime) -> int:
        """Remove what is kept of workflows that ended before a moment; returns how many."""
        count = 0
        while True:
            ended = await self._client.list_workflows_async(
                completed_before=before.isoformat(),
                limit=_BATCH,
                load_input=False,
                load_output=False,
            )
            if not ended:
                return count
            await self._client.delete_workflows_async([each.workflow_id for each in ended])
            count += len(ended)

    async def recover(self, executors: Collection[UUID]) -> int:
        """Put back into their queues what these dead executors had in hand; returns how many.

        Repeated until nothing is left, since a workflow may be claimed while this looks.
        """
        return await asyncio.to_thread(self._recover, [str(each) for each in executors])

    def _recover(self, executors: list[str]) -> int:
        count = 0
        while True:
            pending = [
                (executor, workflow.workflow_id)
                for executor in executors
                for workflow in self._client._sys_db.get_pending_workflows(executor, _VERSION)
            ]
            put_back = [
                self._client._sys_db.reenqueue_for_recovery(workflow_id, [executor], "recovered")
                for executor, workflow_id in pending
            ]
            count += sum(put_back)
            if not any(put_back):
                return count

    async def launch(
        self,
        executor: UUID,
        workflows: Mapping[str, Callable[..., Awaitable[Any]]],
        queues: Sequence[Queue],
    ) -> None:
        """Run workflows from the queues on the running event loop, until `close`."""
        for queue in queues:
            await self._client.register_queue_async(
                queue.name,
                worker_concurrency=queue.per_worker,
                global_concurrency=queue.overall,
                polling_interval_sec=queue.poll_seconds,
                on_conflict="always_update",
            )
        self._connections = _connections(self._url)
        config = DBOSConfig(
            name=_NAME,
            system_database_url=self._url,
            system_database_engine=self._connections,
            dbos_system_schema=_SCHEMA,
            executor_id=str(executor),
            application_version=_VERSION,
            serializer=_Json(),
            log_level="WARNING",
            # Only readers of its events and streams would wait for these, and there are none.
            notification_coalesce_sec=_RARELY_SECONDS,
        )
        DBOS(config=config)
        for name, function in workflows.items():
            DBOS.workflow(name=name, max_recovery_attempts=_UNLIMITED_RECOVERIES)(_plain(function))
        DBOS.listen_queues([queue.name for queue in queues])
        DBOS.launch()

    async def step(
        self, name: str, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do something once in a workflow: its JSON-ready result is kept, and given again when the
        workflow is repeated. Once the process is to end, no step begins any more."""

        async def within() -> T:
            async with self._stepping:
                return await function(*args, **kwargs)

        return await DBOS.run_step_async({"name": name}, within)

    async def sleep(self, seconds: float) -> None:
        """Wait in a workflow; a repeated workflow waits for what is left."""
        await DBOS.sleep_async(seconds)

    async def drain(self, seconds: float) -> bool:
        """Let no step begin, and wait for those that have; whether they ended in time."""
        return await self._stepping.drain(seconds)

    def close(self) -> None:
        """Let go of the database. A workflow that has not ended is for another to recover."""
        DBOS.destroy()
        self._client.destroy()
        if self._connections is not None:
            self._connections.dispose()


class _Stepping:
    """Counts the steps under way, and holds back new ones at the end."""

    def __init__(self) -> None:
        self._count = 0
        self._is_draining = False
        self._changed = asyncio.Event()

    async def __aenter__(self) -> None:
        if self._is_draining:
            await asyncio.Event().wait()
        self._count += 1

    async def __aexit__(self, *_: object) -> None:
        self._count -= 1
        self._changed.set()

    async def drain(self, seconds: float) -> bool:
        self._is_draining = True
        try:
            async with asyncio.timeout(seconds):
                while self._count:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True


def _connections(url: str) -> SqlEngine:
    """The connections of an engine that is launched."""
    made = create_engine(
        url,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        connect_args={
            "application_name": "obrador-engine",
            "options": f"-c idle_in_transaction_session_timeout={_IDLE_SECONDS}s",
        },
    )
    event.listen(made, "handle_error", _note_loss)
    return made


def _note_loss(context: ExceptionContext) -> None:
    """That no connection can be opened is the loss of one. DBOS waits for the database when one is
    lost, but goes by the words of an error when none can be opened, and does not know them all: it
    would give up the workflow, which nobody else would take up while this process lives."""
    if context.connection is None and isinstance(context.original_exception, OperationalError):
        context.is_disconnect = True


def _plain(function: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    """As a function that DBOS may mark, which it cannot do to a method."""

    async def run(*args: Any) -> T:
        return await function(*args)

    return run


def _driver_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
