"""Processes that take part: who lives, who has died."""

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.db import Database
from obrador.kit.errors import ObradorError
from obrador.kit.process import pass_by
from obrador.orchestration.models import Instance

_BEATS = 3
"""A process is dead that has not said otherwise for so many heartbeats."""
_LONG_GONE_SECONDS = 60


class TakenForDead(ObradorError):
    """Others have taken over what this process had in hand."""

    status, type, title = 409, "taken-for-dead", "This process was taken for dead"


async def join(session: AsyncSession, instance: UUID, role: str) -> None:
    """Take part."""
    await session.execute(
        insert(Instance).values(id=instance, role=role, host=socket.gethostname(), pid=os.getpid())
    )


async def beat(session: AsyncSession, instance: UUID) -> bool:
    """Say that the process lives; False: it is too late for that."""
    beaten = await session.scalar(
        update(Instance)
        .where(Instance.id == instance, Instance.status == "alive")
        .values(heartbeat_at=func.clock_timestamp())
        .returning(Instance.id)
    )
    return beaten is not None


async def keep_beating(
    database: Database, instance: UUID, seconds: float, stop: asyncio.Event
) -> None:
    """Say that the process lives until it is told to stop, or found to be taken for dead. A
    database that is away hears it later."""
    while not stop.is_set():
        with suppress(OperationalError, InterfaceError):
            async with database.transaction() as session:
                if not await beat(session, instance):
                    stop.set()
        await pass_by(stop, seconds)


async def leave(session: AsyncSession, instance: UUID) -> None:
    """Take part no more; what is in hand is for others."""
    await session.execute(
        update(Instance)
        .where(Instance.id == instance, Instance.status == "alive")
        .values(status="left", heartbeat_at=func.clock_timestamp())
    )


async def prove_alive(session: AsyncSession, instance: UUID) -> None:
    """See that nobody has taken this process for dead.

    Raises:
        TakenForDead: somebody has.
    """
    alive = await session.scalar(
        select(Instance.id).where(Instance.id == instance, Instance.status == "alive")
    )
    if alive is None:
        raise TakenForDead("Its work is done by others now; it has to start again.")


async def find_dead(session: AsyncSession, heartbeat_seconds: float) -> Sequence[UUID]:
    """Declare dead who has not been heard of; returns all that left or died and may still have
    something in hand."""
    await session.execute(
        update(Instance)
        .where(
            Instance.status == "alive",
            Instance.heartbeat_at < _ago(_BEATS * heartbeat_seconds),
        )
        .values(status="dead", heartbeat_at=func.clock_timestamp())
    )
    gone = select(Instance.id).where(Instance.status.in_(("left", "dead")))
    return (await session.scalars(gone)).all()


async def bury(session: AsyncSession, instances: Sequence[UUID]) -> None:
    """Nothing has been found in the hands of these any more: once they are long enough gone for
    everything they began to have reached the database, nobody looks again."""
    await session.execute(
        update(Instance)
        .where(Instance.id.in_(instances), Instance.heartbeat_at < _ago(_LONG_GONE_SECONDS))
        .values(status="buried")
    )


def _ago(seconds: float) -> ColumnElement[datetime]:
    return func.clock_timestamp() - timedelta(seconds=seconds)
