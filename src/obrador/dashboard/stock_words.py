"""Stock as people read it: how much there is, how long it lasts, what comes and goes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.dashboard.stock_picture import DAYS, small_svg
from obrador.insights.larder import Larder
from obrador.inventory import service as inventory
from obrador.inventory.domain import Ingredient, Lot
from obrador.kit.i18n import Speech
from obrador.procurement.domain import Projection

SOON = 3
"""Days within which what expires is told of."""
Show = Literal["all", "low", "critical", "expiring"]
SHOWN: tuple[Show, ...] = ("all", "low", "critical", "expiring")


@dataclass(frozen=True, slots=True)
class Level:
    """How much there is of something. Quantities in its base unit."""

    item_id: UUID
    name: str
    unit: str
    category: str
    quantity: float
    """What has expired left out."""
    expired: float
    expires_on: date | None
    """The first day that some of it is lost after; null: it keeps."""
    is_expiring: bool
    """Within `SOON` days, or expired already."""
    safety: float | None
    cover: int | None
    """Whole days that it lasts without deliveries; null: longer than is planned, or unknown."""
    state: Literal["critical", "low", "ok"]
    stock_out_on: date | None
    value_minor: int | None
    picture: Markup | None

    def is_shown(self, show: Show) -> bool:
        """Whether it is among those asked for."""
        matches = {
            "all": True,
            "low": self.state == "low",
            "critical": self.state == "critical",
            "expiring": self.is_expiring,
        }
        return matches[show]


@dataclass(frozen=True, slots=True)
class Levels:
    """A bakery's stock."""

    bought: tuple[Level, ...]
    made: tuple[Level, ...]
    planned_on: date | None
    """First day of the plan that looks ahead; null: there is none."""
    is_counted: bool
    """Somebody has entered stock of ingredients."""

    @property
    def value_minor(self) -> int:
        """Of all whose price is known."""
        return sum(level.value_minor or 0 for level in (*self.bought, *self.made))

    def count(self, show: Show) -> int:
        """How many are among those asked for."""
        return sum(level.is_shown(show) for level in self.bought)


async def load_levels(
    session: AsyncSession, tenant: TenantId, larder: Larder, say: Speech, today: date
) -> Levels:
    """All of a bakery's stock. One query."""
    plan, names, worth = larder.plan, larder.names, larder.worth
    lots = (await inventory.load_lots(session, [tenant]))[tenant]
    of_item: dict[UUID, list[Lot]] = defaultdict(list)
    for lot in lots:
        of_item[lot.item_id].append(lot)
    ahead = {each.ingredient_id: each for each in plan.projections} if plan else {}
    first = plan.business_date if plan else today
    bought = {each.id for each in larder.ingredients}
    made = [Ingredient(own, *names[own]) for own in of_item if own not in bought and own in names]

    def level(item: Ingredient) -> Level:
        return _level(
            say, item, of_item[item.id], ahead.get(item.id), worth.get(item.id), first, today
        )

    return Levels(
        bought=tuple(sorted(map(level, larder.ingredients), key=_urgency)),
        made=tuple(sorted(map(level, made), key=lambda each: each.name.casefold())),
        planned_on=plan.business_date if plan else None,
        is_counted=any(lot.item_id in bought for lot in lots),
    )


def _urgency(level: Level) -> tuple[int, str]:
    return {"critical": 0, "low": 1, "ok": 2}[level.state], level.name.casefold()


def _level(
    say: Speech,
    item: Ingredient,
    lots: Sequence[Lot],
    ahead: Projection | None,
    worth: float | None,
    first: date,
    today: date,
) -> Level:
    usable = sum(lot.quantity for lot in lots if _keeps(lot, today))
    expired = sum(lot.quantity for lot in lots if not _keeps(lot, today))
    days = [lot.expires_on for lot in lots if lot.expires_on is not None]
    out = None if ahead is None else ahead.stock_out_day
    return Level(
        item_id=item.id,
        name=item.name,
        unit=item.unit,
        category=item.category,
        quantity=usable,
        expired=expired,
        expires_on=min(days, default=None),
        is_expiring=bool(days) and min(days) < today + timedelta(days=SOON),
        safety=None if ahead is None else ahead.safety.quantity,
        cover=None if ahead is None else cover_days(usable, ahead.requirement),
        state=_state(usable, ahead, is_counted=bool(lots)),
        stock_out_on=None if out is None else first + timedelta(days=out),
        value_minor=None if worth is None else round(worth * usable),
        picture=None
        if ahead is None
        else Markup(small_svg(say, ahead, item.name, item.unit, first)),  # noqa: S704  it escapes
    )


def _keeps(lot: Lot, today: date) -> bool:
    return lot.expires_on is None or lot.expires_on >= today


def cover_days(quantity: float, requirement: Iterable[float]) -> int | None:
    """Whole days that a quantity lasts without deliveries; None: all that are given.

    Example: 10 lasts two days if 4 are needed each day.
    """
    for day, needed in enumerate(requirement):
        quantity -= needed
        if quantity < 0:
            return day
    return None


def _state(
    usable: float, ahead: Projection | None, *, is_counted: bool
) -> Literal["critical", "low", "ok"]:
    if ahead is None:
        return "ok"
    if ahead.is_critical:
        return "critical"
    is_out = ahead.stock_out_day is not None and ahead.stock_out_day < DAYS
    # Of what nobody counts, no level is known that could be low.
    is_below = is_counted and usable < ahead.safety.quantity
    return "low" if is_out or is_below else "ok"
