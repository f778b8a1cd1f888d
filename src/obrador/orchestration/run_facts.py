"""What whoever runs the platform looks up besides runs themselves: whose they are, their steps side
by side, and what they told others."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.errors import Fault, Invalid
from obrador.kit.ids import first_id_at
from obrador.kit.names import name_key
from obrador.orchestration.models import RunStep
from obrador.orchestration.schemas import RunOutput, RunStepOutput

_NAMES = text("select id, name from tenants where id = any(cast(:ids as uuid[]))")
_KNOWN = text("select id, name from tenants where status = 'active'")
_TOLD = text("""
    select routing_key, count(*) as events, count(published_at) as published,
        min(created_at) as first_at
    from outbox_events where id >= :first and id < :until and tenant_id = :tenant
    group by routing_key order by first_at, routing_key
""")


async def names_of(session: AsyncSession, tenant_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """What bakeries are called."""
    rows = await session.execute(_NAMES, {"ids": list(set(tenant_ids))})
    return {row.id: row.name for row in rows}


async def ids_named(session: AsyncSession, words: Sequence[str]) -> list[UUID]:
    """The active bakeries of these names or ids.

    Raises:
        Invalid: one of them names none, or several.
    """
    found: dict[str, list[UUID]] = defaultdict(list)
    for row in await session.execute(_KNOWN):
        found[name_key(row.name)].append(row.id)
        found[name_key(str(row.id))].append(row.id)
    for each in words:
        count = len(found.get(name_key(each), ()))
        if count != 1:
            what = f"{count} bakeries are called" if count else "no active bakery is called"
            words_said = f"{what} {each!r}: give its id instead."
            raise Invalid(
                "bakeries: {words_said}",
                [Fault("bakeries", words_said)],
                words_said=words_said,
            )
    return [found[name_key(each)][0] for each in words]


async def steps_of(
    session: AsyncSession, runs: Sequence[RunOutput]
) -> Mapping[UUID, Sequence[RunStepOutput]]:
    """The steps that have ended, of runs that somebody may see, by run. One query."""
    key = (RunStep.tenant_id, RunStep.business_date, RunStep.workflow, RunStep.revision)
    owners = {(r.tenant_id, r.business_date, r.workflow, r.revision): r.id for r in runs}
    query = select(RunStep).where(tuple_(*key).in_(owners))
    found: dict[UUID, list[RunStepOutput]] = defaultdict(list)
    for step in await session.scalars(query.order_by(RunStep.started_at, RunStep.ended_at)):
        own = owners[step.tenant_id, step.business_date, step.workflow, step.revision]
        found[own].append(RunStepOutput.model_validate(step))
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """Events of one kind."""

    routing_key: str
    events: int
    published: int
    first_at: datetime


async def told_between(
    session: AsyncSession, tenant: TenantId, first: datetime, until: datetime
) -> list[Told]:
    """What a bakery's events told others in this time, as long as the outbox keeps them."""
    values = {"tenant": tenant, "first": first_id_at(first), "until": first_id_at(until)}
    return [Told(*row) for row in await session.execute(_TOLD, values)]
