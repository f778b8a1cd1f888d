"""Baker's percentages: what goes into a recipe as a share of its flour, which is 100 %.

Pure. Weights in g; a millilitre counts as a gram, as on the scales of a bakery.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from obrador.kit.errors import Fault, Invalid

_SMALLEST = Decimal("0.001")
_WHOLE = Decimal(100)
_OFF = Decimal("0.005")
"""Of all flour, by which rounded percentages may miss it."""


@dataclass(frozen=True, slots=True)
class Line:
    """What goes in: a quantity in its base unit, or else a percentage, or for now neither."""

    unit: str
    is_flour: bool
    quantity: Decimal | None
    percent: Decimal | None = None


def flour_of(lines: Sequence[Line]) -> Decimal:
    """All flour whose weight is given."""
    return sum((line.quantity or Decimal(0) for line in lines if line.is_flour), Decimal(0))


def percentages(lines: Sequence[Line]) -> list[Decimal | None]:
    """Of each line, 100 · quantity / Σ flour; None where there is no flour, or where it is counted
    in pieces.

    Example: 10 kg of flour, 6.5 kg of water and 200 g of salt are 100 %, 65 % and 2 %.
    """
    flour = flour_of(lines)
    return [
        _WHOLE * line.quantity / flour
        if flour and line.quantity is not None and line.unit != "piece"
        else None
        for line in lines
    ]


def weights(lines: Sequence[Line], flour: Decimal | None = None) -> list[Decimal]:
    """The quantity of each line: the one that is given, or percent · flour / 100.

    Args:
        flour: all of it; None: as much as the lines with a quantity have.

    Raises:
        Invalid: a line has neither or is counted in pieces, nobody knows how much flour there is,
            or the flours do not come to all of it; names the line.
    """
    total = flour_of(lines) if flour is None else flour
    found = [_weight(line, total, f"components.{place}") for place, line in enumerate(lines)]
    by_percent = any(line.is_flour and line.quantity is None for line in lines)
    sifted = sum((q for q, line in zip(found, lines, strict=True) if line.is_flour), Decimal(0))
    if by_percent and abs(sifted - total) > _OFF * total:
        share = round(_WHOLE * sifted / total, 1)
        raise Invalid(
            "The flours come to {share:f} %; together they must be 100 %.",
            [Fault("flour", "the flours come to {share:f} %, not to 100 %", share=share)],
            share=share,
        )
    return found


def _weight(line: Line, flour: Decimal, where: str) -> Decimal:
    if line.quantity is not None:
        return line.quantity
    if line.percent is None:
        fault = Fault(f"{where}.quantity", "is missing")
        raise Invalid("{place}: say how much of it goes in.", [fault], place=where)
    if line.unit == "piece":
        fault = Fault(f"{where}.percent", "is counted in pieces: say how many")
        raise Invalid("{place}: it is counted in pieces. Say how many.", [fault], place=where)
    if not flour:
        raise Invalid(
            "Percentages are of the flour: say how much flour there is.",
            [Fault("flour", "is missing, and percentages are of it")],
        )
    return (line.percent * flour / _WHOLE).quantize(_SMALLEST)
