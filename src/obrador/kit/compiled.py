"""Inner loops as machine code: numba, with types and a cache that knows its sources (ADR 18).

Compiled functions live in packages called `kernels`. What is compiled is kept in a folder named by
the digest of all their sources, since numba itself looks at the file of the outermost function only
and would go on using what that file called before a change.
"""

from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from os import W_OK, access
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from platformdirs import user_cache_path

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).parents[1]
# `_nrt` off: these functions allocate nothing, and counting references to the arrays that they only
# look at takes longer than what they do with them.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False, "no_cfunc_wrapper": True}


@cache
def folder() -> Path:
    """Where compiled kernels of these sources are kept: with the package, or else with the user."""
    digest = sha256(b"".join(path.read_bytes() for path in _sources())).hexdigest()[:16]
    beside = _PACKAGE / "__pycache__"
    home = beside if access(beside if beside.exists() else _PACKAGE, W_OK) else None
    return (home or user_cache_path("obrador")) / f"kernels-{digest}"


def entry(function: Callable[P, R]) -> Callable[P, R]:
    """Compiled at the first call, or loaded from the cache; to be called from Python."""
    from numba import config

    config.CACHE_DIR = str(folder())
    return _made(function, cache=True, nogil=True)


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Called by other kernels only."""
    return _made(function, no_cpython_wrapper=True)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Becomes part of the kernels that call it: for what is tiny, or called in one place."""
    return _made(function, no_cpython_wrapper=True, inline="always")


def _made(function: Callable[P, R], **options: Any) -> Callable[P, R]:
    from numba import njit  # late: only processes that plan have need of it

    made: Callable[P, R] = njit(**_OPTIONS, **options)(function)
    return made


def _sources() -> Iterator[Path]:
    yield from sorted([Path(__file__), *_PACKAGE.glob("*/kernels/*.py")])
