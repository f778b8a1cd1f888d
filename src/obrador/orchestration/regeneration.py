"""Planning a day again because of its production schedule."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.clock import business_date
from obrador.kit.errors import Conflict
from obrador.kit.workflow import Engine
from obrador.orchestration import reports, triggering
from obrador.orchestration.definitions import MORNING
from obrador.orchestration.dispatch import Type
from obrador.orchestration.models import Run
from obrador.orchestration.progress import UNFINISHED
from obrador.settings import Settings
from obrador.tenants.service import time_zone_of


async def plan_again(
    session: AsyncSession,
    engine: Engine,
    settings: Settings,
    tenant: TenantId,
    day: date,
    now: datetime,
    *,
    kind: Type,
    triggered_by: str,
) -> tuple[Run, bool]:
    """The run that plans a day anew from what is known now, and whether it is new: while one is on
    its way, it is that one.

    Raises:
        Conflict: the day is over, or another process is planning it just now.
        NotFound: the bakery is not active.
    """
    today = business_date(now, await time_zone_of(session, tenant))
    if day < today:
        raise Conflict("{day} is over: there is nothing to plan any more.", day=day)
    before = await reports.run_of(session, tenant, day, MORNING)
    if before is not None and before.status in UNFINISHED:
        return before, False
    await triggering.trigger(
        session,
        engine,
        settings,
        MORNING,
        now,
        tenants=[tenant],
        day=day,
        is_forced=before is not None,
        kind=kind,
        triggered_by=triggered_by,
    )
    run = await reports.run_of(session, tenant, day, MORNING)
    if run is None:
        raise Conflict("It is being planned just now; look again in a moment.")
    return run, True
