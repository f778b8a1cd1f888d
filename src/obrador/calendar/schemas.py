"""What the API takes and gives of a bakery's calendar."""

from datetime import date
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from obrador.calendar.domain import Closing, Decision, HolidayRule, Proposal, SpecialDay, Week
from obrador.calendar.wording import evidence, sentence
from obrador.kit.i18n import Speech
from obrador.kit.schemas import Day, Fields, Kept, LocalTime, Name
from obrador.tenants.domain import EventKind

_LONGEST, _LONGEST_YEARLY = 366, 365


def span_fault(first_day: date, last_day: date, is_yearly: bool) -> str | None:
    """What is wrong with the days of an event, in words."""
    days = (last_day - first_day).days + 1
    if days < 1:
        return "the last day is before the first"
    if days > (_LONGEST_YEARLY if is_yearly else _LONGEST):
        return "an event lasts a year at most: look at the year of the last day"
    return None


class EventInput(Fields):
    """Days that a calendar names."""

    kind: EventKind = "event"
    name: Name
    first_day: Day
    last_day: Day
    is_yearly: bool = Field(
        False, description="On these dates of every year, past ones too; 29 February: leap years."
    )

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if self.first_day and self.last_day:  # a change may leave them alone
            fault = span_fault(self.first_day, self.last_day, bool(self.is_yearly))
            if fault:
                raise ValueError(fault)
        return self


class EventChanges(EventInput, partial=True):
    """What to change of an event."""


class EventOutput(Kept, EventInput):
    """An event as it is."""


class ImportFault(BaseModel):
    """Why a row or entry of a file is rejected."""

    where: str = Field(description="Such as `line 7`, or `event 3`.")
    message: str


class CalendarImportOutput(BaseModel):
    """What an import did, or in a dry run would do."""

    events: int = Field(description="Good ones in the file; each time of a series is one.")
    new: int
    changed: int
    unchanged: int
    rejected: int
    faults: list[ImportFault]
    first_day: date | None
    last_day: date | None
    dry_run: bool


class WeekdayHours(BaseModel):
    """When the shop is open."""

    opens: LocalTime
    closes: LocalTime


class ProposalOutput(BaseModel):
    """A change of the calendar that sales speak for."""

    id: UUID = Field(description="The same as long as the same is proposed.")
    kind: Literal["opening_hours", "open_on_holidays", "closure", "special_day"]
    message: str = Field(description="What is proposed.")
    evidence: str = Field(description="What speaks for it.")
    opening_hours: list[WeekdayHours | None] | None = Field(None, description="From Monday.")
    open_on_holidays: bool | None = None
    first_day: date | None = Field(None, description="Of a closure.")
    last_day: date | None = None
    effect: float | None = Field(
        None, description="Of a special day: share sold above what was expected; below: negative."
    )

    @classmethod
    def of(cls, proposal: Proposal, say: Speech) -> Self:
        """The proposal in words and as data."""
        words = {
            "id": proposal.id,
            "message": sentence(say, proposal.change),
            "evidence": evidence(say, proposal),
        }
        match proposal.change:
            case Week(hours):
                week = [
                    None if day is None else WeekdayHours(opens=day.opens, closes=day.closes)
                    for day in hours
                ]
                return cls(kind="opening_hours", opening_hours=week, **words)
            case HolidayRule(is_open):
                return cls(kind="open_on_holidays", open_on_holidays=is_open, **words)
            case Closing(first, last):
                return cls(kind="closure", first_day=first, last_day=last, **words)
            case SpecialDay():
                return cls(kind="special_day", effect=round(proposal.effect, 3), **words)


class ProposalsOutput(BaseModel):
    """All proposals that nobody has decided on."""

    items: list[ProposalOutput]


class ConfirmInput(Fields):
    """What one says when confirming."""

    name: Name | None = Field(None, description="Of a special day, if you know what it is.")


class DecisionOutput(BaseModel):
    """What was said to a proposal."""

    id: UUID
    decision: Decision
