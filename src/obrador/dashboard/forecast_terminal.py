"""What is foreseen, on the terminal: a table, reasons, and a picture in blocks."""

from collections.abc import Mapping, Sequence
from datetime import date

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from obrador.kit.i18n import Speech
from obrador.orchestration.foresight import Foresight
from obrador.orchestration.foresight_days import DayAhead, PastDay, ProductForesight

_BLOCKS = " ▁▂▃▄▅▆▇█"
_ROWS = 8
_MARGIN = 8


def show_forecast(console: Console, say: Speech, seen: Foresight, *, why: bool) -> None:
    """Print products and days; with `why`, a sentence for each number."""
    console.print()
    console.print(_title(say, seen))
    console.print()
    if not seen.products:
        console.print(Padding(say.phrase("Nothing is expected to sell."), (0, 0, 0, 2)))
    else:
        console.print(Padding(_table(say, seen.products), (0, 0, 0, 2)))
        for line in _footnotes(say, seen.products):
            console.print(Padding(line, (0, 0, 0, 2)))
    if why:
        for product in seen.products:
            console.print()
            console.print(Padding(_reasons(say, product), (0, 0, 0, 2)))
    console.print()


def _title(say: Speech, seen: Foresight) -> Text:
    made = say.phrase("foreseen on the morning of {day}", day=say.short_day(seen.made_for))
    return Text.assemble(
        (say.phrase("Expected sales"), "bold"), (f" · {seen.bakery} · {made}", "dim")
    )


def _table(say: Speech, products: Sequence[ProductForesight]) -> Table:
    """Products by days: the mean, and below it what eight days in ten lie between."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    table.add_column(say.phrase("Product"), overflow="fold")
    for day in products[0].ahead:
        weekday, _, rest = say.short_day(day.day).partition(" ")
        mark = "★ " if day.holiday else ""
        table.add_column(f"{mark}{weekday}\n{rest}", justify="right", no_wrap=True)
    for product in products:
        table.add_row(product.product, *(_cell(say, product, day) for day in product.ahead))
    return table


def _cell(say: Speech, product: ProductForesight, day: DayAhead) -> Text:
    if not day.is_open:
        return Text("–", "dim")
    mark = "" if day.statistical is None else "* "
    low, high = (say.quantity(value, product.unit) for value in (day.low, day.high))
    mean = say.estimate(day.mean, product.unit)
    return Text.assemble((mark, "yellow"), (mean, "bold"), "\n", (f"{low}–{high}", "dim"))


def _footnotes(say: Speech, products: Sequence[ProductForesight]) -> list[Text]:
    notes = [say.phrase("Below each: what 8 days in 10 lie between.")]
    if not all(day.is_open for day in products[0].ahead):
        notes.append(say.phrase("–: closed."))
    if any(day.statistical is not None for product in products for day in product.ahead):
        notes.append(say.phrase("*: changed by a person; --why tells who and why."))
    holidays = [(day.day, day.holiday) for day in products[0].ahead if day.holiday]
    notes += [f"★: {say.short_day(day)}, {name}" for day, name in holidays]
    return [Text(note, "dim") for note in notes]


def _reasons(say: Speech, product: ProductForesight) -> Table:
    table = Table.grid(padding=(0, 1))
    table.title, table.title_justify, table.title_style = product.product, "left", "bold"
    table.add_column(style="dim", no_wrap=True)
    table.add_column(justify="right", style="bold", no_wrap=True)
    table.add_column(ratio=1)
    for day in product.ahead:
        if day.is_open:
            mean = say.estimate(day.mean, product.unit)
            table.add_row(say.short_day(day.day), mean, Text(day.why))
        else:
            table.add_row(say.short_day(day.day), "–", say.phrase("The shop is closed."))
    return table


def plot_forecast(console: Console, say: Speech, product: ProductForesight) -> None:
    """Print sales and forecast as columns of blocks, a column for each day."""
    past = {day.day: day for day in product.past}
    ahead = {day.day: day for day in product.ahead}
    days = sorted(past.keys() | ahead.keys())
    most = max(
        [*(day.sold or 0.0 for day in product.past), *(day.high for day in product.ahead), 1.0]
    )
    columns = [_column(past.get(day), ahead.get(day), most) for day in days]
    console.print()
    console.print(Text(product.product, "bold"))
    for row in reversed(range(_ROWS)):
        scale = {_ROWS - 1: say.number(most), 0: "0"}.get(row, "")
        line = Text(f"{scale:>{_MARGIN - 2}} ┤")
        for column in columns:
            line.append(*column[row])
        console.print(line, soft_wrap=True)
    for marks in (_marks(days, past, ahead), _dates(say, days)):
        console.print(Text(" " * _MARGIN + marks, "dim"), soft_wrap=True)
    console.print(Text(" " * _MARGIN + _key(say), "dim"), soft_wrap=True)
    console.print()


def _column(past: PastDay | None, ahead: DayAhead | None, most: float) -> list[tuple[str, str]]:
    """A day's characters from the bottom up, each with its style."""
    sold = 0.0 if past is None or past.sold is None else past.sold * _ROWS / most
    if ahead is None or not ahead.is_open:
        eighths = round(sold * 8)
        return [(_BLOCKS[min(max(eighths - 8 * row, 0), 8)], "") for row in range(_ROWS)]
    low, mean, high = (value * _ROWS / most for value in (ahead.low, ahead.mean, ahead.high))
    column = [("░", "cyan") if low < row + 1 and row < high else (" ", "") for row in range(_ROWS)]
    column[_row(mean)] = ("━", "bold cyan")
    if past is not None and past.sold is not None:
        column[_row(sold)] = ("●", "bold")
    return column


def _row(height: float) -> int:
    return min(int(height), _ROWS - 1)


def _marks(
    days: Sequence[date], past: Mapping[date, PastDay], ahead: Mapping[date, DayAhead]
) -> str:
    def mark(day: date) -> str:
        known = past.get(day) or ahead[day]
        if known.holiday:
            return "★"
        if day in past and past[day].sold_out:
            return "▲"
        return " " if known.is_open else "·"

    return "".join(map(mark, days))


def _dates(say: Speech, days: Sequence[date]) -> str:
    """The date of every Monday, as far as there is room."""
    line = ""
    for place, day in enumerate(days):
        if day.weekday() == 0 and place >= len(line):
            line = f"{line:<{place}}{say.short_day(day).partition(' ')[2]} "
    return line


def _key(say: Speech) -> str:
    marks = {
        "█": say.phrase("sold"),
        "━": say.phrase("expected"),
        "░": say.phrase("8 days in 10 between"),
        "▲": say.phrase("sold out"),
        "★": say.phrase("holiday"),
        "·": say.phrase("closed"),
    }
    return "  ".join(f"{mark} {words}" for mark, words in marks.items())
