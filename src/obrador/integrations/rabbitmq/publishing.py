"""Publishing from the outbox."""

import asyncio
from collections.abc import Sequence

from aio_pika.abc import AbstractChannel

from obrador.integrations.rabbitmq import topology
from obrador.integrations.rabbitmq.broker import Broker, answering, persistent
from obrador.kit.envelope import PublishedEvent, exchange_of, to_cloud_event


class RabbitPublisher:
    """Hands events to a broker's exchanges.

    Not `mandatory`: most events are for whoever may want them one day, and one that no queue is
    bound for is no failure. Queues of our own consumers are declared before the first is sent,
    and whoever comes late has them replayed from the outbox.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._channel: AbstractChannel | None = None
        self._exchanges: dict[str, str] = {}

    async def deliver(self, events: Sequence[PublishedEvent]) -> None:
        """Return once the broker has confirmed that all of them are on disk, or go nowhere.

        Raises:
            Unavailable: it has not.
        """
        channel = await self._opened()
        async with answering():
            for key in {event.routing_key for event in events}:
                if exchange_of(key) not in self._exchanges:
                    await topology.declare_exchange(channel, key)
                    self._exchanges[exchange_of(key)] = key
            ends = await asyncio.gather(
                *(_send(channel, event) for event in events), return_exceptions=True
            )
            for failure in ends:
                if failure is not None:
                    raise failure

    async def tend(self) -> None:
        """Consumers in a broker retry by themselves."""

    async def _opened(self) -> AbstractChannel:
        if self._channel is None:
            self._channel = await self._broker.channel()
        return self._channel


async def _send(channel: AbstractChannel, event: PublishedEvent) -> None:
    exchange = await channel.get_exchange(exchange_of(event.routing_key), ensure=False)
    message = persistent(to_cloud_event(event), str(event.id))
    await exchange.publish(message, event.routing_key, mandatory=False)
