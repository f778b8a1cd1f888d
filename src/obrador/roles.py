"""What a process can be: each role's parts put together, started and stopped in order.

A role runs until its `stop` is set, then takes no new work, finishes or hands back what it holds,
and lets go of leadership and the database.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from sqlalchemy.exc import InterfaceError, OperationalError

from obrador.authn.tokens import signing_key
from obrador.bootstrap import open_database
from obrador.delivery import deliver_events, mailer
from obrador.integrations.redis.lock import RedisLock
from obrador.integrations.webhooks.sender import Sender
from obrador.kit.clock import system_clock
from obrador.kit.db import Database
from obrador.kit.ids import new_id
from obrador.kit.leadership import Leadership, Lock, NoLock, PostgresLock
from obrador.kit.mail import mailer_of
from obrador.kit.workflow import Engine
from obrador.notifications.service import Postman
from obrador.orchestration import due, instances
from obrador.orchestration.definitions import WEATHER, default_workflows
from obrador.orchestration.scheduler import Scheduler
from obrador.orchestration.stages import undo_all
from obrador.orchestration.telemetry import keep_figures
from obrador.orchestration.worker import Workers
from obrador.procurement.service import Courier
from obrador.settings import Settings
from obrador.webhooks.service import Deliverer

Role = Callable[["Parts", asyncio.Event], Awaitable[None]]


@dataclass(frozen=True)
class Parts:
    """What every role needs."""

    settings: Settings
    database: Database
    engine: Engine


@asynccontextmanager
async def parts(settings: Settings) -> AsyncIterator[Parts]:
    """Database and engine, up and migrated, with the default workflows."""
    database = await open_database(settings)
    engine = Engine(database.url)
    try:
        await engine.migrate()
        async with database.transaction() as session:
            specs = default_workflows(settings.daily_workflow_cron, settings.weekly_workflow_cron)
            more = (WEATHER,) if settings.weather_provider else ()
            await due.create_workflows(session, (*specs, *more))
        yield Parts(settings, database, engine)
    finally:
        engine.close()
        await database.close()


async def run_roles(settings: Settings, *roles: Role) -> None:
    """Run some roles in this process until SIGTERM or Ctrl+C, or until one of them ends.

    Raises:
        Exception: what made a role end, once the others have ended in order.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with parts(settings) as own:
        tasks = [asyncio.create_task(_until_end(role, own, stop)) for role in roles]
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end


async def _until_end(role: Role, own: Parts, stop: asyncio.Event) -> None:
    try:
        await role(own, stop)
    finally:
        stop.set()


async def worker(own: Parts, stop: asyncio.Event) -> None:
    """Plans, in processes of its own; meanwhile delivers to webhooks and sends mail."""
    settings = own.settings
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else None
    mailer = mailer_of(url, settings.mail_from, settings.obrador_home / "outbox")
    await asyncio.gather(
        Workers(own.database, own.engine, settings).run(stop),
        _webhooks(own, stop),
        Postman(own.database, mailer, system_clock).run(stop),
    )


async def _webhooks(own: Parts, stop: asyncio.Event) -> None:
    settings = own.settings
    sender = Sender(settings.webhook_timeout_seconds, allow_private=settings.webhook_allow_private)
    key = signing_key(settings)
    try:
        await Deliverer(
            own.database, sender, key, system_clock, settings.webhook_timeout_seconds
        ).run(stop)
    finally:
        await sender.close()


async def scheduler(own: Parts, stop: asyncio.Event) -> None:
    """Takes part in the election of a leader and, when it leads, schedules for all bakeries.
    Leader or not, it delivers events and orders."""
    instance = new_id()
    async with own.database.transaction() as session:
        await instances.join(session, instance, "scheduler")
    lock = lock_of(own.settings, own.database)
    leadership = Leadership(
        lock,
        own.database,
        instance,
        ttl=own.settings.leader_lock_ttl_seconds,
        heartbeat=own.settings.leader_heartbeat_seconds,
    )
    schedule = Scheduler(
        own.database,
        own.engine,
        own.settings,
        system_clock,
        instance,
        leadership,
        undo_all(system_clock),
    )
    await asyncio.gather(
        leadership.run(stop),
        schedule.run(stop),
        # Its acts are fenced, and it has nothing in hand: taken for dead, it goes on.
        instances.keep_beating(
            own.database, instance, own.settings.heartbeat_seconds, stop, may_return=True
        ),
        deliver_events(own.database, own.settings, stop),
        Courier(own.database, mailer(own.settings), system_clock).run(stop),
        keep_figures(own.database, own.settings, system_clock, stop),
    )
    with suppress(OperationalError, InterfaceError):
        async with own.database.transaction() as session:
            await instances.leave(session, instance)
    if isinstance(lock, RedisLock):
        await lock.close()


def lock_of(settings: Settings, database: Database) -> Lock:
    """The leader's lock, where the settings say."""
    if not settings.enable_leader_election:
        return NoLock()
    url = settings.redis_url
    if settings.leader_backend == "postgresql" or url is None:
        return PostgresLock(database)
    return RedisLock(url.get_secret_value())
