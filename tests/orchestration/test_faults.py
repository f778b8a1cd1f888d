"""What keeps one process's end, or one bakery's plan, from doing harm to others."""

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from obrador.kit.ids import new_id
from obrador.orchestration import instances
from obrador.orchestration.chunks import LOST, ChunkDriver
from obrador.orchestration.definitions import MORNING
from obrador.orchestration.instances import Hearing, TakenForDead
from obrador.orchestration.models import Execution, Instance, Run
from obrador.orchestration.worker import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    LOOK_SECONDS,
    Silence,
    next_pause,
)
from tests.fixtures.installation import Installation

NOW = datetime(2026, 3, 10, 4, 30, tzinfo=UTC)
BEAT, DEAD = 5.0, 15.0
HANGS = """
import multiprocessing, os, sys, time
from obrador.orchestration.worker import _end_with_parent

def hang():
    import collections, itertools
    _end_with_parent()
    print(os.getpid(), flush=True)
    collections.deque(itertools.repeat(None), maxlen=0)

if __name__ == "__main__":
    multiprocessing.get_context("spawn").Process(target=hang).start()
    time.sleep(60)
"""


def _after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_only_who_has_listened_long_enough_may_judge() -> None:
    hearing = Hearing()
    assert not hearing.may_judge(NOW, DEAD)
    for second in range(15):
        hearing.heard(_after(second), BEAT)
        assert not hearing.may_judge(_after(second), DEAD)
    assert hearing.may_judge(_after(15), DEAD)


@given(pause=st.floats(BEAT + 0.1, 1e6), listened=st.integers(0, 100))
def test_who_was_away_has_to_listen_again(pause: float, listened: int) -> None:
    hearing = Hearing()
    for second in range(listened + 1):
        hearing.heard(_after(second), BEAT)
    back = listened + pause
    assert not hearing.may_judge(_after(back), DEAD)
    hearing.heard(_after(back), BEAT)
    assert not hearing.may_judge(_after(back + BEAT), DEAD)


async def test_a_scheduler_comes_back_from_the_dead_but_a_worker_does_not(
    installation: Installation,
) -> None:
    instance = new_id()
    async with installation.database.transaction() as session:
        await instances.join(session, instance, "scheduler")
        await session.execute(update(Instance).values(status="dead"))
        assert not await instances.beat(session, instance)
        with pytest.raises(TakenForDead):
            await instances.prove_alive(session, instance)
        assert await instances.beat(session, instance, may_return=True)
        await instances.prove_alive(session, instance)


async def test_a_run_whose_steps_were_lost_goes_on_alone(installation: Installation) -> None:
    asked = await installation.trigger(MORNING)
    await ChunkDriver(installation.tools())._close((asked.execution_id, 0), 5)
    async with installation.database.transaction() as session:
        run = (await session.scalars(select(Run))).one()
        assert (run.status, run.chunk, run.attempt, run.error) == ("pending", None, 1, LOST)
        assert await session.scalar(select(Execution.status)) == "running"
        waiting = text("select count(*) from dbos.workflow_status where queue_name = 'alone'")
        assert await session.scalar(waiting) == 1


def test_processes_that_keep_ending_are_replaced_ever_more_slowly() -> None:
    pause, pauses = next_pause(FIRST_PAUSE_SECONDS, 3600), []
    for _ in range(10):
        pause = next_pause(pause, 0.1)
        pauses.append(pause)
    assert pauses == sorted(pauses)
    assert pauses[0] > FIRST_PAUSE_SECONDS
    assert pauses[-1] == LONGEST_PAUSE_SECONDS


def test_silence_is_counted_in_looks() -> None:
    silence = Silence(3 * LOOK_SECONDS)
    assert not any(silence.is_over(0) for _ in range(100)), "it is still starting"
    assert [silence.is_over(1) for _ in range(5)] == [False, False, False, False, True]
    assert not silence.is_over(2)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is only ended by its watcher")
def test_a_process_that_hangs_in_c_does_not_outlive_its_watcher(tmp_path: Path) -> None:
    script = tmp_path / "hangs.py"
    script.write_text(HANGS)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout is not None
        hanging = psutil.Process(int(watcher.stdout.readline()))
        watcher.send_signal(signal.SIGKILL)
        watcher.wait()
        deadline = time.monotonic() + 5
        while hanging.is_running() and hanging.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.05)
