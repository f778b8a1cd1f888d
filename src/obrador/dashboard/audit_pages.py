"""Who did what in a bakery, when and from where, in sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from obrador.audit import service
from obrador.audit.schemas import AuditOutput
from obrador.audit.service import Wanted
from obrador.audit.wording import Deeds
from obrador.authz.access import Owner
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.pagination import Paging

router = APIRouter(prefix="/bakeries/{tenant_id}/setup/audit", include_in_schema=False)


@dataclass(frozen=True)
class Told:
    """One thing that was done, as it is read."""

    at: str
    deed: str
    actor: str
    came_from: str
    is_refused: bool


@router.get("", response_class=HTMLResponse)
async def audit(
    visit: Visiting,
    _: Owner,
    paging: Paging,
    who: str = "",
    first: str = "",
    last: str = "",
) -> Response:
    """The newest of it, or that of a person or of some days."""
    wanted = Wanted(_id_of(who), _midnight(visit, first), _midnight(visit, last, days=1))
    found = await service.page(visit.session, visit.tenant, paging, wanted)
    return visit.page(
        "audit.html",
        "setup",
        days=list(_by_day(visit, found.items)),
        next_cursor=found.next_cursor,
        actors=await service.actors(visit.session, visit.tenant),
        given={"who": who, "first": first, "last": last},
    )


def _id_of(who: str) -> UUID | None:
    try:
        return UUID(who)
    except ValueError:
        return None


def _midnight(visit: Visit, day: str, days: int = 0) -> datetime | None:
    """When a day of the form begins, or one after it; none where it is left empty."""
    try:
        first = date.fromisoformat(day) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(first, time(), ZoneInfo(visit.bakery.time_zone))


def _by_day(visit: Visit, entries: Sequence[AuditOutput]) -> Iterator[tuple[str, list[Told]]]:
    deeds = Deeds(visit.say)
    for day, same in groupby(entries, key=lambda each: visit.local(each.at).date()):
        yield visit.say.day(day), [_told(visit, deeds, each) for each in same]


def _told(visit: Visit, deeds: Deeds, entry: AuditOutput) -> Told:
    came_from = (entry.address, deeds.program(entry.program))
    return Told(
        at=visit.say.clock(visit.local(entry.at)),
        deed=deeds.sentence(entry),
        actor=deeds.actor(entry.actor_kind, entry.actor_name),
        came_from=" · ".join(filter(None, came_from)),
        is_refused=entry.outcome == "refused",
    )
