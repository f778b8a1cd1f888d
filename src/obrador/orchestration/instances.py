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

BEATS = 3
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


async def beat(session: AsyncSession, instance: UUID, *, may_return: bool = False) -> bool:
    """Say that the process lives; False: it is too late for that.

    Args:
        may_return: from the dead, as one can that has nothing in hand for others to take over.
    """
    is_heard = Instance.id == instance
    if not may_return:
        is_heard &= Instance.status == "alive"
    beaten = await session.scalar(
        update(Instance)
        .where(is_heard)
        .values(status="alive", heartbeat_at=func.clock_timestamp())
        .returning(Instance.id)
    )
    return beaten is not None


async def keep_beating(
    database: Database,
    instance: UUID,
    seconds: float,
    stop: asyncio.Event,
    *,
    may_return: bool = False,
) -> None:
    """Say that the process lives until it is told to stop, or found to be taken for dead. A
    database that is away hears it later."""
    while not stop.is_set():
        with suppress(OperationalError, InterfaceError):
            async with database.transaction() as session:
                if not await beat(session, instance, may_return=may_return):
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


async def declare_dead(session: AsyncSession, heartbeat_seconds: float) -> None:
    """Declare dead who has not been heard of; see `Hearing` for who may."""
    await session.execute(
        update(Instance)
        .where(
            Instance.status == "alive",
            Instance.heartbeat_at < _ago(BEATS * heartbeat_seconds),
        )
        .values(status="dead", heartbeat_at=func.clock_timestamp())
    )


async def find_gone(session: AsyncSession) -> Sequence[UUID]:
    """All that left or died and may still have something in hand."""
    gone = select(Instance.id).where(Instance.status.in_(("left", "dead")))
    return (await session.scalars(gone)).all()


class Hearing:
    """Since when a process has been able to hear the others without a pause.

    Who was away itself, or whose database was, must not take the silence of the others for death:
    after a minute without PostgreSQL everybody has been silent for a minute.
    """

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._last: datetime | None = None
        self._longest_pause = timedelta()

    def heard(self, now: datetime, longest_pause: float) -> None:
        """The database has answered; a pause since the last time that is longer ends the span."""
        self._longest_pause = timedelta(seconds=longest_pause)
        if not self._goes_on(now):
            self._since = now
        self._last = now

    def may_judge(self, now: datetime, seconds: float) -> bool:
        """Whether the others could have been heard for so long."""
        return (
            self._since is not None
            and self._goes_on(now)
            and now - self._since >= timedelta(seconds=seconds)
        )

    def _goes_on(self, now: datetime) -> bool:
        return self._last is not None and now - self._last <= self._longest_pause


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
