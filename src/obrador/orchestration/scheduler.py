"""What the leader does, again and again: fire what is due, take over from the dead, end what takes
too long, drive on what has got stuck.

Each is one transaction that proves, by the fencing token, that this process still leads.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts import service as alerts
from obrador.authz import operator
from obrador.kit.clock import Clock, business_date
from obrador.kit.db import Database
from obrador.kit.leadership import Leadership, LostLeadership, fence
from obrador.kit.process import pass_by
from obrador.kit.workflow import Engine
from obrador.orchestration import due, endings, instances, stuck
from obrador.orchestration.definitions import MORNING, RETRAINING
from obrador.orchestration.dispatch import Due, Priority, execution_id, fire, miss, order_of
from obrador.orchestration.instances import Hearing
from obrador.orchestration.models import Workflow
from obrador.orchestration.schedule import Calendar, Firing, firings
from obrador.settings import Settings

TICK_SECONDS = 1.0
SWEEP_SECONDS = 15.0
WATCH_SECONDS = 60.0
"""How often floors are looked at."""
_WATCHED_AT_ONCE = 1_000
_LOOK_AHEAD = timedelta(minutes=5)
"""New bakeries and changed workflows are noticed after that at the latest."""
_PLATFORM = Calendar("UTC", "", None)
_TEST_CRON = "*/30 * * * *"

log = structlog.get_logger()


@dataclass(frozen=True)
class Scheduler:
    """Schedules for all bakeries, as long as this process leads."""

    database: Database
    engine: Engine
    settings: Settings
    clock: Clock
    instance: UUID
    leadership: Leadership
    undo: endings.Undo
    hearing: Hearing = field(default_factory=Hearing)

    async def run(self, stop: asyncio.Event) -> None:
        """Tick until told to stop."""
        quiet_until: datetime | None = None
        swept = watched = float("-inf")
        while not stop.is_set():
            now, seconds = self.clock(), asyncio.get_running_loop().time()
            try:
                if not self.leadership.is_leader:
                    quiet_until = None
                else:
                    if quiet_until is None or now >= quiet_until:
                        quiet_until = await self.fire_due(now)
                    await self.fire_triggers(now)
                    await self.take_over()
                    if seconds - swept >= SWEEP_SECONDS:
                        await self.end_overdue(now)
                        await self.drive_on()
                        swept = seconds
                    if seconds - watched >= WATCH_SECONDS:
                        await self.watch_floors(now)
                        watched = seconds
            except LostLeadership as error:
                log.warning("leadership_lost", reason=error.detail)
            except (OperationalError, InterfaceError) as error:
                log.warning("database_away", error=str(error))
            await pass_by(stop, TICK_SECONDS)

    async def fire_due(self, now: datetime) -> datetime:
        """Fire every workflow for every calendar that is due; returns until when nothing is.

        What is older than the workflow's grace is recorded as missed instead, for somebody to run
        by hand.
        """
        if self.settings.scheduler_disabled:
            return now + _LOOK_AHEAD
        async with self._leading() as session:
            calendars = await due.calendars(session)
            next_due = now + _LOOK_AHEAD
            for workflow in await due.enabled_workflows(session):
                for moment, days in self._moments(workflow, calendars, now).items():
                    if not await self._fire(session, workflow, moment, days, now):
                        await self._miss(session, workflow, moment, days, now)
                await session.execute(
                    update(Workflow).where(Workflow.id == workflow.id).values(fired_until=now)
                )
                next_due = min([next_due, *self._next(workflow, calendars, now)])
        return next_due

    async def fire_triggers(self, now: datetime) -> None:
        """Fire what events have asked for."""
        if self.settings.scheduler_disabled:
            return
        async with self._leading() as session:
            for asked, bakeries in (await due.take_triggers(session, now)).items():
                workflow = await due.workflow(session, asked.workflow)
                order = order_of(
                    workflow,
                    self.settings,
                    now,
                    "event",
                    [Due(t, business_date(now, zone), tier) for t, zone, tier in bakeries],
                    now,
                    triggered_by=asked.reason,
                    is_forced=asked.is_forced,
                    priority=_priority(asked.workflow, "high"),
                    instance=self.instance,
                    fencing_token=self.leadership.token,
                )
                await fire(session, self.engine, order, now)

    async def take_over(self) -> None:
        """Put back what dead processes had in hand, until nothing of it is found any more."""
        now, beat = self.clock(), self.settings.heartbeat_seconds
        async with self._leading() as session:
            if self.hearing.may_judge(now, instances.BEATS * beat):
                await instances.declare_dead(session, beat)
            gone = await instances.find_gone(session)
        self.hearing.heard(now, max(beat, 2 * TICK_SECONDS))
        if gone and not await self.engine.recover(gone):
            async with self._leading() as session:
                await instances.bury(session, gone)

    async def end_overdue(self, now: datetime) -> None:
        """Cancel executions that are past their deadline."""
        async with self._leading() as session:
            for execution in await endings.overdue(session, now):
                limit = (execution.deadline - execution.due_at).total_seconds()
                reason = f"It took longer than the {limit:,.0f} seconds that it may."
                await endings.cancel(session, self.engine, self.undo, execution.id, reason, now)

    async def drive_on(self) -> None:
        """Start again what the engine has lost sight of."""
        async with self._leading() as session:
            await stuck.drive_on(session, self.engine)

    async def watch_floors(self, now: datetime) -> None:
        """Raise alerts of what is late or broken while bakeries work, and resolve those that have
        lost their point; some bakeries after the others, so that leadership is kept meanwhile."""
        async with self._leading() as session:
            bakeries = await operator.all_active(session)
        for start in range(0, len(bakeries), _WATCHED_AT_ONCE):
            some = bakeries[start : start + _WATCHED_AT_ONCE]
            async with self._leading() as session:
                told = await alerts.watch_floors(session, some, now)
            if told:
                log.info("floors_watched", alerts=told)

    def _moments(
        self, workflow: Workflow, calendars: Sequence[Calendar], now: datetime
    ) -> dict[datetime, dict[Calendar, date]]:
        """When the workflow has become due, and for whom."""
        moments: dict[datetime, dict[Calendar, date]] = {}
        for calendar in self._calendars(workflow, calendars):
            for firing in self._firings(workflow, calendar, workflow.fired_until, now):
                moments.setdefault(firing.due_at, {})[calendar] = firing.business_date
        return dict(sorted(moments.items()))

    def _next(
        self, workflow: Workflow, calendars: Sequence[Calendar], now: datetime
    ) -> Iterator[datetime]:
        for calendar in self._calendars(workflow, calendars):
            for firing in self._firings(workflow, calendar, now, now + _LOOK_AHEAD)[:1]:
                yield firing.due_at

    def _calendars(self, workflow: Workflow, calendars: Sequence[Calendar]) -> Sequence[Calendar]:
        return calendars if workflow.scope == "tenant" else [_PLATFORM]

    def _firings(
        self, workflow: Workflow, calendar: Calendar, after: datetime, until: datetime
    ) -> tuple[Firing, ...]:
        cron = _TEST_CRON if self._is_test(workflow) else workflow.cron
        if cron is None:
            return ()
        return firings(cron, calendar, after, until, self.settings.default_timezone)

    def _is_test(self, workflow: Workflow) -> bool:
        is_test = self.settings.production_test_mode and self.settings.debug
        return is_test and workflow.name == MORNING

    async def _fire(
        self,
        session: AsyncSession,
        workflow: Workflow,
        moment: datetime,
        days: Mapping[Calendar, date],
        now: datetime,
    ) -> bool:
        """False: it is too late for that."""
        if now - moment > timedelta(seconds=workflow.grace_seconds):
            return False
        bakeries = await self._bakeries(session, workflow, days)
        is_test = self._is_test(workflow)
        order = order_of(
            workflow,
            self.settings,
            moment,
            "test" if is_test else "scheduled",
            bakeries,
            now,
            id=execution_id(workflow.name, moment),
            is_forced=is_test,
            priority=_priority(workflow.name, "normal"),
            instance=self.instance,
            fencing_token=self.leadership.token,
        )
        count = await fire(session, self.engine, order, now)
        if count is not None:
            log.info("fired", workflow=workflow.name, due_at=moment.isoformat(), tenants=count)
        return True

    async def _miss(
        self,
        session: AsyncSession,
        workflow: Workflow,
        moment: datetime,
        days: Mapping[Calendar, date],
        now: datetime,
    ) -> None:
        """Record a firing that nobody was there for."""
        bakeries = await self._bakeries(session, workflow, days)
        if bakeries or workflow.scope == "platform":
            order = order_of(
                workflow, self.settings, moment, "scheduled", bakeries, now,
                id=execution_id(workflow.name, moment),
            )  # fmt: skip
            await miss(session, order, now)
            log.warning("missed", workflow=workflow.name, due_at=moment.isoformat())

    async def _bakeries(
        self, session: AsyncSession, workflow: Workflow, days: Mapping[Calendar, date]
    ) -> list[Due]:
        return await due.bakeries(session, days) if workflow.scope == "tenant" else []

    @asynccontextmanager
    async def _leading(self) -> AsyncIterator[AsyncSession]:
        """A transaction of the leader, and of nobody who only thinks so."""
        async with self.database.transaction() as session:
            await fence(session, self.leadership.token, self.settings.leader_lock_ttl_seconds)
            yield session


def _priority(workflow: str, usual: Priority) -> Priority:
    """Models can wait, and mornings of other time zones cannot."""
    return "low" if workflow == RETRAINING else usual
