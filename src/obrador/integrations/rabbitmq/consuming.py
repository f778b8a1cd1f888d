"""Hearing of events from the broker."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import stamina
import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import AMQPError, ChannelInvalidStateError

from obrador.integrations.rabbitmq import topology
from obrador.integrations.rabbitmq.broker import Broker, answering, persistent
from obrador.kit.consumers import Consumer, described, handle_all
from obrador.kit.db import Database
from obrador.kit.envelope import PublishedEvent, from_cloud_event
from obrador.kit.outages import is_passing
from obrador.kit.process import run_until

log = structlog.get_logger()

ATTEMPTS, ERROR = "x-attempts", "x-error"
"""Headers of an event that could not be handled."""


async def consume(
    broker: Broker,
    database: Database,
    consumer: Consumer,
    stop: asyncio.Event,
    *,
    batch_size: int = 100,
) -> None:
    """Have the consumer handle its events until `stop` is set; those in hand are finished first.

    Events that have arrived together are handled together. One that cannot be handled is put
    off; after the consumer's number of attempts it goes to the dead-letter queue with its error.
    While the broker or the database is away, this waits.
    """
    await _Consuming(broker, database, consumer, batch_size).run(stop)


class _Consuming:
    def __init__(
        self, broker: Broker, database: Database, consumer: Consumer, batch_size: int
    ) -> None:
        self._broker = broker
        self._database = database
        self._consumer = consumer
        self._batch_size = batch_size
        self._arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        self._in_hand = asyncio.Lock()
        self._retrying = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_max=15).on(
            is_passing
        )

    async def run(self, stop: asyncio.Event) -> None:
        await run_until(stop, self._in_hand, self._work())

    async def _work(self) -> None:
        channel = await self._retrying(self._subscribe)
        try:
            while True:
                messages = [await self._arrived.get()]
                while len(messages) < self._batch_size and not self._arrived.empty():
                    messages.append(self._arrived.get_nowait())
                await self._retrying(self._handle, channel, messages)
        finally:
            # Whatever is not acknowledged is delivered to another.
            await channel.close()

    async def _subscribe(self) -> AbstractChannel:
        channel = await self._broker.channel()
        async with answering():
            await channel.set_qos(prefetch_count=2 * self._batch_size)
            queue = await topology.declare_queue(channel, self._consumer)
            await queue.consume(self._arrived.put)
        return channel

    async def _handle(
        self, channel: AbstractChannel, messages: Sequence[AbstractIncomingMessage]
    ) -> None:
        async with self._in_hand:
            read = [_read(message) for message in messages]
            events = [event for event in read if isinstance(event, PublishedEvent)]
            failures = await handle_all(self._database, self._consumer, events)
            for message, event in zip(messages, read, strict=True):
                if error := _error(event, failures):
                    await self._put_off(channel, message, error)
            # Only now, so that a batch that is tried again has lost nothing.
            await _acknowledge(messages)

    async def _put_off(
        self, channel: AbstractChannel, message: AbstractIncomingMessage, error: str
    ) -> None:
        attempts = int(str(message.headers.get(ATTEMPTS) or 0)) + 1
        is_dead = attempts >= self._consumer.attempts
        copy = persistent(message.body, message.message_id, {ATTEMPTS: attempts, ERROR: error})
        name = topology.dead_name if is_dead else topology.retry_name
        async with answering():
            await channel.default_exchange.publish(copy, name(self._consumer))
        if is_dead:
            log.error(
                "event_dead", consumer=self._consumer.name, event_id=message.message_id, error=error
            )


async def _acknowledge(messages: Sequence[AbstractIncomingMessage]) -> None:
    """Acknowledge what can be. Messages of a connection that is gone come again and are dropped
    then; they may lie between others."""
    gone = 0
    for message in messages:
        try:
            await message.ack()
        except (AMQPError, ChannelInvalidStateError, ConnectionError):
            gone += 1
    if gone:
        log.info("events_not_acknowledged", count=gone)


def _read(message: AbstractIncomingMessage) -> PublishedEvent | str:
    """The event, or why it is none."""
    try:
        return from_cloud_event(message.body)
    except ValueError as error:
        return described(error)


def _error(event: PublishedEvent | str, failures: dict[UUID, str]) -> str | None:
    return event if isinstance(event, str) else failures.get(event.id)
