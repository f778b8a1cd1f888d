"""A worker or a scheduler as a process: `python -m tests.chaos.role worker`."""

import asyncio
import faulthandler
import signal
import sys

from obrador.observability.logs import configure_logs
from obrador.orchestration.worker import Workers
from obrador.roles import Parts, run_roles, scheduler
from obrador.settings import load_settings
from tests.chaos import poisoned


async def worker(own: Parts, stop: asyncio.Event) -> None:
    """As `roles.worker`, with bakeries that do harm, if there are any."""
    await Workers(own.database, own.engine, own.settings, poisoned.work).run(stop)


def main() -> None:
    """Run until told to end."""
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    settings = load_settings()
    configure_logs(settings)
    asyncio.run(run_roles(settings, {"worker": worker, "scheduler": scheduler}[sys.argv[1]]))


if __name__ == "__main__":
    main()
