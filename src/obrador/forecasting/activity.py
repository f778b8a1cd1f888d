"""What has been trained lately, and what is to be."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.forecasting import jobs
from obrador.forecasting.jobs import TrainingJobs
from obrador.forecasting.training_schemas import TrainingJobOutput
from obrador.kit.pagination import PageRequest

LOOK_BACK_DAYS = 90
"""Over which trainings are counted that succeeded or failed."""
_WEEK = timedelta(days=7)
_SHOWN = PageRequest(limit=6)


@dataclass(frozen=True, slots=True)
class TrainingActivity:
    """A bakery's trainings."""

    this_week: int
    """Completed in the last seven days."""
    completed: int
    """In the last `LOOK_BACK_DAYS`, as `failed`."""
    failed: int
    pending: TrainingJobOutput | None
    """Asked for or under way."""
    last: tuple[TrainingJobOutput, ...]
    """Those that have ended, newest first."""

    @property
    def success(self) -> float | None:
        """Share that was completed; None: none has ended."""
        ended = self.completed + self.failed
        return self.completed / ended if ended else None


async def training_activity(
    session: AsyncSession, tenant: TenantId, now: datetime
) -> TrainingActivity:
    """The trainings of the last weeks. Two queries."""
    counts = await jobs.count_ended(
        session, tenant, now - _WEEK, now - timedelta(days=LOOK_BACK_DAYS)
    )
    found = await TrainingJobs(session, tenant).newest(_SHOWN)
    shown = [TrainingJobOutput.of(row) for row in found.rows]
    return TrainingActivity(
        counts.this_week,
        counts.completed,
        counts.failed,
        next((each for each in shown if each.status in jobs.OPEN), None),
        tuple(each for each in shown if each.status not in jobs.OPEN),
    )
