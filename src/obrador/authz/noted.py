"""What the door has found out about a request, kept with its session for whoever writes it down."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz.tenant import TenantId

if TYPE_CHECKING:
    from obrador.authz.requester import Requester

_NOTED = "noted"


@dataclass
class Noted:
    """Who asks, and for which bakery; nothing of both until the door knows."""

    requester: "Requester | None" = None
    tenant: TenantId | None = None
    is_service: bool = False
    """Another installation asks, which showed the service token."""
    came_to_nothing: bool = False
    """What was asked for was only tried, or not done, though there is an answer."""


def noted(session: AsyncSession) -> Noted:
    """What is known so far; whoever finds out more adds it."""
    found: Noted = session.info.setdefault(_NOTED, Noted())
    return found


def kept_nothing(session: AsyncSession) -> None:
    """What was asked for is only tried, or was not done, though there is an answer."""
    noted(session).came_to_nothing = True
