"""Walks through the whole API for as long as it is told, other ways each time.

    python -m tests.e2e.schemathesis_long [SECONDS]

Prints how many requests were made, how they were answered, and everything that was found wrong.
"""

import itertools
import logging
import sys
import time

import structlog

from obrador.kit import postgres
from obrador.kit.workflow import Engine
from obrador.migrations.apply import migrate
from tests.conftest import new_database
from tests.e2e.one_of_everything import SETTINGS, found, furnish
from tests.e2e.walking import Walks, walk
from tests.fixtures.homes import temporary_home
from tests.fixtures.served import Served, served


def main() -> int:
    """The number of kinds of failures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
    failures: dict[str, int] = {}
    walks, seeds = Walks(), itertools.count(time.time_ns())
    with temporary_home() as home:
        for url in new_database(postgres.start(home, durable=False)):
            with served(url, SETTINGS) as running:
                running.run(_prepare(running))
                ends = time.monotonic() + seconds
                while time.monotonic() < ends:
                    try:
                        walk(running.url, walks, only=None, seeds=[next(seeds)], steps=25)
                    except Exception as error:
                        told = _told(error)
                        failures[told] = failures.get(told, 0) + 1
                    running.run(furnish(running.database))
                    _say(f"{walks.total} requests, {len(failures)} kinds of failures")
    _say(f"Requests: {walks.total}, of {len(walks.calls)} operations.")
    _say(f"Answers: {dict(sorted(walks.statuses.items()))}")
    for told, times in failures.items():
        _say(f"\n--- {times} times:\n{told}")
    return len(failures)


async def _prepare(running: Served) -> None:
    await migrate(running.database)
    engine = Engine(running.database.url)
    await engine.migrate()
    engine.close()
    await found(running.database)
    await furnish(running.database)


def _told(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "\n".join(_told(each) for each in error.exceptions)
    return f"{type(error).__name__}: {error}"[:3_000]


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main() and 1)
