"""Briefings served from the cache.

The key has the state of everything that a briefing shows: the run, the schedule, the purchase plan
with its orders, the bakery, and the version of its reference data, which triggers count up. So what
is served is as new as the database, whoever changed it and how, also while a process hears of no
changes; three small queries instead of reading and explaining a plan. Telling caches of each change
instead would need a call wherever any of ten tables is written, and a notification for each of ten
thousand bakeries in a morning. What has a new state is forgotten by its age.
"""

from datetime import date
from functools import cache as once

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

import obrador
from obrador.authz import TenantId
from obrador.kit.cache import Cache, CacheKey
from obrador.kit.i18n import Speech
from obrador.kit.ids import derived_id
from obrador.kit.pack import pack_local, unpack_local
from obrador.orchestration import repository
from obrador.orchestration.briefing import Briefing, brief
from obrador.procurement import service as procurement
from obrador.production import service as production
from obrador.tenants.domain import Bakery

KIND = "briefing"
_SECONDS = 6 * 3600


async def cached_brief(
    cache: Cache, session: AsyncSession, tenant: TenantId, bakery: Bakery, day: date, say: Speech
) -> Briefing | None:
    """As `briefing.brief`, of a bakery just read."""
    state = await _state(session, tenant, day)
    if state is None:
        return None
    name = derived_id(
        obrador.__version__, _layout(), day, state, bakery.name, bakery.currency,
        bakery.time_zone, say.language, say.locale, say.currency,
    )  # fmt: skip

    async def make() -> bytes | None:
        briefing = await brief(session, tenant, day, say)
        return None if briefing is None else pack_local(briefing)

    content = await cache.get_or_make(CacheKey(tenant, KIND, str(name)), _SECONDS, make)
    return None if content is None else unpack_local(content, Briefing)


async def _state(session: AsyncSession, tenant: TenantId, day: date) -> str | None:
    """Read before the briefing, so it is never newer than what is kept under it. Three queries."""
    found = await repository.state(session, tenant, day)
    if found is None:
        return None
    revision, run = found
    schedule = await production.schedule_state(session, tenant, day, revision)
    plan = await procurement.plan_state(session, tenant, day, revision)
    return f"{revision}:{run}:{schedule}:{plan}"


@once
def _layout() -> str:
    """Redis may hold what another build of the program has kept."""
    return str(msgspec.json.schema(Briefing))
