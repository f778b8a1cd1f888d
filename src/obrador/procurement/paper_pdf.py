"""An order as a PDF of A4 pages."""

from collections.abc import Sequence
from io import BytesIO

from obrador.kit.pdf import MM, Pen, new_canvas
from obrador.procurement.paper import OrderPaper, PaperLine
from obrador.procurement.paper_words import PaperWords

_LEFT, _RIGHT, _TOP, _BOTTOM = 18 * MM, 192 * MM, 277 * MM, 22 * MM
_HEAD, _ROW = 62 * MM, 7.5 * MM
"""Heights: of what stands above the table, and of a line of it."""
_FOOT = 60 * MM
"""Of sums and the longest note, on the last page."""
_ENDS = (_LEFT, 112 * MM, 128 * MM, 162 * MM, _RIGHT)
"""Of the columns: the left end of the first, the right ends of the others."""
_SOFT, _LINE = 0.35, 0.65
_ROWS = int((_TOP - _HEAD - _BOTTOM) / _ROW)
_LAST_ROWS = int((_TOP - _HEAD - _BOTTOM - _FOOT) / _ROW)


def order_pdf(paper: OrderPaper) -> bytes:
    """The order in its supplier's language. The same order gives the same bytes."""
    words, content = PaperWords(paper), BytesIO()
    canvas = new_canvas(
        content, paper.say.language, f"{words.title} · {paper.bakery}", paper.bakery
    )
    pages = pages_of(paper.lines)
    for number, lines in enumerate(pages, 1):
        page = _OrderPen(canvas, words)
        page.head()
        page.table(lines)
        if number == len(pages):
            page.foot(len(lines))
        counted = paper.say.phrase("page {n} of {m}", n=number, m=len(pages))
        page.write(counted, _RIGHT, 12 * MM, 9, grey=_SOFT, right=True)
        canvas.showPage()
    canvas.save()
    return content.getvalue()


def pages_of(lines: Sequence[PaperLine]) -> list[tuple[PaperLine, ...]]:
    """The lines of each page; the last has room for what stands below them."""
    pages: list[tuple[PaperLine, ...]] = []
    rest = tuple(lines)
    while len(rest) > _LAST_ROWS:
        pages.append(rest[:_ROWS])
        rest = rest[_ROWS:]
    return [*pages, rest]


class _OrderPen(Pen):
    """Writes one page."""

    def __init__(self, canvas: object, words: PaperWords) -> None:
        super().__init__(canvas)
        self.words = words

    def head(self) -> None:
        """From whom to whom, which order, for when."""
        paper, room = self.words.paper, _RIGHT - _LEFT
        self.write(paper.bakery, _LEFT, _TOP - 5 * MM, 13, bold=True, room=room)
        self.write(self.words.title, _LEFT, _TOP - 20 * MM, 20, bold=True, room=room)
        self.write(paper.supplier.name, _LEFT, _TOP - 30 * MM, 12, room=room)
        if paper.supplier.email:
            self.write(paper.supplier.email, _LEFT, _TOP - 36 * MM, 10, grey=_SOFT, room=room)
        self.write(self.words.delivery, _LEFT, _TOP - 46 * MM, 13, bold=True, room=room)

    def table(self, lines: Sequence[PaperLine]) -> None:
        """The lines below their heads."""
        y = _TOP - _HEAD + 3 * MM
        self.row(self.words.columns, y, size=9, grey=_SOFT)
        self.rule(_LEFT, _RIGHT, y - 2.5 * MM, 1, 0)
        for line in lines:
            y -= _ROW
            self.row(self.words.cells(line), y, size=11, grey=0)
            self.rule(_LEFT, _RIGHT, y - 2.5 * MM, 0.4, _LINE)

    def row(self, cells: Sequence[str], y: float, *, size: float, grey: float) -> None:
        """Cells in their columns."""
        self.write(cells[0], _LEFT, y, size, grey=grey, room=66 * MM)
        for words, end in zip(cells[1:], _ENDS[1:], strict=True):
            self.write(words, end, y, size, grey=grey, right=True)

    def foot(self, rows: int) -> None:
        """Sums and note below so many lines."""
        y = _TOP - _HEAD - rows * _ROW - 6 * MM
        *others, total = self.words.sums
        for (name, amount), bold in [*((each, False) for each in others), (total, True)]:
            self.write(name, 162 * MM, y, 11, bold=bold, right=True)
            self.write(amount, _RIGHT, y, 11, bold=bold, right=True)
            y -= 6 * MM
        for line in self.wrapped(self.words.paper.note, 10, _RIGHT - _LEFT):
            y -= 5 * MM
            self.write(line, _LEFT, y, 10)
