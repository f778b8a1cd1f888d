"""What a step of a workflow does, for many bakeries at once."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.db import Database
from obrador.orchestration.parts import SNAPSHOT_HOURS
from obrador.orchestration.records import Written
from obrador.orchestration.run_state import RunKey, RunState


class Stage:
    """Reads for all bakeries in a constant number of queries, plans each in memory, writes for all
    with bulk statements. Steps of a workflow name it.

    `read` and `write` each happen in one transaction, the latter together with the record that the
    step is done; a stage that is repeated, wholly or in part, changes nothing that is done.
    """

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    """Parts of the snapshot without which there is nothing to be done."""
    is_remote = False
    """Some of it is to be had elsewhere: `fetch` does something."""

    async def read(self, session: AsyncSession, runs: Sequence[RunState]) -> None:
        """Put into the runs' state what `plan` and `write` need."""

    def skip(self, run: RunState) -> str | None:
        """Why there is nothing to be done for a bakery; None: there is."""
        lacking = run.snapshot.lacking if run.snapshot else ()
        if needed := [part for part in self.needs if part in lacking]:
            return (
                f"Left out: {' and '.join(needed)} could not be fetched, and no snapshot of the"
                f" last {SNAPSHOT_HOURS} hours has them. Retry the run once the service answers."
            )
        return None

    async def fetch(self, run: RunState) -> None:
        """Get from other services, for one bakery, what `plan` would compute here, or needs.

        Outside of a transaction, for many bakeries at once.

        Raises:
            ServiceAway: it cannot be had.
            ObradorError: its data does not allow it.
        """

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

    def after(self, runs: Sequence[RunState]) -> None:
        """Tell metrics of what has been stored."""

    async def fall_back(
        self, session: AsyncSession, runs: Sequence[RunState]
    ) -> Mapping[TenantId, str]:
        """Make do with less once planning has failed for good: put substitutes into the runs'
        state, and say of each in a sentence what it is. Left out: those that have none."""
        return {}

    async def undo(self, session: AsyncSession, keys: Sequence[RunKey]) -> int:
        """Take back what the stage has created for these runs; returns for how many it did."""
        return 0


class PlatformStage:
    """A step that concerns the whole platform rather than bakeries."""

    name: ClassVar[str]

    async def run(self, database: Database) -> Written:
        """Do it, in as many transactions as are good. Repeating it changes nothing."""
        raise NotImplementedError
