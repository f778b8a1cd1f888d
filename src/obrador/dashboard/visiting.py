"""Somebody at a page of a bakery: in which language, when, and what they may do there."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.access import Viewer, allowed, role_in
from obrador.authz.requester import Asking, Credentials, Requester, who_asks
from obrador.authz.roles import Role
from obrador.dashboard.rendering import home_of, page, part, speech_for
from obrador.kit.clock import business_date
from obrador.kit.http import Now, Session
from obrador.kit.i18n import Speech
from obrador.plan_changes import Who, who
from obrador.tenants import service as tenants
from obrador.tenants.domain import Bakery


@dataclass(frozen=True)
class Visit:
    """What pages of a bakery have in common."""

    request: Request
    session: AsyncSession
    tenant: TenantId
    bakery: Bakery
    say: Speech
    now: datetime
    requester: Requester
    role: Role
    credentials: Credentials

    @property
    def whose(self) -> UUID | None:
        """The bakery's id."""
        return self.tenant

    @property
    def home(self) -> str:
        """Where the bakery's pages are."""
        return home_of(self.request)

    @property
    def today(self) -> date:
        """The bakery's day."""
        return business_date(self.now, self.bakery.time_zone)

    @property
    def may_buy(self) -> bool:
        """Whether they decide about purchases."""
        return self.role.includes(Role.PROCUREMENT_MANAGER)

    @property
    def may_bake(self) -> bool:
        """Whether they decide about production, and work on batches."""
        return self.role.includes(Role.PRODUCTION_MANAGER)

    @property
    def may_move(self) -> bool:
        """Whether they enter what happens to stock."""
        return self.may_buy or self.may_bake

    def local(self, moment: datetime) -> datetime:
        """The moment on the bakery's clock."""
        return moment.astimezone(ZoneInfo(self.bakery.time_zone))

    async def by(self) -> Who:
        """The visitor, as changes keep them."""
        return await who(self.session, self.requester, self.now)

    def page(self, template: str, here: str, status: int = 200, **values: object) -> HTMLResponse:
        """A template, which knows the visit."""
        return page(self.request, self.say, template, status, here=here, visit=self, **values)

    def part(self, template: str, **values: object) -> str:
        """A template of a part of a page, which knows the visit."""
        return part(self.request, self.say, template, visit=self, **values)

    async def again(self, session: AsyncSession) -> "Visit":
        """The same visit at a later time, in another transaction; see `live`.

        Raises:
            Unauthenticated, NotFound, Forbidden: they may not be here any more.
        """
        now = self.request.app.state.clock()
        requester = await who_asks(self.request, session, now, self.credentials)
        tenant = await allowed(Role.VIEWER)(self.tenant, requester, session)
        return await _visit(self.request, session, now, requester, tenant, self.credentials)


async def _visit(
    request: Request,
    session: Session,
    now: Now,
    requester: Asking,
    tenant: Viewer,
    credentials: Credentials,
) -> Visit:
    bakery = (await tenants.load_bakeries(session, [tenant]))[tenant]
    role = await role_in(session, requester, tenant)
    say = speech_for(request, bakery)
    return Visit(request, session, tenant, bakery, say, now, requester, role, credentials)


Visiting = Annotated[Visit, Depends(_visit)]
