"""What the API takes and gives of webhooks."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from obrador.kit.schemas import Fields, Moment, Text
from obrador.webhooks.domain import DeliveryStatus, SubscriptionStatus
from obrador.webhooks.models import Delivery

EventTypes = Annotated[
    list[Annotated[Text, StringConstraints(min_length=1, max_length=80)]],
    Field(
        min_length=1,
        max_length=50,
        description="Such as `production.schedule.created`; `production.*`: all of that context;"
        " `*`: everything.",
    ),
]
Address = Annotated[
    Text,
    StringConstraints(min_length=1, max_length=2000),
    Field(description="Where to deliver to, such as https://shop.example/hooks."),
]


class SubscriptionInput(Fields):
    """An address that shall hear of events."""

    url: Address
    event_types: EventTypes
    description: Annotated[Text, StringConstraints(max_length=200)] = ""


class SubscriptionChanges(Fields):
    """What is given changes, the rest stays."""

    url: Address | None = None
    event_types: EventTypes | None = None
    description: Annotated[Text, StringConstraints(max_length=200)] | None = None
    status: Literal["active", "disabled"] | None = Field(
        None, description="`disabled`: sent nothing for now; `active`: again from now on."
    )


class SubscriptionOutput(BaseModel):
    """An address that hears of events."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    url: str
    description: str
    event_types: list[str]
    status: SubscriptionStatus
    created_at: datetime
    failing_since: datetime | None = Field(
        description="The first failure since anything was delivered."
    )
    disabled_because: str | None
    revoked_at: datetime | None


class NewSecret(SubscriptionOutput):
    """A webhook whose secret has been made."""

    secret: str = Field(
        description="What deliveries are signed with. Keep it now: it is not shown again."
    )


class DeliveryOutput(BaseModel):
    """An event that was delivered, or is to be."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    event_id: UUID = Field(description="The `webhook-id`.")
    event_type: str
    status: DeliveryStatus
    attempts: int = Field(description="Since it was made, or replayed.")
    next_at: datetime | None = Field(description="When it is tried next.")
    created_at: datetime
    ended_at: datetime | None


class AttemptOutput(BaseModel):
    """What came of an attempt."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    status: int | None = Field(description="Of the answer; null: there was none.")
    milliseconds: int
    answer: str = Field(description="How it began, or why there was none.")


class DeliveryDetail(DeliveryOutput):
    """A delivery with all that came of it."""

    body: dict[str, Any] = Field(description="What is sent: a CloudEvents document.")
    log: list[AttemptOutput] = Field(description="First to last, those before a replay too.")

    @classmethod
    def of_row(cls, row: Delivery, log: list[AttemptOutput]) -> "DeliveryDetail":
        """The delivery and its attempts."""
        shown = DeliveryOutput.model_validate(row).model_dump()
        return cls(**shown, body=msgspec.json.decode(row.body), log=log)


class ReplaySince(Fields):
    """What to deliver again."""

    since: Moment = Field(description="All that failed and was made from then on.")


class Replayed(BaseModel):
    """How much is delivered again."""

    deliveries: int
