"""What is said to have come, against what was ordered. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from obrador.kit.errors import Fault, Invalid
from obrador.kit.money import from_minor
from obrador.kit.schemas import in_base_unit, to_minor
from obrador.procurement.models import PurchaseOrderLine
from obrador.procurement.receipt_schemas import LineReceipt, ReceiptInput

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is taken in without another word."""

    on: date
    today: date
    currency: str
    accept_surplus: bool
    accept_expired: bool


@dataclass(frozen=True, slots=True)
class Lot:
    """Part of what was accepted, in the base unit."""

    quantity: Decimal
    expires_on: date | None
    code: str


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one line, in the ingredient's base unit."""

    row: PurchaseOrderLine
    unit: str
    lots: tuple[Lot, ...]
    outstanding: Decimal
    """Before it came."""
    refused: Decimal
    refused_reason: str
    will_not_come: Decimal
    invoiced_minor: int | None
    """For a pack; None: as ordered."""
    currency: str

    @property
    def accepted(self) -> Decimal:
        """Of all lots."""
        return sum((lot.quantity for lot in self.lots), _NOTHING)

    @property
    def surplus(self) -> Decimal:
        """More than was still to come."""
        return max(_NOTHING, self.accepted - max(_NOTHING, self.outstanding))

    def facts(self) -> dict[str, Any]:
        """The line as a receipt and a history keep it. JSON-ready."""
        row = self.row
        invoiced = row.pack_price_minor if self.invoiced_minor is None else self.invoiced_minor
        return {
            "position": row.position,
            "ingredient_id": str(row.ingredient_id),
            "unit": self.unit,
            "lots": [
                {
                    "quantity": f"{lot.quantity:f}",
                    "expires_on": lot.expires_on and lot.expires_on.isoformat(),
                    "code": lot.code,
                }
                for lot in self.lots
            ],
            "accepted": f"{self.accepted:f}",
            "surplus": f"{self.surplus:f}",
            "refused": f"{self.refused:f}",
            "refused_reason": self.refused_reason,
            "will_not_come": f"{self.will_not_come:f}",
            "ordered_pack_price": f"{from_minor(row.pack_price_minor, self.currency):f}",
            "invoiced_pack_price": f"{from_minor(invoiced, self.currency):f}",
        }


def outstanding_of(row: PurchaseOrderLine) -> Decimal:
    """What of a line is still to come, in the base unit; negative: more came than was ordered."""
    return row.packs * row.pack_size - row.received - row.cancelled


def weighed(
    given: ReceiptInput, rows: Sequence[PurchaseOrderLine], units: Mapping[UUID, str], rules: Rules
) -> list[Line]:
    """The lines of a receipt, checked. Without lines, all that is outstanding has come.

    Raises:
        Invalid: names each line that is not of the order, needs a reason or a confirmation.
    """
    if given.lines is None:
        lines = list(_as_ordered(rows, units, rules.currency))
    else:
        by_position = {row.position: row for row in rows}
        lines = [
            _line(number, each, by_position, units, rules)
            for number, each in enumerate(given.lines)
        ]
    if faults := list(_faults(lines, rules)):
        raise Invalid(" ".join(fault.message for fault in faults[:3]), faults)
    return lines


def _as_ordered(
    rows: Sequence[PurchaseOrderLine], units: Mapping[UUID, str], currency: str
) -> Iterator[Line]:
    for row in rows:
        if (rest := outstanding_of(row)) > 0:
            lots = (Lot(rest, None, ""),)
            unit = units[row.ingredient_id]
            yield Line(row, unit, lots, rest, _NOTHING, "", _NOTHING, None, currency)


def _line(
    number: int,
    given: LineReceipt,
    rows: Mapping[int, PurchaseOrderLine],
    units: Mapping[UUID, str],
    rules: Rules,
) -> Line:
    where = f"lines.{number}"
    if given.position not in rows:
        known = ", ".join(map(str, sorted(rows)))
        message = f"The order has no line {given.position}; its lines are {known}."
        raise Invalid(message, [Fault(f"{where}.position", message)])
    row = rows[given.position]
    unit = units[row.ingredient_id]
    lots = tuple(
        Lot(
            in_base_unit(lot.quantity, lot.unit, unit, f"{where}.lots.{index}.quantity"),
            lot.expires_on,
            lot.code,
        )
        for index, lot in enumerate(given.lots)
    )
    rest = outstanding_of(row)
    accepted = sum((lot.quantity for lot in lots), _NOTHING)
    price = given.pack_price
    return Line(
        row=row,
        unit=unit,
        lots=lots,
        outstanding=rest,
        refused=in_base_unit(given.refused, given.refused_unit, unit, f"{where}.refused"),
        refused_reason=given.refused_reason,
        will_not_come=max(_NOTHING, rest - accepted) if given.rest_will_not_come else _NOTHING,
        invoiced_minor=None
        if price is None
        else to_minor(price, rules.currency, f"{where}.pack_price"),
        currency=rules.currency,
    )


def _faults(lines: Sequence[Line], rules: Rules) -> Iterator[Fault]:
    """Whatever needs another word of the person who receives."""
    for number, line in enumerate(lines):
        where = f"lines.{number}"
        if line.refused and not line.refused_reason:
            yield Fault(f"{where}.refused_reason", "Say why it was refused.")
        if line.surplus and not rules.accept_surplus:
            yield Fault(
                f"{where}.lots",
                "Line {position}: {accepted:f} {unit} came, and only {outstanding:f} {unit} are"
                " still to come. If it is right, send accept_surplus: true.",
                position=line.row.position,
                accepted=line.accepted,
                unit=line.unit,
                outstanding=max(_NOTHING, line.outstanding),
            )
        if rules.accept_expired:
            continue
        for index, lot in enumerate(line.lots):
            if lot.expires_on is not None and lot.expires_on < rules.on:
                yield Fault(
                    f"{where}.lots.{index}.expires_on",
                    "Line {position}: this lot expired on {expires_on}, before it came."
                    " Count it as refused; or, to take it in nevertheless, send"
                    " accept_expired: true.",
                    position=line.row.position,
                    expires_on=lot.expires_on,
                )
