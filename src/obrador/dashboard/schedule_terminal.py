"""A day's production on the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from obrador.dashboard.sheet_words import revision_words
from obrador.kit.i18n import Speech
from obrador.orchestration.production_day import Timeline, TimelineBatch, TimelineStep


def show_schedule(console: Console, say: Speech, seen: Timeline, *, why: bool) -> None:
    """Print batches by start, with the machine of each step, what is late and for what reason."""
    console.print()
    facts = [seen.bakery, revision_words(say, seen.revision, seen.status)]
    console.print(Text.assemble((say.day(seen.day), "bold"), (f" · {' · '.join(facts)}", "dim")))
    console.print()
    for sentence in seen.unplaced:
        console.print(Text.assemble(("● ", "bold red"), sentence))
    if seen.remedies:
        helps = say.phrase("What would help: {remedies}.", remedies="; ".join(seen.remedies))
        console.print(Text.assemble(("● ", "bold yellow"), helps))
    if not seen.batches:
        console.print(say.phrase("Nothing to bake."))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(say.phrase("Start"))
    table.add_column("", justify="right", style="dim")
    table.add_column(say.phrase("Product"), ratio=1)
    table.add_column(say.phrase("Bake"), justify="right", style="bold")
    table.add_column(say.phrase("Ready"))
    table.add_column(say.phrase("ready by"))
    for batch in seen.batches:
        what = Text.assemble(batch.name, "\n", (_steps(say, batch.steps), "dim"))
        if batch.late_because:
            what.append(f"\n{batch.late_because}", "red")
        if why:
            what.append(f"\n{batch.why}", "dim italic")
        table.add_row(
            Text(_start(say, batch), "bold"),
            str(batch.number),
            what,
            say.quantity(batch.quantity, batch.unit),
            _ready(say, batch),
            say.phrase("for tomorrow") if batch.for_next_day else say.clock(batch.ready_by),
        )
    console.print(table)
    console.print()


def _start(say: Speech, batch: TimelineBatch) -> str:
    start = say.clock(batch.starts_at)
    return f"{say.short_weekday(batch.starts_at.date())} {start}" if batch.evening_before else start


def _ready(say: Speech, batch: TimelineBatch) -> Text:
    ready = say.clock(batch.ends_at)
    if not batch.late_minutes:
        return Text(ready, "green")
    return Text(f"{ready}, {say.phrase('{n} min late', n=batch.late_minutes)}", "bold red")


def _steps(say: Speech, steps: tuple[TimelineStep, ...]) -> str:
    return " · ".join(
        f"{step.name} {say.clock(step.starts_at)}" + (f" ({step.machine})" if step.machine else "")
        for step in steps
    )
