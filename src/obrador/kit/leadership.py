"""Leadership: exactly one process leads, and none that led before can do harm.

Who leads is decided by a lock that has to be renewed, in Redis or in PostgreSQL. What a leader does
is guarded by a fencing token in PostgreSQL, wherever the lock is: each new leader counts it up, and
every transaction of a leader checks that its own is still the newest. A leader that was frozen and
wakes up after another one has taken over therefore commits nothing
(M. Kleppmann, "How to do distributed locking", 2016).
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy import BigInteger, DateTime, SmallInteger, Uuid, func, select, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from obrador.kit.db import Base, Database
from obrador.kit.errors import ObradorError
from obrador.kit.process import pass_by

log = structlog.get_logger()


class LostLeadership(ObradorError):
    """Another process leads now."""

    status, type, title = 409, "lost-leadership", "Another process leads now"


class LockAway(Exception):
    """The lock's service does not answer."""


class LeaderRow(Base):
    """The one row that says who leads, and since when."""

    __tablename__ = "leadership"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, default=1)
    token: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Counts leaders; the fence."""
    instance: Mapped[UUID | None] = mapped_column(Uuid)
    acquired_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    renewed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    leased_by: Mapped[UUID | None] = mapped_column(Uuid)
    """The holder of the lock where PostgreSQL keeps it."""
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class LeaderStatus:
    """Who leads."""

    instance: UUID | None
    token: int
    acquired_at: datetime | None
    renewed_at: datetime | None


class Lock(Protocol):
    """Held by at most one owner at a time, until it is released or not renewed for its TTL."""

    async def acquire(self, owner: UUID, ttl: float) -> bool:
        """Take it, or hold it longer if it is the owner's; whether the owner has it.

        Raises:
            LockAway: nobody can tell.
        """
        ...

    async def release(self, owner: UUID) -> None:
        """Give it back, if it is the owner's."""
        ...


class PostgresLock:
    """The lock as a lease in the database, by the database's clock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def acquire(self, owner: UUID, ttl: float) -> bool:
        """See `Lock`."""
        statement = text("""
            update leadership
            set leased_by = :owner,
                leased_until = clock_timestamp() + make_interval(secs => :ttl)
            where id = 1 and (
                leased_by is null or leased_by = :owner or leased_until < clock_timestamp()
            ) returning id, set_config('idle_in_transaction_session_timeout', :limit, true)
        """)
        try:
            async with self._database.transaction() as session:
                values = {"owner": owner, "ttl": ttl, "limit": _limit(ttl)}
                return await session.scalar(statement, values) is not None
        except (OperationalError, InterfaceError) as error:
            raise LockAway(str(error)) from error

    async def release(self, owner: UUID) -> None:
        """See `Lock`."""
        statement = text("update leadership set leased_by = null where leased_by = :owner")
        async with self._database.transaction() as session:
            await session.execute(statement, {"owner": owner})


class NoLock:
    """For an installation with a single scheduler: it leads."""

    async def acquire(self, owner: UUID, ttl: float) -> bool:
        """See `Lock`."""
        return True

    async def release(self, owner: UUID) -> None:
        """See `Lock`."""


async def fence(session: AsyncSession, token: int, ttl: float) -> None:
    """See that the token is the newest, and keep it so until the transaction ends. PostgreSQL ends
    it if this process is silent for longer than the TTL: one that is frozen in its midst must not
    keep others from leading.

    Raises:
        LostLeadership: another leader has a newer one.
    """
    silence = func.set_config("idle_in_transaction_session_timeout", _limit(ttl), True)
    query = select(LeaderRow.token, silence).where(LeaderRow.id == 1).with_for_update(read=True)
    newest = await session.scalar(query)
    if newest != token:
        raise LostLeadership(f"The fencing token is {newest}; ours was {token}.")


def _limit(ttl: float) -> str:
    return f"{max(int(ttl * 1000), 1)}ms"


async def current(session: AsyncSession) -> LeaderStatus | None:
    """Who leads, or led last."""
    row = await session.get(LeaderRow, 1)
    if row is None:
        return None
    return LeaderStatus(row.instance, row.token, row.acquired_at, row.renewed_at)


class Leadership:
    """Strives for leadership, and knows whether this process has it.

    By its own clock it leads for no longer than the lock lasts, counted from before it was asked
    for, whether or not anything answers.
    """

    def __init__(
        self,
        lock: Lock,
        database: Database,
        instance: UUID,
        *,
        ttl: float,
        heartbeat: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lock = lock
        self._database = database
        self._instance = instance
        self._ttl = ttl
        self._heartbeat = heartbeat
        self._monotonic = monotonic
        self._leads_until = float("-inf")
        self._token = 0

    @property
    def is_leader(self) -> bool:
        """Whether this process leads at this moment."""
        return self._monotonic() < self._leads_until

    @property
    def token(self) -> int:
        """The fencing token of this process's last leadership."""
        return self._token

    async def run(self, stop: asyncio.Event) -> None:
        """Acquire, renew, and in the end release leadership."""
        while not stop.is_set():
            await self.strive()
            await pass_by(stop, self._pause())
        self._leads_until = float("-inf")
        with suppress(LockAway, OperationalError, InterfaceError):
            await self._lock.release(self._instance)

    async def strive(self) -> None:
        """Try once to get, or keep, leadership."""
        asked, led = self._monotonic(), self.is_leader
        try:
            has_it = await self._lock.acquire(self._instance, self._ttl)
            if has_it:
                self._token = await self._note(is_new=not led)
                self._leads_until = asked + self._ttl
        except (LockAway, OperationalError, InterfaceError) as error:
            log.warning("leadership_unknown", error=str(error))
            return
        if not has_it:
            self._leads_until = float("-inf")
        if self.is_leader != led:
            log.info("leadership", leads=self.is_leader, token=self._token)

    def _pause(self) -> float:
        """Others try often enough to take over soon after the lock has run out."""
        return self._heartbeat if self.is_leader else min(self._heartbeat, self._ttl / 10)

    async def _note(self, *, is_new: bool) -> int:
        statement = text("""
            update leadership set token = token + :step, instance = :instance,
                acquired_at = case when :step = 1 then clock_timestamp() else acquired_at end,
                renewed_at = clock_timestamp()
            where id = 1 and (:step = 1 or token = :token)
            returning token, set_config('idle_in_transaction_session_timeout', :limit, true)
        """)
        async with self._database.transaction() as session:
            values = {
                "step": int(is_new),
                "instance": self._instance,
                "token": self._token,
                "limit": _limit(self._ttl),
            }
            token = await session.scalar(statement, values)
        if token is None:
            raise LockAway("Another leader has counted the token up.")
        return int(token)
