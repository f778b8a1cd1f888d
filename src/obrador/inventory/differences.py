"""What was counted beside what stock held, on paper, at that moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.inventory import history
from obrador.inventory.models import CountLine


@dataclass(frozen=True, slots=True)
class Off:
    """A line that has been counted."""

    line: CountLine
    expected: Decimal
    counted: Decimal
    value_minor: int | None
    """Of the difference; null: no price is known."""

    @property
    def difference(self) -> Decimal:
        """How much more (or, negative, less) there was."""
        return self.counted - self.expected


def item_of(line: CountLine) -> UUID:
    """What a line is of."""
    return line.ingredient_id or line.product_id or line.recipe_id or line.id


async def differences(
    session: AsyncSession,
    tenant: TenantId,
    lines: Sequence[CountLine],
    worth: Mapping[UUID, float],
) -> list[Off]:
    """The lines that have been counted, with what they are off by. One query.

    What was expected is the sum of all movements up to the moment of counting, those included that
    were posted after it: a delivery that is entered late is no difference, and what is used after
    counting does not make one.
    """
    counted = [
        (line, line.counted, line.counted_at)
        for line in lines
        if line.counted is not None and line.counted_at is not None
    ]
    asked = [(line.id, line.lot_id, at) for line, _, at in counted if line.lot_id is not None]
    held = await history.held_at(session, tenant, asked) if asked else {}
    return [_off(line, held.get(line.id, Decimal(0)), own, worth) for line, own, _ in counted]


def _off(line: CountLine, expected: Decimal, counted: Decimal, worth: Mapping[UUID, float]) -> Off:
    if line.posted is not None:
        # What has been approved stays as it was then.
        return Off(line, line.expected, counted, line.value_minor)
    cost = worth.get(item_of(line))
    value = None if cost is None else round(cost * float(counted - expected))
    return Off(line, expected, counted, value)
