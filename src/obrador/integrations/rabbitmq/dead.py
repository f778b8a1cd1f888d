"""Dead-letter queues: looking at them, and sending what they hold to its consumer again."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from obrador.integrations.rabbitmq import topology
from obrador.integrations.rabbitmq.broker import Broker, answering, persistent
from obrador.integrations.rabbitmq.consuming import ATTEMPTS, ERROR
from obrador.kit.consumers import Consumer, DeadLetter
from obrador.kit.envelope import PublishedEvent, from_cloud_event


async def dead_letters(
    broker: Broker, consumer: str | None = None, limit: int = 100
) -> list[DeadLetter]:
    """Events that are not tried again, oldest first. They stay where they are.

    Raises:
        Unavailable: the broker does not answer.
    """
    channel = await broker.channel()
    try:
        async with answering():
            return [
                _letter(one, message)
                for one in _chosen(broker.consumers, consumer)
                async for message in _messages(channel, one, limit)
            ][:limit]
    finally:
        await channel.close()  # which gives them back


async def replay_dead(broker: Broker, consumer: str | None = None) -> int:
    """Have dead events tried again, with all attempts anew; returns how many.

    Raises:
        Unavailable: the broker does not answer; what was not moved is still there.
    """
    channel, count = await broker.channel(), 0
    try:
        for one in _chosen(broker.consumers, consumer):
            async for message in _messages(channel, one):
                async with answering():
                    again = persistent(message.body, message.message_id)
                    await channel.default_exchange.publish(again, topology.queue_name(one))
                    await message.ack()
                count += 1
    finally:
        await channel.close()
    return count


async def _messages(
    channel: AbstractChannel, consumer: Consumer, limit: int | None = None
) -> AsyncIterator[AbstractIncomingMessage]:
    """What the queue holds now, without what comes back to it meanwhile."""
    queue = await channel.declare_queue(topology.dead_name(consumer), passive=True)
    held = queue.declaration_result.message_count or 0
    for _ in range(held if limit is None else min(limit, held)):
        message = await queue.get(fail=False)
        if message is None:
            return
        yield message


def _letter(consumer: Consumer, message: AbstractIncomingMessage) -> DeadLetter:
    event: PublishedEvent | None = None
    with suppress(ValueError):
        event = from_cloud_event(message.body)
    # Without an error of ours, the broker gave up: the process died on it again and again.
    error = message.headers.get(ERROR) or "delivered too often without an answer"
    return DeadLetter(
        consumer.name, event, int(str(message.headers.get(ATTEMPTS) or 0)), str(error)
    )


def _chosen(consumers: Sequence[Consumer], name: str | None) -> list[Consumer]:
    return [consumer for consumer in consumers if name in {None, consumer.name}]
