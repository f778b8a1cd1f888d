"""Drawing on pages of A4 with reportlab, in a font of our own. Points, from the lower left corner.

Words are text, in a font that is part of the file and knows Latin, Greek and Cyrillic letters; of
other scripts only boxes are seen. The same drawing gives the same bytes.
"""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

PLAIN, BOLD = "NotoSans-Regular", "NotoSans-Bold"
MM = 72 / 25.4
_FONTS = Path(__file__).parent / "fonts"


class Pen:
    """Writes on the canvas that it is given."""

    def __init__(self, canvas: Any) -> None:
        self.canvas = canvas

    def write(
        self,
        words: str,
        x: float,
        y: float,
        size: float,
        *,
        bold: bool = False,
        grey: float = 0.0,
        right: bool = False,
        room: float | None = None,
    ) -> None:
        """Words at a place, which is their right end if `right`; cut if they need more `room`."""
        font = BOLD if bold else PLAIN
        if room is not None and self.width(words, font, size) > room:
            while words and self.width(f"{words}…", font, size) > room:
                words = words[:-1].rstrip()
            words = f"{words}…"
        self.canvas.setFont(font, size)
        self.canvas.setFillGray(grey)
        (self.canvas.drawRightString if right else self.canvas.drawString)(x, y, words)

    def width(self, words: str, font: str, size: float) -> float:
        """How long the words are."""
        length: float = self.canvas.stringWidth(words, font, size)
        return length

    def wrapped(self, words: str, size: float, room: float) -> list[str]:
        """Plain words as lines that fit into the room."""
        from reportlab.lib.utils import simpleSplit

        return [str(line) for line in simpleSplit(words, PLAIN, size, room)]

    def rule(self, left: float, right: float, y: float, thick: float, grey: float) -> None:
        """A line from left to right; grey from black 0 to white 1."""
        self.canvas.setStrokeGray(grey)
        self.canvas.setLineWidth(thick)
        self.canvas.line(left, y, right, y)


def new_canvas(content: BytesIO, language: str, title: str, author: str) -> Any:
    """A canvas of A4 pages that writes to `content` when it is saved."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    _register_fonts()
    canvas = Canvas(content, pagesize=A4, invariant=1, lang=language, pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    return canvas


@cache
def _register_fonts() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, _FONTS / f"{name}.ttf"))
