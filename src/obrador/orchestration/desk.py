"""Plans what other installations send: one problem after the other, each within a time limit."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import msgspec
import structlog

from obrador.kit.budget import OverBudget, Watch
from obrador.kit.errors import Fault, Invalid, ObradorError, Unavailable
from obrador.kit.ids import new_id
from obrador.kit.wire import decode, encode

P = TypeVar("P")

log = structlog.get_logger()


class Desk:
    """Where problems come in as JSON and plans go out. Starts a thread with the first one."""

    def __init__(self, seconds: float) -> None:
        """
        Args:
            seconds: that a plan may take.
        """
        self._seconds = seconds
        self._one_at_a_time = asyncio.Lock()
        self._watch: Watch | None = None

    async def plan(
        self, name: str, content: bytes, kind: type[P], planned: Callable[[P], object]
    ) -> bytes:
        """What is planned of a problem of this kind, both as JSON.

        Raises:
            Invalid: it is no such problem, or none that can be planned; says why.
            Unavailable: it takes longer than it may.
        """
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._within, name, content, kind, planned)

    def close(self) -> None:
        """End the thread."""
        if self._watch is not None:
            self._watch.close()

    def _within(
        self, name: str, content: bytes, kind: type[P], planned: Callable[[P], object]
    ) -> bytes:
        self._watch = self._watch or Watch()
        try:
            with self._watch.budget(new_id(), name, self._seconds):
                return encode(planned(decode(content, kind)))
        except ObradorError:
            raise
        except msgspec.DecodeError as error:
            what, _, where = str(error).partition(" - at ")
            where = where.strip("`").removeprefix("$").lstrip(".") or "body"
            raise Invalid("See `errors` for the field to mend.", [Fault(where, what)]) from error
        except OverBudget as error:
            raise Unavailable(
                "Planning this took longer than {seconds:g} seconds and was stopped.",
                seconds=self._seconds,
            ) from error
        # Whatever a problem brings about that does not hang together is for its sender to mend.
        except Exception as error:
            log.warning("not_planned", context=name, error=repr(error))
            raise Invalid(
                "This cannot be planned: {error!r}. Mend what was sent.", error=error
            ) from error
