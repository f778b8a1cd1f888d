"""Pictures as SVG text, without a library: elements, ticks of an axis, a document."""

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, floor, log10
from xml.sax.saxutils import escape, quoteattr

STYLE = """
svg { --paper:#fffdf9; --ink:#2a211a; --soft:#6b5d50; --line:#e2d7c6; --past:#b39a80;
  --ahead:#8a4b1f; --band:#ecc9a4; --good:#2f6b3c; --warn:#8f5a00; --bad:#a3261b; --shut:#f1e8db;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; }
@media screen and (prefers-color-scheme: dark) { svg {
  --paper:#231d19; --ink:#f1e8dc; --soft:#b9a997; --line:#3d332b; --past:#8c7763; --ahead:#f0b783;
  --band:#6d4a2b; --good:#86c993; --warn:#f0c169;
  --bad:#f2958b; --shut:#2e2621; } }
.paper { fill: var(--paper); } .line { stroke: var(--line); } .axis { stroke: var(--soft); }
text { fill: var(--soft); font-size: 12px; } .head { fill: var(--ink); font-size: 17px;
  font-weight: 600; } .ink { fill: var(--ink); } .mid { text-anchor: middle; }
.end { text-anchor: end; }
"""
"""The colours of the pages, light and dark, on paper always light; a picture adds rules of its
own."""


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def element(name: str, *children: str, **attributes: object) -> str:
    """An element; children are SVG already. `class_` and `stroke_width` are `class` and
    `stroke-width`; numbers are coordinates."""
    words = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_written(value))}"
        for key, value in attributes.items()
        if value != ""
    )
    return f"<{name}{words}>{''.join(children)}</{name}>" if children else f"<{name}{words}/>"


def label(words: str, x: float, y: float, class_: str = "") -> str:
    """Words at a place."""
    return element("text", escape(words), x=x, y=y, class_=class_)


def told(name: str, words: str, *children: str, **attributes: object) -> str:
    """An element with words that a pointer over it shows, and that are its name."""
    return element(name, element("title", escape(words)), *children, **attributes)


def document(
    size: tuple[float, float],
    title: str,
    description: str,
    style: str | None,
    parts: Sequence[str],
    role: str = "img",
) -> str:
    """A whole picture, for people and for screen readers, in light and dark.

    Args:
        size: width and height in pixels, which scale.
        style: CSS rules besides `STYLE`; None: it is part of a page, whose style sheets have them.
        role: `img`, or `table` if the parts are rows and cells, which screen readers then read.
    """
    width, height = size
    return element(
        "svg",
        element("title", escape(title)),
        element("desc", escape(description)),
        *([] if style is None else [element("style", STYLE + style)]),
        element("rect", class_="paper", width=width, height=height),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(width)} {number(height)}",
        role=role,
    )


def drawing(size: tuple[float, float], title: str, class_: str, parts: Iterable[str]) -> str:
    """A picture within a page, which gives it its colours: no words of its own but `title`, for
    screen readers and pointers."""
    width, height = size
    return element(
        "svg",
        element("title", escape(title)),
        *parts,
        class_=class_,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
    )


def ticks(most: float, count: int = 4) -> list[float]:
    """Round numbers from 0 up to the first that is not below `most`: about `count` steps of 1, 2 or
    5 times a power of ten.

    Example: 87 gives 0, 20, 40, 60, 80, 100.
    """
    rough = max(most, 1e-9) / count
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return list(_steps(step, ceil(most / step - 1e-9)))


def _steps(step: float, count: int) -> Iterator[float]:
    yield from (step * place for place in range(max(count, 1) + 1))


def _written(value: object) -> str:
    return number(value) if isinstance(value, int | float) else str(value)
