"""Use cases of notifications: tell once, list, read, and who wants what."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.alerts import service as alerts
from obrador.authz import TenantId
from obrador.authz.repository import role_of_member
from obrador.authz.roles import Role
from obrador.catalogue import service as catalogue
from obrador.forecasting import service as forecasting
from obrador.inventory import service as inventory
from obrador.kit.errors import Invalid, NotFound
from obrador.kit.pagination import Page, PageRequest
from obrador.notifications import repository
from obrador.notifications.domain import KINDS, ROLES, Kind, MorningFacts, Notification
from obrador.notifications.post import Postman, remove_old
from obrador.notifications.schemas import (
    MailPreference,
    NotificationOutput,
    OwnWish,
    Preferences,
    RoleWish,
)
from obrador.notifications.summary import Week, digest, summary
from obrador.notifications.telling import consumer
from obrador.procurement import service as procurement
from obrador.production import service as production
from obrador.revisions import Stale
from obrador.tenants.domain import Morning
from obrador.tenants.service import speech_of

__all__ = [
    "Postman",
    "consumer",
    "get_mail_preference",
    "get_preferences",
    "mark_read",
    "page",
    "remind_stale",
    "remove_old",
    "set_mail_preference",
    "set_own_wish",
    "set_role_wish",
    "summarise",
    "weekly_digests",
]


async def summarise(session: AsyncSession, facts: Sequence[MorningFacts]) -> dict[TenantId, int]:
    """Tell every role that wants it what its morning brings; how many roles each bakery tells,
    whether or not they were told before. Four statements."""
    open_alerts = await alerts.count_active(session, [each.morning.tenant for each in facts])
    told = [(each.morning, summary(each, open_alerts[each.morning.tenant])) for each in facts]
    return await _tell(session, "daily_summary", told)


async def weekly_digests(session: AsyncSession, mornings: Sequence[Morning]) -> dict[TenantId, int]:
    """Tell what the seven days before each morning brought; how many roles each bakery tells.
    Eleven statements for each date among the mornings, which is one or, around midnight, two."""
    by_day: dict[date, list[Morning]] = defaultdict(list)
    for morning in mornings:
        by_day[morning.business_date].append(morning)
    told: list[tuple[Morning, Mapping[str, Any]]] = []
    for group in by_day.values():
        weeks = await _weeks(session, group)
        told.extend((morning, digest(weeks[morning.tenant])) for morning in group)
    return await _tell(session, "weekly_digest", told)


async def remind_stale(session: AsyncSession, mornings: Sequence[Morning]) -> dict[TenantId, Stale]:
    """Archive purchase plans that nobody acted on in time, and remind where today's waits for
    somebody, or orders are approved that should be sent by today; how many plans of each there
    are."""
    stale = await procurement.archive_stale(session, mornings)
    unsent = await procurement.count_unsent(session, mornings)
    told = [
        (each, {"waiting": stale[each.tenant].waiting, "unsent": unsent.get(each.tenant, 0)})
        for each in mornings
        if stale[each.tenant].waiting or each.tenant in unsent
    ]
    await _tell(session, "plan_waiting", told)
    return stale


async def page(
    session: AsyncSession,
    tenant: TenantId,
    paging: PageRequest,
    role: Role,
    reader: UUID,
    language: str | None,
    *,
    unread: bool,
) -> Page[NotificationOutput]:
    """A page of what somebody's role was told, without what they have muted, newest first."""
    wishes = (await repository.read_wishes(session, [tenant]))[tenant]
    kinds = [kind for kind in KINDS if kind not in wishes.muted(reader)]
    found = await repository.page(session, tenant, paging, role, reader, kinds, unread=unread)
    say = await speech_of(session, tenant, language)
    items = [NotificationOutput.of(row[0], row[1], say) for row in found.rows]
    return Page[NotificationOutput](items=items, next_cursor=found.next_cursor)


async def mark_read(
    session: AsyncSession,
    tenant: TenantId,
    notification_id: UUID,
    role: Role,
    reader: UUID,
    now: datetime,
    language: str | None,
) -> NotificationOutput:
    """Somebody has read it. Repeating it changes nothing.

    Raises:
        NotFound: it is not there, or was told to another role.
    """
    row = await repository.find(session, tenant, notification_id, role)
    if row is None:
        raise NotFound(
            "There is no notification {notification_id} for you here.",
            notification_id=notification_id,
        )
    read_at = await repository.mark_read(session, tenant, notification_id, reader, now)
    return NotificationOutput.of(row, read_at, await speech_of(session, tenant, language))


async def get_preferences(session: AsyncSession, tenant: TenantId, reader: UUID) -> Preferences:
    """Who hears of what, defaults included."""
    wishes = (await repository.read_wishes(session, [tenant]))[tenant]
    muted = wishes.muted(reader)
    return Preferences(
        roles=[
            RoleWish(role=role, kind=kind, wanted=wishes.wants(role, kind))
            for kind in KINDS
            for role in ROLES
        ],
        own=[OwnWish(kind=kind, wanted=kind not in muted) for kind in KINDS],
    )


async def set_role_wish(
    session: AsyncSession, tenant: TenantId, given: RoleWish, reader: UUID
) -> Preferences:
    """Whether a role hears of a kind from now on."""
    await repository.set_wish(session, tenant, given.role, given.kind, given.wanted)
    return await get_preferences(session, tenant, reader)


async def set_own_wish(
    session: AsyncSession, tenant: TenantId, given: OwnWish, reader: UUID
) -> Preferences:
    """Whether somebody sees a kind that their role hears of."""
    await repository.set_wish(session, tenant, str(reader), given.kind, given.wanted)
    return await get_preferences(session, tenant, reader)


async def get_mail_preference(
    session: AsyncSession, tenant: TenantId, reader: UUID
) -> MailPreference:
    """When somebody wants mail."""
    wish = await repository.read_mail_wish(session, tenant, reader)
    if wish is None:
        return MailPreference()
    return MailPreference.model_validate({"mode": wish.mode, "language": wish.language})


async def set_mail_preference(
    session: AsyncSession, tenant: TenantId, given: MailPreference, reader: UUID
) -> MailPreference:
    """When somebody wants mail from now on.

    Raises:
        Invalid: whoever asks is no member, and so has no address here.
    """
    if await role_of_member(session, reader, tenant) is None:
        raise Invalid("Mail goes to members of the bakery: sign in as one of them.")
    await repository.set_mail_wish(session, tenant, reader, given.mode, given.language)
    return given


async def _tell(
    session: AsyncSession, kind: Kind, told: Sequence[tuple[Morning, Mapping[str, Any]]]
) -> dict[TenantId, int]:
    wishes = await repository.read_wishes(session, [morning.tenant for morning, _ in told])
    notifications = [
        (
            morning,
            [Notification(kind, role, facts) for role in wishes[morning.tenant].roles_for(kind)],
        )
        for morning, facts in told
    ]
    await repository.add(session, notifications)
    return {morning.tenant: len(found) for morning, found in notifications}


async def _weeks(session: AsyncSession, mornings: Sequence[Morning]) -> dict[TenantId, Week]:
    tenants = [morning.tenant for morning in mornings]
    day = mornings[0].business_date
    first, last = day - timedelta(days=7), day - timedelta(days=1)
    trends = await forecasting.load_trends(session, tenants, first, last)
    products = await forecasting.load_products(session, [(each, day) for each in tenants], 7)
    planned = await production.load_planned(session, tenants, first, last)
    placed = await procurement.load_placed(session, tenants, first, last)
    waste = await inventory.load_waste(session, [_moments(each, first, day) for each in mornings])
    raised = await alerts.count_raised(session, tenants, first, last)
    names = await catalogue.load_product_names(session, tenants)
    for ingredients in (await inventory.load_ingredients(session, tenants)).values():
        names |= {each.id: (each.name, each.unit) for each in ingredients}
    return {
        tenant: Week(
            first=first,
            last=last,
            trend=trends[tenant],
            products=products[tenant],
            planned=planned[tenant],
            placed=placed[tenant],
            waste=waste[tenant],
            alerts=raised[tenant],
            names=names,
        )
        for tenant in tenants
    }


def _moments(morning: Morning, first: date, day: date) -> tuple[TenantId, datetime, datetime]:
    """Local midnights that a period starts and ends at."""
    zone = ZoneInfo(morning.bakery.time_zone)
    since, until = (datetime.combine(each, time(), zone) for each in (first, day))
    return morning.tenant, since, until
