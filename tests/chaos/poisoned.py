"""Planning that does harm for chosen bakeries: never ends, never comes back, kills its process."""

import collections
import faulthandler
import itertools
import os
import signal
from collections.abc import Callable, Mapping
from uuid import UUID

from obrador.kit.budget import Hand
from obrador.orchestration import worker
from obrador.orchestration.run_state import RunState
from obrador.orchestration.stages.planning import Production
from obrador.settings import Settings

VARIABLE = "CHAOS_POISON"
"""Of the environment: harm=bakery, separated by commas."""


def work(url: str, settings: Settings, hand: Hand) -> None:
    """As `worker.work`, with harm done to the bakeries of the environment."""
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    harms = {
        UUID(tenant): HARMS[harm]
        for harm, _, tenant in (
            each.partition("=") for each in os.environ.get(VARIABLE, "").split(",") if each
        )
    }
    worker.work(url, settings, hand, {"production": _Harmful(harms)})


class _Harmful(Production):
    def __init__(self, harms: Mapping[UUID, Callable[[], None]]) -> None:
        self._harms = harms

    def plan(self, run: RunState) -> None:
        if harm := self._harms.get(run.tenant):
            harm()
        super().plan(run)


def _never_ends() -> None:
    while True:
        pass


def _never_comes_back() -> None:
    """In C, holding Python's lock: no other thread of the process moves any more."""
    collections.deque(itertools.repeat(None), maxlen=0)


def _kills() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


HARMS: Mapping[str, Callable[[], None]] = {
    "loop": _never_ends,
    "hang": _never_comes_back,
    "crash": _kills,
}
