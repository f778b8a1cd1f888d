"""Turning plans down: what the reason says, and whether the day is planned again at once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.clock import business_date
from obrador.kit.names import name_key
from obrador.plan_changes import count_of_day
from obrador.revisions import Revised
from obrador.tenants import service as tenants

STALE_WORDS = (
    "stale", "outdated", "old data", "out of date",
    "datos antiguos", "desactualizado", "desactualizada", "obsoleto", "obsoleta",
)  # fmt: skip
"""A reason with one of these says that the plan was made of data that is too old."""
MOST_REGENERATIONS = 3
"""Of a day's plan, in a day, by itself."""
_REGENERATES = "regenerates"


@dataclass(frozen=True, slots=True)
class Rejection:
    """What a reason for turning a plan down leads to."""

    says_stale: bool
    regenerates: bool
    """The day is to be planned again at once."""

    @property
    def facts(self) -> dict[str, Any]:
        """What the plan's history keeps of it; the next ones are counted by that."""
        return {"says_stale": self.says_stale, _REGENERATES: self.regenerates}


def says_stale(reason: str, more_words: Iterable[str] = ()) -> bool:
    """Whether a reason says that the data was stale, in Spanish or English or in the bakery's own
    words; upper case and accents do not matter, and words count as wholes or with an ending."""
    said = name_key(reason)
    words = (name_key(word) for word in (*STALE_WORDS, *more_words))
    return any(re.search(rf"\b{re.escape(word)}", said) for word in words if word)


async def judge(
    session: AsyncSession,
    tenant: TenantId,
    plans: type[Revised],
    day: date,
    reason: str,
    now: datetime,
) -> Rejection:
    """What comes of turning a day's plan down: if the reason says that its data is out of date, the
    day is to be planned again at once, by whoever calls this; at most three times a day."""
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    is_stale = says_stale(reason, bakery.policy.stale_words)
    today = business_date(now, bakery.time_zone)
    if not is_stale or day < today:
        return Rejection(is_stale, regenerates=False)
    midnight = datetime.combine(today, time(), ZoneInfo(bakery.time_zone))
    revisions = await session.scalars(
        select(plans.id).where(plans.tenant_id == tenant, plans.business_date == day)
    )
    done = await count_of_day(session, tenant, revisions.all(), midnight, _REGENERATES)
    return Rejection(is_stale, regenerates=done < MOST_REGENERATIONS)
