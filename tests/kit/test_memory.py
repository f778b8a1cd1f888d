"""A process that plans does not ask the system for the same memory again and again."""

import platform
import subprocess
import sys

import pytest

_FAULTS = """
import resource, sys
import numpy as np
from obrador.kit.memory import keep_heap

def use():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    held = [np.ones(30_000 + number) for number in range(100)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1] == "keep":
    keep_heap()
use()
print(use())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told")
def test_freed_memory_is_kept_for_the_next_arrays() -> None:
    assert _faults("keep") * 10 < _faults("as usual")


def _faults(how: str) -> int:
    """Pages that the system had to find for arrays of 24 MB in all, made a second time."""
    told = subprocess.run(
        [sys.executable, "-c", _FAULTS, how], capture_output=True, text=True, check=True
    )
    return int(told.stdout)
