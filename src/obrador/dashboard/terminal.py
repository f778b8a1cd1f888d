"""A briefing on the terminal."""

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from obrador.kit.i18n import Speech
from obrador.orchestration.briefing import BakeLine, Briefing, PurchaseBlock

_MARKS = {"critical": ("●", "bold red"), "warning": ("●", "yellow"), "info": ("○", "dim")}


def show(console: Console, say: Speech, briefing: Briefing, *, why: bool) -> None:
    """Print the morning: what to bake when, what to order by when, what needs attention."""
    console.print()
    console.print(_title(say, briefing))
    for heading, body in (
        (say.phrase("Needs attention"), _notes(briefing)),
        (say.phrase("Bake"), _bake(say, briefing, why)),
        (say.phrase("Timetable"), _timetable(say, briefing, why)),
        (say.phrase("Order"), _orders(say, briefing, why)),
    ):
        if body is not None:
            console.print()
            console.print(Text(heading, "bold"))
            console.print(Padding(body, (0, 0, 0, 2)))
    console.print()


def _title(say: Speech, briefing: Briefing) -> Text:
    facts = [say.day(briefing.day), briefing.bakery]
    if briefing.data_until:
        facts.append(say.phrase("sales until {day}", day=say.short_day(briefing.data_until)))
    if briefing.revision:
        facts.append(say.phrase("revision {n}", n=briefing.revision))
    return Text.assemble((facts[0], "bold"), (" · " + " · ".join(facts[1:]), "dim"))


def _notes(briefing: Briefing) -> RenderableType | None:
    if not briefing.notes:
        return None
    table = Table.grid(padding=(0, 1))
    for note in briefing.notes:
        mark, style = _MARKS[note.severity]
        table.add_row(Text(mark, style), Text(note.text))
    return table


def _bake(say: Speech, briefing: Briefing, why: bool) -> RenderableType:
    if not briefing.bake and not briefing.to_order:
        return Text(say.phrase("Nothing to bake."))
    parts: list[RenderableType] = []
    if briefing.bake:
        parts.append(_bake_table(say, briefing.bake, say.phrase("Bake"), why))
    if briefing.to_order:
        heading = say.phrase("Made to order or bought in: expected sales")
        parts += [Text("\n" + heading, "dim"), _bake_table(say, briefing.to_order, None, why)]
    return Group(*parts)


def _bake_table(say: Speech, lines: tuple[BakeLine, ...], quantity: str | None, why: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    if quantity:
        table.add_column(say.phrase("Ready"))
    table.add_column(say.phrase("Product"))
    if quantity:
        table.add_column(quantity, justify="right", style="bold")
    table.add_column(say.phrase("Expected"), justify="right")
    table.add_column(say.phrase("8 days in 10 between"), justify="right")
    if why:
        table.add_column(say.phrase("Why?"), style="dim", ratio=1)
    for line in lines:
        cells = [_name(line.product, line.assumed)]
        if quantity:
            ready = say.clock(line.ready_by) if line.ready_by else "–"
            cells = [Text(ready), *cells, Text(say.quantity(line.quantity, line.unit))]
        cells.append(Text(say.estimate(line.expected, line.unit)))
        low, high = (say.quantity(value, line.unit) for value in (line.low, line.high))
        cells.append(Text(f"{low}–{high}"))
        if why:
            cells.append(Text(f"{line.why} {line.moved_by}".strip()))
        table.add_row(*cells)
    return table


def _timetable(say: Speech, briefing: Briefing, why: bool) -> RenderableType | None:
    if not briefing.batches:
        return None
    table = Table.grid(padding=(0, 2))
    for batch in briefing.batches:
        start = say.clock(batch.starts_at)
        if batch.evening_before:
            start = f"{say.weekday(batch.starts_at.date())[:3]} {start}"
        steps = " · ".join(f"{step.name} {say.clock(step.starts_at)}" for step in batch.steps)
        ready = Text(say.clock(batch.ends_at), "green")
        if batch.late_minutes:
            late = say.phrase("{n} min late", n=batch.late_minutes)
            ready = Text(f"{ready.plain}, {late}", "bold red")
        quantity = say.quantity(batch.quantity, batch.unit)
        what = Text.assemble(batch.name, f" {quantity}\n", (steps, "dim"))
        if why:
            what.append(f"\n{batch.why}", "dim italic")
        table.add_row(Text(start, "bold"), Text("→"), ready, what)
    return table


def _orders(say: Speech, briefing: Briefing, why: bool) -> RenderableType:
    if not briefing.orders:
        return Text(say.phrase("Nothing to order."))
    return Group(*(_order(say, order, why) for order in briefing.orders))


def _order(say: Speech, order: PurchaseBlock, why: bool) -> RenderableType:
    by = (
        say.phrase("Order today")
        if order.is_due
        else say.phrase("Order by {day}", day=say.short_day(order.order_on))
    )
    arrives = say.phrase("arrives {day}", day=say.short_day(order.delivery_on))
    head = Text.assemble(
        (order.supplier, "bold"),
        " · ",
        (by, "bold yellow" if order.is_due else ""),
        f" · {arrives} · {say.money(order.total_minor)}",
    )
    table = Table.grid(padding=(0, 2))
    for line in order.lines:
        packs = f"{say.number(line.packs)} × {say.quantity(line.pack_size, line.unit)}"
        cells = [Text(packs, justify="right"), _name(line.ingredient, line.assumed)]
        cells.append(Text(say.money(line.amount_minor), justify="right"))
        table.add_row(*cells, Text(line.why if why else "", "dim"))
    return Group(head, Padding(table, (0, 0, 1, 2)))


def _name(name: str, assumed: bool) -> Text:
    return Text.assemble(name, (" *" if assumed else "", "yellow"))
