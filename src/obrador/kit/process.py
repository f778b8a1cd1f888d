"""How a process ends."""

import signal
import sys


def exit_on_signals() -> None:
    """Let SIGTERM and SIGHUP end the program as its own end would: by their default they skip
    what is due at exit, such as stopping the embedded database. Call it in the main thread."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, lambda number, _: sys.exit(128 + number))
