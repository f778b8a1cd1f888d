"""What other contexts may hear of webhooks."""

from dataclasses import dataclass
from typing import ClassVar

from obrador.kit.outbox import Event


@dataclass(frozen=True)
class SubscriptionDisabled(Event):
    """A webhook is sent nothing any more, because nothing could be delivered for days."""

    routing_key: ClassVar[str] = "webhooks.subscription.disabled"

    subscription_id: str
    url: str
    reason: str
