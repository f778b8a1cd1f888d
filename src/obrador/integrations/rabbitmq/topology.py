"""What lies in the broker; all of it durable and declared at every start.

For a consumer named `x`:

- `obrador.x`, bound to the exchanges of its routing keys. A quorum queue: what it has confirmed
  outlives a broker that is killed, and it counts deliveries, so that an event on which the
  process dies each time ends in the dead-letter queue too.
- `obrador.x.retry`, from which an event returns to `obrador.x` after a pause.
- `obrador.x.dead`, behind the exchange `obrador.dead`, where it waits for a person.

Arguments of a queue cannot be changed later: other arguments need another name.
"""

from collections.abc import Sequence

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractQueue
from pamqp.common import FieldTable

from obrador.kit.consumers import Consumer
from obrador.kit.envelope import exchange_of

DEAD_EXCHANGE = "obrador.dead"
RETRY_SECONDS = 10.0
_DELIVERIES = 50
"""Deliveries without an answer, which every restart of broker or worker adds to."""


def queue_name(consumer: Consumer) -> str:
    """Where the consumer's events wait."""
    return f"obrador.{consumer.name}"


def retry_name(consumer: Consumer) -> str:
    """Where its failed events wait to be tried again."""
    return f"{queue_name(consumer)}.retry"


def dead_name(consumer: Consumer) -> str:
    """Where its events wait that are not tried again."""
    return f"{queue_name(consumer)}.dead"


async def declare(channel: AbstractChannel, consumers: Sequence[Consumer]) -> None:
    """Everything for these consumers."""
    for consumer in consumers:
        await declare_queue(channel, consumer)


async def declare_exchange(channel: AbstractChannel, routing_key: str) -> None:
    """The exchange that an event goes to."""
    await channel.declare_exchange(exchange_of(routing_key), ExchangeType.TOPIC, durable=True)


async def declare_queue(channel: AbstractChannel, consumer: Consumer) -> AbstractQueue:
    """The consumer's queue, with all it needs."""
    name = queue_name(consumer)
    dead = await channel.declare_exchange(DEAD_EXCHANGE, ExchangeType.DIRECT, durable=True)
    # Classic: people look at its messages over and over, which a quorum queue would count.
    letters = await channel.declare_queue(dead_name(consumer), durable=True)
    await letters.bind(dead, name)
    await channel.declare_queue(
        retry_name(consumer),
        durable=True,
        arguments=_forwarding("", name) | {"x-message-ttl": int(1000 * RETRY_SECONDS)},
    )
    queue = await channel.declare_queue(
        name,
        durable=True,
        arguments=_forwarding(DEAD_EXCHANGE, name) | {"x-delivery-limit": _DELIVERIES},
    )
    for pattern in consumer.routing_keys:
        await declare_exchange(channel, pattern)
        await queue.bind(exchange_of(pattern), pattern)
    return queue


def _forwarding(exchange: str, routing_key: str) -> FieldTable:
    """A quorum queue whose expired and refused messages reach the next one for certain."""
    return {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": exchange,
        "x-dead-letter-routing-key": routing_key,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",  # which that strategy demands
    }
