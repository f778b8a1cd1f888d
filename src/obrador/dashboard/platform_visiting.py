"""Somebody at a page for whoever runs the platform."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz.access import Platform, for_the_platform
from obrador.authz.requester import Credentials, Requester, who_asks
from obrador.dashboard.rendering import page, part, speech_for
from obrador.kit.http import Now, Session
from obrador.kit.i18n import Speech
from obrador.settings import Settings

HOME = "/platform"


@dataclass(frozen=True)
class PlatformVisit:
    """What pages of the platform have in common."""

    request: Request
    session: AsyncSession
    say: Speech
    now: datetime
    requester: Requester
    credentials: Credentials
    whose: None = None
    """No bakery's."""

    @property
    def settings(self) -> Settings:
        """Those in force."""
        settings: Settings = self.request.app.state.settings
        return settings

    def local(self, moment: datetime) -> datetime:
        """The moment on the installation's clock."""
        return moment.astimezone(ZoneInfo(self.settings.default_timezone))

    def page(self, template: str, here: str, status: int = 200, **values: object) -> HTMLResponse:
        """A template, which knows the visit."""
        known = {"here": here, "on_platform": True, "visit": self}
        return page(self.request, self.say, template, status, **known, **values)

    def part(self, template: str, **values: object) -> str:
        """A template of a part of a page, which knows the visit."""
        return part(self.request, self.say, template, visit=self, **values)

    async def again(self, session: AsyncSession) -> "PlatformVisit":
        """The same visit at a later time, in another transaction; see `live`.

        Raises:
            Unauthenticated, Forbidden: they may not be here any more.
        """
        now = self.request.app.state.clock()
        requester = await who_asks(self.request, session, now, self.credentials)
        await for_the_platform(requester, session)
        return await _visit(self.request, session, now, requester, self.credentials)


async def _visit(
    request: Request, session: Session, now: Now, requester: Platform, credentials: Credentials
) -> PlatformVisit:
    return PlatformVisit(request, session, speech_for(request), now, requester, credentials)


VisitingPlatform = Annotated[PlatformVisit, Depends(_visit)]
