"""How processes treat their memory: while they load, and when they compute for long."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""As in glibc's malloc.h."""
_KEPT_BYTES = 64 * 2**20
_LARGE_BYTES = 32 * 2**20
"""What is larger is asked of the system by itself, and given back as soon as it is free."""


@contextmanager
def loading() -> Iterator[None]:
    """Look for no garbage while modules are imported: all that they make stays, and looking through
    it again and again takes a quarter of a command's start. Nor is it looked through later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def settle() -> None:
    """Set up a process that plans chunk after chunk. Call it once everything is loaded.

    A chunk in hand is some hundred thousand objects, none of them garbage; to look through them
    again and again would take longer than planning.
    """
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    keep_heap()


def keep_heap() -> None:
    """Keep some freed memory rather than give it back to the system at once.

    Arrays of a few hundred kB come and go a hundred times for each forecast. By glibc's defaults
    each was new memory, and having that cleared took as long as half of the arithmetic. Other C
    libraries are left as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
