"""Looks whether an installation is as it should be. Changes nothing, but for starting the embedded
database."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aio_pika import connect
from aio_pika.exceptions import AMQPError
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit import postgres
from obrador.kit.clock import system_clock
from obrador.kit.db import Database
from obrador.kit.errors import Misconfigured
from obrador.kit.mail import MailFailed, SmtpMailer
from obrador.migrations.apply import newest
from obrador.orchestration import statistics
from obrador.settings import Settings

Level = Literal["ok", "attention", "problem"]

OLDEST_POSTGRES = 15
_PATIENCE_SECONDS = 5.0
_CLOCK_SECONDS = (1.0, 10.0)
"""Difference of clocks that is worth a word, and that is too much: leases are counted in it."""
_FREE_BYTES = (2_000_000_000, 200_000_000)
_OUTBOX_SECONDS = (60.0, 900.0)


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is."""

    level: Level
    what: str
    words: str
    """What was seen; where it is not well, what to do."""


InDatabase = Callable[[AsyncSession, Settings], Awaitable[Finding]]


async def examine(settings: Settings) -> list[Finding]:
    """All findings: settings, disk, database and what is in it, services."""
    findings = [check_settings(settings), check_disk(settings.obrador_home)]
    services = asyncio.gather(check_redis(settings), check_rabbitmq(settings), check_mail(settings))
    findings += await _check_database(settings)
    return [*findings, *await services]


def check_settings(settings: Settings) -> Finding:
    """Settings that contradict each other, or that are meant for tests."""
    ttl, beat = settings.leader_lock_ttl_seconds, settings.leader_heartbeat_seconds
    if ttl <= beat:
        return Finding(
            "problem",
            "settings",
            f"LEADER_LOCK_TTL_SECONDS ({ttl:g}) must be longer than LEADER_HEARTBEAT_SECONDS"
            f" ({beat:g}), or nobody keeps leadership; three times as long is usual.",
        )
    if settings.leader_backend == "redis" and settings.redis_url is None:
        return Finding("problem", "settings", "LEADER_BACKEND is redis: set REDIS_URL as well.")
    odd = [
        name.upper()
        for name in ("scheduler_disabled", "production_test_mode", "debug")
        if getattr(settings, name)
    ]
    if odd:
        return Finding("attention", "settings", f"{', '.join(odd)}: not meant for every day.")
    return Finding("ok", "settings", "nothing contradicts itself")


def check_disk(home: Path) -> Finding:
    """Room where the embedded database and secrets are."""
    folder = home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    words = f"{free / 1e9:,.1f} GB free at {home}"
    level = _level(-free, (-_FREE_BYTES[0], -_FREE_BYTES[1]))
    if level != "ok":
        words += ": make room, or move OBRADOR_HOME to a larger disk"
    elif not os.access(folder, os.W_OK):
        return Finding("problem", "disk", f"{folder} cannot be written to: change its owner")
    return Finding(level, "disk", words)


def _level(value: float, limits: tuple[float, float]) -> Level:
    if value > limits[1]:
        return "problem"
    return "attention" if value > limits[0] else "ok"


async def _check_database(settings: Settings) -> list[Finding]:
    try:
        url = await _url(settings)
    except Misconfigured as error:
        return [Finding("problem", "database", error.detail)]
    database = Database(url)
    try:
        return await _within(database, settings)
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        return [Finding("problem", "database", f"it does not answer: {reason}")]
    finally:
        await database.close()


async def _url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return await asyncio.to_thread(postgres.start, settings.obrador_home)


async def _within(database: Database, settings: Settings) -> list[Finding]:
    checks: list[InDatabase] = [check_version, check_clock, check_migrations]
    findings = []
    async with database.transaction() as session:
        for check in checks:
            findings.append(await check(session, settings))
        if findings[-1].level != "ok":
            return findings  # the tables are not all there yet
        for check in (check_engine, check_processes, check_outbox, check_failures, check_stock):
            findings.append(await check(session, settings))
    return findings


async def check_version(session: AsyncSession, _: Settings) -> Finding:
    """The server, and how old it is."""
    version = int(await session.scalar(text("select current_setting('server_version_num')")) or 0)
    if version // 10_000 < OLDEST_POSTGRES:
        words = f"PostgreSQL {version // 10_000} is too old: use {OLDEST_POSTGRES} or newer"
        return Finding("problem", "database", words)
    return Finding("ok", "database", f"PostgreSQL {version // 10_000} answers")


async def check_clock(session: AsyncSession, _: Settings) -> Finding:
    """The difference between this machine's clock and the database's."""
    before = system_clock()
    theirs = await session.scalar(text("select clock_timestamp()"))
    after = system_clock()
    if theirs is None:
        return Finding("problem", "clock", "the database does not tell the time")
    seconds = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    level = _level(seconds, _CLOCK_SECONDS)
    words = f"{seconds:,.1f} s apart from the database's"
    if level != "ok":
        words += ": have both machines set their clocks by NTP"
    return Finding(level, "clock", words)


async def check_migrations(session: AsyncSession, _: Settings) -> Finding:
    """Whether the tables are those that this program knows."""
    exists = await session.scalar(text("select to_regclass('alembic_version')"))
    current = (
        await session.scalar(text("select version_num from alembic_version")) if exists else ""
    )
    wanted = newest()
    if current == wanted:
        return Finding("ok", "tables", f"as of {wanted}")
    if current > wanted:
        words = f"as of {current}, newer than this program ({wanted}): install the newer Obrador"
        return Finding("problem", "tables", words)
    words = f"{f'as of {current}' if current else 'none yet'}: they are made at the next start"
    return Finding("attention", "tables", words)


async def check_engine(session: AsyncSession, _: Settings) -> Finding:
    """Whether the durable engine has its tables."""
    if await session.scalar(text("select to_regclass('dbos.workflow_status')")) is None:
        return Finding("attention", "engine", "no tables yet: they are made by obrador up")
    return Finding("ok", "engine", "its tables are there")


async def check_processes(session: AsyncSession, settings: Settings) -> Finding:
    """Whether somebody leads, and somebody plans."""
    state = await statistics.health(session, settings)
    if state.status == "healthy":
        words = f"a leader, {state.schedulers} schedulers, {state.workers} workers"
        return Finding("ok", "processes", words)
    if not state.schedulers and not state.workers:
        words = "nobody schedules or plans: start obrador up for mornings that run by themselves"
    elif not state.workers:
        words = "nobody plans: start obrador worker"
    elif not state.schedulers:
        words = "nobody schedules: start obrador scheduler"
    else:
        words = "nobody leads yet: within LEADER_LOCK_TTL_SECONDS somebody should"
    return Finding("attention", "processes", words)


async def check_outbox(session: AsyncSession, settings: Settings) -> Finding:
    """Whether events are delivered."""
    figures = await statistics.figures(session, settings)
    words = f"{figures.outbox_pending:,} events wait"
    level = _level(figures.outbox_oldest_seconds, _OUTBOX_SECONDS)
    if level != "ok":
        words += (
            f", the oldest for {figures.outbox_oldest_seconds:,.0f} s: obrador up delivers them;"
            " if it runs, see whether RABBITMQ_URL answers"
        )
    # Where nothing runs, nothing is delivered, and nothing is lost.
    return Finding("attention" if level == "problem" else level, "outbox", words)


async def check_failures(session: AsyncSession, _: Settings) -> Finding:
    """Executions of the last day that somebody should look at."""
    count = await session.scalar(
        text("""
            select count(*) from executions where due_at > now() - interval '1 day'
                and status in ('failed', 'partial_success', 'missed')
        """)
    )
    if count:
        words = f"{count} of the last day did not go well: obrador runs --failed"
        return Finding("attention", "executions", words)
    return Finding("ok", "executions", "none of the last day failed")


async def check_stock(session: AsyncSession, _: Settings) -> Finding:
    """Whether every lot holds the sum of its movements."""
    rows = await session.execute(
        text("""
            select l.tenant_id, l.id, count(*) over () as lots from stock_lots l
            left join (
                select tenant_id, lot_id, sum(quantity) as quantity
                from stock_movements group by tenant_id, lot_id
            ) m on m.tenant_id = l.tenant_id and m.lot_id = l.id
            where l.remaining <> coalesce(m.quantity, 0)
            order by l.tenant_id, l.id limit 1
        """)
    )
    found = rows.one_or_none()
    if found is None:
        return Finding("ok", "stock", "every lot holds the sum of its movements")
    words = (
        f"{found.lots} lots do not hold the sum of their movements, such as {found.id} of the"
        f" bakery {found.tenant_id}: somebody has written to the tables directly. Count these lots"
    )
    return Finding("problem", "stock", words)


def _silent(error: Exception, setting: str) -> str:
    """What to do about a service that does not answer."""
    why = str(error).rstrip(".")
    return f"it does not answer: {why}. Start it, or see whether {setting} is right"


async def check_redis(settings: Settings) -> Finding:
    """Whether Redis answers, where there is one."""
    if settings.redis_url is None:
        return Finding("ok", "Redis", "not used")
    redis: Redis = Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_timeout=_PATIENCE_SECONDS,
        socket_connect_timeout=_PATIENCE_SECONDS,
    )
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        return Finding("problem", "Redis", _silent(error, "REDIS_URL"))
    finally:
        await redis.aclose()
    return Finding("ok", "Redis", "it answers")


async def check_rabbitmq(settings: Settings) -> Finding:
    """Whether RabbitMQ answers, where there is one."""
    if settings.rabbitmq_url is None:
        return Finding("ok", "RabbitMQ", "not used")
    try:
        connection = await connect(
            settings.rabbitmq_url.get_secret_value(), timeout=_PATIENCE_SECONDS
        )
    except (AMQPError, OSError, TimeoutError) as error:
        return Finding("problem", "RabbitMQ", _silent(error, "RABBITMQ_URL"))
    await connection.close()
    return Finding("ok", "RabbitMQ", "it answers")


async def check_mail(settings: Settings) -> Finding:
    """Whether the mail server answers, and lets in, where there is one."""
    if settings.smtp_url is None:
        return Finding("ok", "mail", f"kept in {settings.obrador_home / 'outbox'}, for you to send")
    url = settings.smtp_url.get_secret_value()
    try:
        await SmtpMailer(url, settings.mail_from or "", timeout_seconds=_PATIENCE_SECONDS).greet()
    except MailFailed as error:
        return Finding("problem", "mail", _silent(error, "SMTP_URL"))
    return Finding("ok", "mail", "the server answers")
