"""What an order says to its supplier, alike in the mail, the PDF and the CSV file."""

import csv
from decimal import Decimal
from io import StringIO

from obrador.kit.money import from_minor
from obrador.kit.spreadsheets import harmless
from obrador.procurement.paper import OrderPaper, PaperLine


class PaperWords:
    """The words of one order, in its supplier's language."""

    def __init__(self, paper: OrderPaper) -> None:
        self.paper = paper
        self.say = paper.say

    @property
    def title(self) -> str:
        """What it is, and its number."""
        if not self.paper.number:
            return self.say.phrase("Order (draft)")
        return self.say.phrase("Order {number}", number=self.paper.number)

    @property
    def day(self) -> str:
        """When it is to be delivered, with the year: orders are kept."""
        return f"{self.say.day(self.paper.delivery_on)} {self.paper.delivery_on.year}"

    @property
    def delivery(self) -> str:
        """When it is to be delivered, as a sentence."""
        return self.say.phrase("Delivery on {day}", day=self.day)

    @property
    def subject(self) -> str:
        """Of the mail."""
        return self.say.phrase(
            "Order {number} from {bakery} for {day}",
            number=self.paper.number,
            bakery=self.paper.bakery,
            day=self.day,
        )

    @property
    def columns(self) -> tuple[str, str, str, str, str]:
        """Heads of the table: what, pack, packs, price, amount."""
        return (
            self.say.phrase("Article"),
            self.say.phrase("Pack"),
            self.say.phrase("Packs"),
            self.say.phrase("Price per pack"),
            self.say.phrase("Amount"),
        )

    def cells(self, line: PaperLine) -> tuple[str, str, str, str, str]:
        """A line of the table."""
        return (
            line.name,
            self.pack(line),
            self.say.number(line.packs),
            self.say.money(line.pack_price_minor),
            self.say.money(line.total_minor),
        )

    def pack(self, line: PaperLine) -> str:
        """Its size, exactly: 25 kg, 12.345 kg, 500 ml."""
        if line.unit == "piece":
            return self.say.counted("{n} piece", "{n} pieces", int(line.pack_size))
        size, unit = line.pack_size, line.unit
        if size >= 1000:
            size, unit = size / 1000, {"g": "kg", "ml": "l"}[unit]
        return f"{self.say.number(size, 6)} {unit}"

    @property
    def sums(self) -> tuple[tuple[str, str], ...]:
        """What stands below the table, the total last."""
        paper, money = self.paper, self.say.money
        total = (self.say.phrase("Total without tax"), money(paper.total_minor))
        if not paper.fee_minor:
            return (total,)
        return (
            (self.say.phrase("Goods"), money(paper.goods_minor)),
            (self.say.phrase("Delivery"), money(paper.fee_minor)),
            total,
        )

    @property
    def text(self) -> str:
        """The mail. What it orders stands in it too: not everybody opens a PDF on the road."""
        paper, say = self.paper, self.say
        lines = [
            f"- {cells[2]} × {cells[1]} {cells[0]}: {cells[4]}"
            for cells in map(self.cells, paper.lines)
        ]
        parts = [
            say.phrase("Good day,"),
            say.phrase("please deliver to {bakery} on {day}:", bakery=paper.bakery, day=self.day),
            "\n".join(lines),
            "\n".join(f"{name}: {amount}" for name, amount in self.sums),
            paper.note,
            say.phrase(
                "The order is attached as a PDF. Its number is {number}: should this message reach"
                " you twice, it is the same order.",
                number=paper.number,
            ),
            say.phrase("Please answer if anything cannot come on that day. Thank you!"),
            paper.bakery,
        ]
        return "\n\n".join(filter(None, parts)) + "\n"

    @property
    def csv(self) -> str:
        """The lines as CSV: comma, point and UTF-8, whatever the language, for programs; and no
        cell that a spreadsheet would take for a formula."""
        paper, out = self.paper, StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(
            ("order", "supplier", "delivery_on", "position", "article", "packs", "pack_size",
             "unit", "pack_price", "amount", "currency")
        )  # fmt: skip
        for line in paper.lines:
            writer.writerow(
                (
                    paper.number,
                    harmless(paper.supplier.name),
                    paper.delivery_on.isoformat(),
                    line.position,
                    harmless(line.name),
                    line.packs,
                    _plain(line.pack_size),
                    line.unit,
                    from_minor(line.pack_price_minor, self.say.currency),
                    from_minor(line.total_minor, self.say.currency),
                    self.say.currency,
                )
            )
        return out.getvalue()


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
