"""The leader looks at the floors of all bakeries."""

from datetime import timedelta

from sqlalchemy import func, select, update

from obrador.alerts.models import AlertRow
from obrador.kit.ids import new_id
from obrador.kit.leadership import Leadership, NoLock
from obrador.orchestration.scheduler import Scheduler
from obrador.orchestration.service import run_mornings
from obrador.orchestration.stages import undo_all
from obrador.production.models import Batch, Schedule
from tests.fixtures.installation import NOW, Installation


async def _leader(installation: Installation) -> Scheduler:
    leadership = Leadership(NoLock(), installation.database, new_id(), ttl=86_400, heartbeat=1)
    await leadership.strive()
    return Scheduler(
        installation.database,
        installation.engine,
        installation.settings,
        lambda: NOW,
        new_id(),
        leadership,
        undo_all(lambda: NOW),
    )


async def test_the_leader_raises_what_is_late_and_resolves_what_is_not(
    installation: Installation,
) -> None:
    async with installation.database.transaction() as session:
        await run_mornings(session, [installation.bakery], NOW)
        await session.execute(update(Schedule).values(status="approved"))
        first = await session.scalar(select(func.min(Batch.starts_at)))
    assert first is not None
    late = select(AlertRow.status).where(AlertRow.kind == "batch_delayed")
    leader = await _leader(installation)

    for minutes in (16, 17):
        await leader.watch_floors(first + timedelta(minutes=minutes))
    async with installation.database.transaction() as session:
        assert (await session.scalars(late)).all() == ["open"]
        await session.execute(update(Batch).values(status="cancelled"))

    await leader.watch_floors(first + timedelta(minutes=18))
    async with installation.database.transaction() as session:
        assert (await session.scalars(late)).all() == ["resolved"]
