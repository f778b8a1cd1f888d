"""`obrador events`, each command a process of its own."""

import json
import os
import subprocess

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.kit.consumers import Consumer
from obrador.kit.db import Database
from obrador.kit.envelope import PublishedEvent
from obrador.kit.ids import new_id
from obrador.kit.in_process import InProcess
from obrador.kit.outbox import publish_all
from obrador.kit.relay import Relay
from obrador.sales.events import SalesImported
from tests.fixtures.commands import command


def obrador(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    terminal = {"COLUMNS": "120", "NO_COLOR": "1", "RABBITMQ_URL": ""}
    environment = {**os.environ, "DATABASE_URL": url, **terminal}
    return command("events", *arguments, environment=environment)


@pytest.fixture
async def dead(own_database: Database) -> Database:
    """A database in which an event was published, and is dead for one consumer."""

    async def fail(_: AsyncSession, __: PublishedEvent) -> None:
        raise ValueError("no flour [at all]")

    async with own_database.transaction() as session:
        await publish_all(session, [SalesImported(new_id(), "2026-03-01", "2026-03-02", 1, 0)])
    consumer = Consumer("miller", ("sales.*",), fail, attempts=1)
    await Relay(own_database, InProcess(own_database, [consumer])).publish_batch()
    return own_database


def test_the_catalogue_is_printed() -> None:
    whole, short = obrador("", "catalogue"), obrador("", "catalogue", "--list")

    assert "sales.imported" in json.loads(whole.stdout)["channels"]
    assert "sales.imported  Sales of these days came in or changed." in short.stdout


async def test_dead_events_are_listed_and_sent_again(dead: Database) -> None:
    listed = obrador(dead.url, "dead")
    replayed = obrador(dead.url, "replay", "--dead")
    after = obrador(dead.url, "dead")

    assert "miller: sales.imported" in listed.stdout
    assert "ValueError: no flour [at all]" in listed.stdout
    assert "1 event is sent again" in replayed.stdout
    assert "Every event was handled" in after.stdout


async def test_events_of_a_time_are_sent_again(dead: Database) -> None:
    other = obrador(dead.url, "replay", "--since", "2020-01-01", "--key", "production.*")
    early = obrador(dead.url, "replay", "--since", "2020-01-01", "--until", "2020-01-02T05:00")
    all_of_them = obrador(dead.url, "replay", "--since", "2020-01-01", "--key", "sales.*")

    assert other.stdout == early.stdout == "0 events are sent again.\n"
    assert all_of_them.stdout == "1 event is sent again.\n"
    async with dead.transaction() as session:
        waiting = text("select count(*) from outbox_events where published_at is null")
        assert await session.scalar(waiting) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["replay"], "Say either --dead or --since"),
        (["replay", "--dead", "--since", "2020-01-01"], "Say either --dead or --since"),
        (["dead", "--consumer", "nobody"], "No consumer of events is called 'nobody'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    database_url: str, arguments: list[str], words: str
) -> None:
    done = obrador(database_url, *arguments)

    assert done.returncode == 1
    assert words in done.stderr
