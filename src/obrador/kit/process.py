"""How a process, and what runs in it, ends."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any


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


async def run_until(
    stop: asyncio.Event, in_hand: asyncio.Lock, *work: Coroutine[Any, Any, None]
) -> None:
    """Run endless work until `stop` is set. Work holds `in_hand` while it does what it ought to
    finish; only outside of that is it cancelled.

    Raises:
        Exception: one of them failed; the others are cancelled.
    """
    tasks = [asyncio.ensure_future(one) for one in work]
    told = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([*tasks, told], return_when=asyncio.FIRST_COMPLETED)
        async with in_hand:
            _cancel(*tasks)
    finally:
        _cancel(*tasks, told)
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for failure in ends:
        if isinstance(failure, Exception):
            raise failure


def _cancel(*tasks: "asyncio.Future[Any]") -> None:
    for task in tasks:
        task.cancel()
