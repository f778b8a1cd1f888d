"""What a step of a workflow does, for many bakeries at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.db import Database
from obrador.orchestration.run_state import RunKey, RunState


@dataclass(frozen=True, slots=True)
class Written:
    """What a stage wrote for one bakery."""

    rows: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    """What the run records: forecasts, batches, plans, orders, ..."""


class Stage:
    """Reads for all bakeries in a constant number of queries, plans each in memory, writes for all
    with bulk statements. Steps of a workflow name it.

    `read` and `write` each happen in one transaction, the latter together with the record that the
    step is done; a stage that is repeated, wholly or in part, changes nothing that is done.
    """

    name: ClassVar[str]

    async def read(self, session: AsyncSession, runs: Sequence[RunState]) -> None:
        """Put into the runs' state what `plan` and `write` need."""

    def plan(self, run: RunState) -> None:
        """Compute, for one bakery, without a database or a clock.

        Raises:
            ObradorError: its data does not allow it; says what to mend.
        """

    async def write(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, Written]:
        """Store what was planned, or do the whole work where nothing is to be computed."""
        return {}

    async def fall_back(self, session: AsyncSession, run: RunState) -> str | None:
        """Make do with less once planning has failed for good: put a substitute into the run's
        state, and say in a sentence what it is. None: there is none."""
        return None

    async def undo(self, session: AsyncSession, keys: Sequence[RunKey]) -> int:
        """Take back what the stage has created for these runs; returns for how many it did."""
        return 0


class PlatformStage:
    """A step that concerns the whole platform rather than bakeries."""

    name: ClassVar[str]

    async def run(self, database: Database) -> Written:
        """Do it, in as many transactions as are good. Repeating it changes nothing."""
        raise NotImplementedError
