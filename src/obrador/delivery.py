"""Delivering events by the settings: through RabbitMQ where there is one, otherwise in process."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from obrador.events import CONSUMERS
from obrador.integrations import rabbitmq
from obrador.integrations.rabbitmq import Broker, RabbitPublisher
from obrador.kit import in_process, outbox_upkeep
from obrador.kit.consumers import Consumer, DeadLetter
from obrador.kit.db import Database
from obrador.kit.errors import NotFound
from obrador.kit.in_process import InProcess
from obrador.kit.mail import Mailer, mailer_of
from obrador.kit.relay import Relay
from obrador.settings import Settings


async def deliver_events(
    database: Database,
    settings: Settings,
    stop: asyncio.Event,
    consumers: Sequence[Consumer] = CONSUMERS,
) -> None:
    """Publish what the outbox holds and have consumers handle it, until `stop` is set.

    Any number of processes may do this at once.
    """
    if settings.rabbitmq_url is None:
        await Relay(database, InProcess(database, consumers)).run(stop)
        return
    # A broker that runs out of memory or disk stops reading from connections that publish: those
    # that could relieve it must not be among them.
    async with (
        _broker(settings, consumers) as publishing,
        _broker(settings, consumers) as consuming,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(Relay(database, RabbitPublisher(publishing)).run(stop))
        for consumer in consumers:
            group.create_task(rabbitmq.consume(consuming, database, consumer, stop))


def mailer(settings: Settings) -> Mailer:
    """Who hands mail over: the server of SMTP_URL, or the folder `outbox` of OBRADOR_HOME."""
    url = settings.smtp_url
    return mailer_of(
        url.get_secret_value() if url else None,
        settings.mail_from,
        settings.obrador_home / "outbox",
    )


async def dead_letters(
    database: Database,
    settings: Settings,
    consumer: str | None = None,
    consumers: Sequence[Consumer] = CONSUMERS,
) -> list[DeadLetter]:
    """Events that are not tried again.

    Raises:
        NotFound: there is no such consumer.
        Unavailable: the broker does not answer.
    """
    _known(consumer, consumers)
    if settings.rabbitmq_url is not None:
        async with _broker(settings, consumers) as broker:
            return await rabbitmq.dead_letters(broker, consumer)
    async with database.transaction() as session:
        return await in_process.dead_letters(session, consumer)


async def replay_dead(
    database: Database,
    settings: Settings,
    consumer: str | None = None,
    consumers: Sequence[Consumer] = CONSUMERS,
) -> int:
    """Have dead events tried again; returns how many.

    Raises:
        NotFound, Unavailable: as `dead_letters`.
    """
    _known(consumer, consumers)
    if settings.rabbitmq_url is not None:
        async with _broker(settings, consumers) as broker:
            return await rabbitmq.replay_dead(broker, consumer)
    async with database.transaction() as session:
        return await in_process.replay_dead(session, consumer)


async def replay_published(
    database: Database,
    since: datetime,
    until: datetime,
    routing_key: str = "*",
    consumer: str | None = None,
    consumers: Sequence[Consumer] = CONSUMERS,
) -> int:
    """Publish again what was stored in that time; see `kit.outbox_upkeep.replay_published`.

    Raises:
        NotFound: there is no such consumer.
    """
    _known(consumer, consumers)
    return await outbox_upkeep.replay_published(database, since, until, routing_key, consumer)


def _known(name: str | None, consumers: Sequence[Consumer]) -> None:
    names = [consumer.name for consumer in consumers]
    if name is not None and name not in names:
        known = ", ".join(names) or "none"
        raise NotFound(
            "No consumer of events is called {name!r}. There are: {known}.", name=name, known=known
        )


@asynccontextmanager
async def _broker(settings: Settings, consumers: Sequence[Consumer]) -> AsyncIterator[Broker]:
    url = settings.rabbitmq_url
    broker = Broker(url.get_secret_value() if url else "", consumers)
    try:
        yield broker
    finally:
        await broker.close()
