"""How a process ends."""

import asyncio
import signal
import sys
from contextlib import suppress


def exit_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the program as its own end would: by their default they skip
    what is due at exit, such as stopping the embedded database. Call it in the main thread."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda number, _: sys.exit(128 + number))


async def pass_by(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until told to stop."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
