"""One connection to the broker, made when it is needed and kept up by aio-pika."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiormq
import pamqp.exceptions
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractRobustConnection, HeadersType
from aio_pika.connection import make_url
from aio_pika.robust_connection import RobustConnection

from obrador.integrations.rabbitmq import topology
from obrador.kit.consumers import Consumer
from obrador.kit.envelope import CONTENT_TYPE
from obrador.kit.errors import Unavailable

TIMEOUT_SECONDS = 15
_AWAY = (
    aiormq.exceptions.AMQPError,
    aiormq.exceptions.ChannelInvalidStateError,
    pamqp.exceptions.PAMQPException,
    OSError,
    TimeoutError,
)


class Broker:
    """A RabbitMQ and what consumers need in it."""

    def __init__(self, url: str, consumers: Sequence[Consumer]) -> None:
        self._url = url
        self.consumers = consumers
        self._connection: AbstractRobustConnection | None = None
        self._declaring: AbstractChannel | None = None  # kept: aio-pika declares it all again
        self._connecting = asyncio.Lock()

    async def channel(self) -> AbstractChannel:
        """A channel with publisher confirms, on a broker in which everything is declared.

        Raises:
            Unavailable: the broker does not answer.
        """
        async with answering():
            return await (await self._connected()).channel(on_return_raises=True)

    async def close(self) -> None:
        """Leave the broker."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = self._declaring = None

    async def _connected(self) -> AbstractRobustConnection:
        async with self._connecting:
            if self._connection is None:
                # Not `connect_robust`: it leaves open what it could not connect.
                connection = RobustConnection(make_url(self._url, reconnect_interval=1))
                try:
                    await connection.connect(timeout=TIMEOUT_SECONDS)
                    # Before anything is published: what no queue is bound for is dropped.
                    self._declaring = await connection.channel()
                    await topology.declare(self._declaring, self.consumers)
                except BaseException:
                    await connection.close()
                    raise
                self._connection = connection
            return self._connection


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Turn all the ways in which a broker is away, or too slow, into one error.

    Raises:
        Unavailable: it is away.
    """
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            yield
    except asyncio.CancelledError as error:
        # aio-pika cancels what waits on a connection that is lost; that is nobody's wish to stop.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise _away(error) from error
    except _AWAY as error:
        raise _away(error) from error


def _away(error: BaseException) -> Unavailable:
    return Unavailable(f"RABBITMQ_URL: the broker does not answer: {error!r}")


def persistent(body: bytes, message_id: str | None, headers: HeadersType | None = None) -> Message:
    """A message that the broker keeps on disk."""
    return Message(
        body,
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=message_id,
        headers=headers,
    )
