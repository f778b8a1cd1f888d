"""What a baking sheet says, alike on the page and in the PDF."""

from datetime import datetime
from math import ceil

from obrador.kit.i18n import Speech
from obrador.orchestration import explain
from obrador.orchestration.production_day import Job, Sheet, ShiftSheet, Station, Weighed, local

_SMALL = 10.0
"""Grams below which a tenth of one counts: yeast, salt, spices."""


def revision_words(say: Speech, revision: int, status: str) -> str:
    """Which plan of the day it is, and how far it has come: "revision 1 · draft"."""
    states = {
        "draft": say.phrase("draft"),
        "pending_approval": say.phrase("waits for approval"),
        "approved": say.phrase("approved"),
        "in_progress": say.phrase("in progress"),
        "completed": say.phrase("completed"),
    }
    number = say.phrase("revision {n}", n=revision)
    return f"{number} · {states[status]}" if status in states else number


class SheetWords:
    """The words of one sheet in its reader's language, times in the bakery's zone."""

    def __init__(self, say: Speech, sheet: Sheet) -> None:
        self.say = say
        self.sheet = sheet

    def clock(self, moment: datetime) -> str:
        """07:30; with the weekday where it is another day than the sheet's."""
        there = local(moment, self.sheet.time_zone)
        time = self.say.clock(there)
        if there.date() == self.sheet.day:
            return time
        return f"{self.say.short_weekday(there.date())} {time}"

    @property
    def title(self) -> str:
        """What the whole is."""
        return self.say.phrase("Baking sheet")

    @property
    def day(self) -> str:
        """Its day with the year: sheets are kept."""
        return f"{self.say.day(self.sheet.day)} {self.sheet.day.year}"

    @property
    def revision(self) -> str:
        """Which plan it shows, and whether anybody has approved it."""
        return revision_words(self.say, self.sheet.revision, self.sheet.status)

    def shift(self, shift: ShiftSheet) -> str:
        """When it is, and how many people."""
        if shift.turn is None:
            return ""
        times = f"{self.clock(shift.turn.starts_at)}–{self.clock(shift.turn.ends_at)}"
        people = self.say.counted("{n} person", "{n} people", shift.turn.people)
        return self.say.phrase("Shift {times}, {people}", times=times, people=people)

    def station(self, station: Station) -> str:
        """What the place is called."""
        return {
            "mixing": self.say.phrase("Mixing"),
            "bench": self.say.phrase("Bench"),
            "proofing": self.say.phrase("Proofing"),
            "oven": self.say.phrase("Oven"),
        }[station]

    def times(self, job: Job) -> tuple[str, str]:
        """When it begins and when it ends."""
        return self.clock(job.starts_at), self.clock(job.ends_at)

    def made(self, job: Job) -> str:
        """How much of it: 121 pieces, or 36.1 kg."""
        if job.unit == "piece":
            return self.say.counted("{n} piece", "{n} pieces", round(job.units))
        return self.say.quantity(job.units, job.unit)

    def step(self, job: Job) -> str:
        """What is done, on what, and what follows."""
        facts = [explain.term(self.say, job.kind), job.equipment or ""]
        if job.cools_until is not None:
            facts.append(self.say.phrase("cools until {time}", time=self.clock(job.cools_until)))
        return " · ".join(filter(None, facts))

    def setting(self, job: Job) -> str:
        """Heat and trays."""
        trays = self.say.counted("{n} tray", "{n} trays", job.trays) if job.trays else ""
        heat = f"{job.temperature} °C" if job.temperature is not None else ""
        return " · ".join(filter(None, (heat, trays)))

    def due(self, job: Job) -> str:
        """When the batch has to be ready, and whether it will."""
        if job.for_next_day:
            return self.say.phrase("for tomorrow")
        due = self.say.phrase("ready by {time}", time=self.clock(job.ready_by))
        if not job.late_minutes:
            return due
        return f"{due} · {self.say.phrase('{n} min late', n=job.late_minutes)}"

    def component(self, weighed: Weighed) -> str:
        """What it is called."""
        return weighed.name or self.say.phrase("Water to full weight")

    def weight(self, weighed: Weighed) -> str:
        """In whole grams and millilitres; a tenth of pieces, and where there is little of it."""
        if weighed.is_packaging:
            return self.say.number(ceil(weighed.quantity))
        digits = 1 if weighed.quantity < _SMALL or weighed.unit == "piece" else 0
        unit = "" if weighed.unit == "piece" else f" {weighed.unit}"
        return f"{self.say.number(weighed.quantity, digits)}{unit}"

    def percent(self, weighed: Weighed) -> str:
        """Of the flour."""
        return "" if weighed.percent is None else self.say.percent(weighed.percent / 100)

    @property
    def blanks(self) -> tuple[str, str, str]:
        """What is written down by hand when a batch is done."""
        return self.say.phrase("Made"), self.say.phrase("Waste"), self.say.phrase("Signed")
