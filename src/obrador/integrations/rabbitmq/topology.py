"""What lies in the broker; all of it durable and declared at every start.

For a consumer named `x`:

- `obrador.x`, bound to the exchanges of its routing keys. Its type is the virtual host's default,
  which is for an operator to choose: classic for one node, quorum for a cluster. It is not forced
  to be a quorum queue, because in RabbitMQ 3.10, which Debian 12 has, one of those with a single
  member was seen to stay without a leader for ever after the broker had been killed.
- `obrador.x.dead`, behind the exchange `obrador.dead`, where what cannot be handled waits for a
  person.

Arguments of a queue cannot be changed later: other arguments need another name.
"""

from collections.abc import Sequence

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractQueue

from obrador.kit.consumers import Consumer
from obrador.kit.envelope import exchange_of

DEAD_EXCHANGE = "obrador.dead"


def queue_name(consumer: Consumer) -> str:
    """Where the consumer's events wait."""
    return f"obrador.{consumer.name}"


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
    # Classic whatever the default: people look at its messages over and over, which a quorum queue
    # would count until it drops them.
    letters = await channel.declare_queue(
        dead_name(consumer), durable=True, arguments={"x-queue-type": "classic"}
    )
    await letters.bind(dead, name)
    queue = await channel.declare_queue(
        name,
        durable=True,
        arguments={"x-dead-letter-exchange": DEAD_EXCHANGE, "x-dead-letter-routing-key": name},
    )
    for pattern in consumer.routing_keys:
        await declare_exchange(channel, pattern)
        await queue.bind(exchange_of(pattern), pattern)
    return queue
