"""Time limits for code that computes, in this thread's process or from the one above it.

Code in Python that never ends gets `OverBudget` raised in its midst. Code that never comes back
to Python at all cannot be reached that way: it is seen by whoever watches the same `Hand` from
another process, which can only end this one.
"""

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import SpawnContext
from typing import Any
from uuid import UUID

_CHECK_SECONDS = 0.1
_ARRIVAL_SECONDS = 0.05


class OverBudget(Exception):
    """It took longer than it may."""


class _Held(ctypes.Structure):
    _fields_ = (
        ("deadline", ctypes.c_double),
        ("run", ctypes.c_ubyte * 16),
        ("label", ctypes.c_char * 40),
        ("shown", ctypes.c_ulong),
    )


@dataclass(frozen=True, slots=True)
class Held:
    """What a process is computing."""

    run: UUID
    label: str
    deadline: float
    """On the machine's monotonic clock, in seconds."""

    def is_over(self, grace: float) -> bool:
        """Whether it has taken longer than it may, and so many seconds more."""
        return time.monotonic() > self.deadline + grace


class Hand:
    """What a process is computing just now, seen from the process that started it as well."""

    def __init__(self, context: SpawnContext) -> None:
        # Fields of a ctypes structure are known at run time only.
        self._shared: Any = context.Value(_Held)

    def take(self, run: UUID, label: str, seconds: float) -> None:
        """Say what is computed from now on, and for how long at most."""
        with self._shared.get_lock():
            held = self._shared.get_obj()
            held.run[:] = run.bytes
            held.label = label.encode()[:40]
            held.deadline = time.monotonic() + seconds

    def drop(self) -> None:
        """Say that nothing is."""
        with self._shared.get_lock():
            self._shared.get_obj().deadline = 0.0

    def show(self) -> None:
        """Say that this process moves: one that computes in C, and never comes back, cannot."""
        self._shared.get_obj().shown += 1

    @property
    def shown(self) -> int:
        """How often it has said so."""
        return int(self._shared.get_obj().shown)

    def held(self) -> Held | None:
        """What is computed, if anything is."""
        # A process that was killed may have died with the lock.
        if not self._shared.get_lock().acquire(timeout=1):
            return None
        try:
            held = self._shared.get_obj()
            if not held.deadline:
                return None
            return Held(UUID(bytes=bytes(held.run)), held.label.decode(), held.deadline)
        finally:
            self._shared.get_lock().release()


class Watch:
    """Interrupts what one thread computes when its time is up. Runs a thread of its own."""

    def __init__(self, hand: Hand | None = None) -> None:
        self._hand = hand
        self._lock = threading.Lock()
        self._deadline: float | None = None
        self._thread = 0
        self._is_interrupted = False
        self._stop = threading.Event()
        threading.Thread(target=self._watch, name="budget", daemon=True).start()

    @contextmanager
    def budget(self, run: UUID, label: str, seconds: float) -> Iterator[None]:
        """Let the block take so many seconds.

        Raises:
            OverBudget: it took longer.
        """
        if self._hand:
            self._hand.take(run, label, seconds)
        with self._lock:
            self._thread = threading.get_ident()
            self._deadline = time.monotonic() + seconds
            self._is_interrupted = False
        has_arrived = False
        try:
            yield
        except OverBudget:
            has_arrived = True
            raise
        finally:
            self._end(has_arrived)

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()

    def _end(self, has_arrived: bool) -> None:
        """The block is over: an interruption that is on its way has to arrive here, not later."""
        try:
            with self._lock:
                self._deadline = None
                is_coming = self._is_interrupted and not has_arrived
            if is_coming:
                time.sleep(_ARRIVAL_SECONDS)
        finally:
            if self._hand:
                self._hand.drop()

    def _watch(self) -> None:
        while not self._stop.wait(_CHECK_SECONDS):
            with self._lock:
                if self._deadline is not None and time.monotonic() > self._deadline:
                    self._deadline, self._is_interrupted = None, True
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(self._thread), ctypes.py_object(OverBudget)
                    )
