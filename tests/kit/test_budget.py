"""What computes too long is stopped, and nothing else is."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.context import SpawnContext

import pytest

from obrador.kit.budget import Hand, OverBudget, Watch
from obrador.kit.ids import new_id

SPAWN: SpawnContext = multiprocessing.get_context("spawn")


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    yield watch
    watch.close()


def _spin(seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_what_never_ends_is_interrupted(watch: Watch) -> None:
    began = time.monotonic()

    with pytest.raises(OverBudget), watch.budget(new_id(), "production", 0.1):
        _spin()

    assert time.monotonic() - began < 30


def test_what_comes_next_is_left_alone(watch: Watch) -> None:
    for _ in range(20):
        with pytest.raises(OverBudget), watch.budget(new_id(), "production", 0.01):
            _spin()
        with watch.budget(new_id(), "production", 60):
            _spin(0.02)


def test_what_ends_just_in_time_interrupts_nothing_later(watch: Watch) -> None:
    for _ in range(30):
        with suppress(OverBudget), watch.budget(new_id(), "production", 0.05):
            _spin(0.05)
        _spin(0.02)  # an interruption that comes here fails the test


def test_an_error_of_its_own_passes(watch: Watch) -> None:
    with pytest.raises(ZeroDivisionError), watch.budget(new_id(), "production", 60):
        _ = 1 / 0


def _hold(hand: Hand, run: bytes) -> None:
    from uuid import UUID

    hand.take(UUID(bytes=run), "procurement", 1000)


def test_another_process_sees_what_is_held() -> None:
    hand, run = Hand(SPAWN), new_id()
    process = SPAWN.Process(target=_hold, args=(hand, run.bytes))
    process.start()
    process.join()

    held = hand.held()
    assert held is not None
    assert (held.run, held.label) == (run, "procurement")
    hand.drop()
    assert hand.held() is None
