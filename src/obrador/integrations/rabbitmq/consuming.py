"""Hearing of events from the broker."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import stamina
import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, HeadersType
from aiormq.exceptions import AMQPError, ChannelInvalidStateError

from obrador.integrations.rabbitmq import topology
from obrador.integrations.rabbitmq.broker import Broker, answering, persistent
from obrador.kit.consumers import Consumer, described, handle_all
from obrador.kit.db import Database
from obrador.kit.envelope import PublishedEvent, from_cloud_event
from obrador.kit.errors import Unavailable
from obrador.kit.outages import is_passing
from obrador.kit.process import run_until

log = structlog.get_logger()

ATTEMPTS, ERROR = "x-attempts", "x-error"
"""Headers of an event that could not be handled."""
FIRST_PAUSE_SECONDS = 1.0


async def consume(
    broker: Broker,
    database: Database,
    consumer: Consumer,
    stop: asyncio.Event,
    *,
    batch_size: int = 100,
) -> None:
    """Have the consumer handle its events until `stop` is set; those in hand are finished first.

    Events that have arrived together are handled together. One that cannot be handled is tried
    again after pauses that double; after the consumer's number of attempts it goes to the
    dead-letter queue with its error. Meanwhile the broker keeps it as not acknowledged, so that it
    cannot be lost on its way between queues. While the broker or the database is away, this waits.
    """
    await _Consuming(broker, database, consumer, batch_size).run(stop)


@dataclass(frozen=True, eq=False)
class _Arrival:
    """A message, and how often handling it has failed."""

    message: AbstractIncomingMessage
    failures: int = 0


class _Consuming:
    def __init__(
        self, broker: Broker, database: Database, consumer: Consumer, batch_size: int
    ) -> None:
        self._broker = broker
        self._database = database
        self._consumer = consumer
        self._batch_size = batch_size
        self._arrived: asyncio.Queue[_Arrival] = asyncio.Queue()
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
                arrivals = [await self._arrived.get()]
                while len(arrivals) < self._batch_size and not self._arrived.empty():
                    arrivals.append(self._arrived.get_nowait())
                await self._retrying(self._handle, channel, arrivals)
        finally:
            # Whatever is not acknowledged is delivered to another.
            with suppress(Unavailable):
                async with answering():
                    await channel.close()

    async def _subscribe(self) -> AbstractChannel:
        channel = await self._broker.channel()
        async with answering():
            await channel.set_qos(prefetch_count=2 * self._batch_size)
            queue = await topology.declare_queue(channel, self._consumer)
            await queue.consume(self._arrive)
        return channel

    async def _arrive(self, message: AbstractIncomingMessage) -> None:
        self._arrived.put_nowait(_Arrival(message))

    async def _handle(self, channel: AbstractChannel, arrivals: Sequence[_Arrival]) -> None:
        async with self._in_hand:
            outcomes = await self._outcomes([arrival.message for arrival in arrivals])
            failed = [pair for pair in zip(arrivals, outcomes, strict=True) if pair[1]]
            again = [arrival for arrival, _ in failed if not self._is_last(arrival)]
            for arrival, error in failed:
                if self._is_last(arrival):
                    await self._bury(channel, arrival, error)
            # Only now is a message changed: whatever raises before has the whole batch repeated.
            await _acknowledge([one.message for one in arrivals if one not in again])
            for arrival in again:
                self._put_off(arrival)

    async def _outcomes(self, messages: Sequence[AbstractIncomingMessage]) -> list[str]:
        """What went wrong with each message; empty where nothing did."""
        read = [_read(message) for message in messages]
        events = [event for event in read if isinstance(event, PublishedEvent)]
        errors = await handle_all(self._database, self._consumer, events)
        return [one if isinstance(one, str) else errors.get(one.id, "") for one in read]

    def _is_last(self, arrival: _Arrival) -> bool:
        return arrival.failures + 1 >= self._consumer.attempts

    def _put_off(self, arrival: _Arrival) -> None:
        failed = replace(arrival, failures=arrival.failures + 1)
        pause = FIRST_PAUSE_SECONDS * 2**arrival.failures
        asyncio.get_running_loop().call_later(pause, self._arrived.put_nowait, failed)

    async def _bury(self, channel: AbstractChannel, arrival: _Arrival, error: str) -> None:
        message = arrival.message
        headers: HeadersType = {ATTEMPTS: arrival.failures + 1, ERROR: error}
        copy = persistent(message.body, message.message_id, headers)
        async with answering():
            await channel.default_exchange.publish(copy, topology.dead_name(self._consumer))
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
