"""Connections that are lost, and processes that are frozen while they hold something."""

import asyncio

import psycopg
import pytest
from dbos._utils import retriable_postgres_exception
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from obrador.catalogue.models import Product
from obrador.kit.db import Database, copy_rows, table_of
from obrador.kit.ids import new_id
from obrador.kit.leadership import Leadership, PostgresLock, fence
from obrador.kit.workflow import _connections


async def test_a_session_that_was_silent_for_too_long_is_lost(database: Database) -> None:
    async def say_nothing() -> None:
        async with database.transaction() as session:
            await session.execute(text("set local idle_in_transaction_session_timeout = '50ms'"))
            await asyncio.sleep(0.2)
            await session.execute(text("select 1"))

    with pytest.raises(OperationalError):
        await say_nothing()


async def test_a_connection_lost_in_copy_is_lost(database: Database) -> None:
    async def copy_into_nothing() -> None:
        async with database.transaction() as session:
            pid = await session.scalar(text("select pg_backend_pid()"))
            async with database.transaction() as other:
                await other.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            await copy_rows(session, table_of(Product), ["tenant_id"], [[new_id()]])

    with pytest.raises(OperationalError):
        await copy_into_nothing()


async def test_a_leader_frozen_in_a_transaction_is_overtaken(own_database: Database) -> None:
    def leadership() -> Leadership:
        return Leadership(
            PostgresLock(own_database), own_database, new_id(), ttl=0.3, heartbeat=0.1
        )

    async def freeze() -> None:
        async with own_database.transaction() as session:
            await fence(session, old.token, ttl=0.3)
            async with asyncio.timeout(3):
                while not new.is_leader:
                    await new.strive()
                    await asyncio.sleep(0.05)
            await session.execute(text("select 1"))

    old, new = leadership(), leadership()
    await old.strive()
    with pytest.raises(OperationalError):
        await freeze()
    assert new.token == old.token + 1


def test_the_engine_waits_for_a_server_that_is_not_there() -> None:
    """DBOS gives a workflow up over an error that it does not take for a loss."""
    connections = _connections("postgresql+psycopg://postgres@/postgres?host=/nowhere")
    with pytest.raises(DBAPIError) as failed:
        connections.connect()
    assert isinstance(failed.value.orig, psycopg.OperationalError)
    assert retriable_postgres_exception(failed.value)
    connections.dispose()
