"""Weeks of buying, morning by morning: what a buyer orders meets days that turn out otherwise.

Pure; chance is drawn beforehand, so that every buyer meets the same days. Axes of arrays: T days,
N ingredients; quantities in base units, money in minor units.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

import numpy as np

from obrador.inventory.domain import Ingredient, Lot
from obrador.procurement.domain import OpenOrder, PurchaseProblem
from obrador.procurement.projection import FOREVER, NOTHING, Supply, delivered
from obrador.simulation.ledger import Ledger
from obrador.simulation.seasons import Floats, Season


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """So many packs."""

    ingredient_id: UUID
    packs: int
    pack_size: float
    pack_price_minor: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a buyer orders from a supplier for a day."""

    supplier_id: UUID
    delivery_on: date
    lines: tuple[OrderedLine, ...]


Buyer = Callable[[PurchaseProblem], Sequence[Ordered]]
"""What is ordered on a problem's first day, given what is known that morning."""


@dataclass(slots=True)
class _Batch:
    """Some of an ingredient that came together."""

    quantity: float
    last_day: int
    unit_minor: float


@dataclass(slots=True)
class _Due:
    """A line on its way."""

    column: int
    expected: int
    comes: int
    quantity: float
    unit_minor: float


@dataclass(slots=True)
class _Store:
    """A bakery's stock and what it is waiting for."""

    season: Season
    batches: list[list[_Batch]]
    due: list[_Due]
    fees: dict[int, float] = field(default_factory=dict)


def simulate(season: Season, buyer: Buyer) -> Ledger:
    """Let a buyer buy for the season.

    Each morning the buyer sees the stock, what is on its way with the days it was promised for,
    and the forecast; orders are placed, what comes today is put away, what is baked is taken first
    expired first out, and what has expired in the evening is thrown away.
    """
    store = _opened(season)
    days, count = season.use.shape
    flows = {name: np.zeros((days, count)) for name in ("received", "used", "short", "expired")}
    closing = np.zeros((days, count))
    money = {name: np.zeros(days) for name in ("used", "expired", "stock", "fees")}
    orders = np.zeros(days, dtype=np.int64)
    opening = _quantities(store)
    supplies = [
        [Supply(-1, batch.last_day, batch.quantity) for batch in batches]
        for batches in store.batches
    ]
    for day in range(days):
        orders[day] = _order(store, day, buyer(_morning(store, day)))
        money["fees"][day] = store.fees.pop(day, 0.0)
        _receive(store, day, flows["received"][day], supplies)
        money["used"][day] = _use(store, day, flows["used"][day], flows["short"][day])
        money["expired"][day] = _throw_away(store, day, flows["expired"][day])
        closing[day] = _quantities(store)
        money["stock"][day] = sum(b.quantity * b.unit_minor for row in store.batches for b in row)
    return Ledger(
        opening=opening,
        **flows,
        closing=closing,
        **{f"{name}_minor": values for name, values in money.items()},
        orders=orders,
        supplies=tuple(map(tuple, supplies)),
    )


def _opened(season: Season) -> _Store:
    """As the first morning finds it, valued at the lowest price on the lists."""
    problem = season.problem
    worth: dict[UUID, float] = {}
    for price in problem.prices:
        unit = price.pack_price_minor / price.pack_size
        worth[price.ingredient_id] = min(unit, worth.get(price.ingredient_id, unit))
    column = {ingredient.id: index for index, ingredient in enumerate(problem.ingredients)}
    batches: list[list[_Batch]] = [[] for _ in problem.ingredients]
    for lot in problem.lots:
        last = FOREVER if lot.expires_on is None else (lot.expires_on - problem.first_day).days
        batches[column[lot.item_id]].append(_Batch(lot.quantity, last, worth.get(lot.item_id, 0.0)))
    due = []
    for order in problem.open_orders:
        day = (order.expected_on - problem.first_day).days
        unit = worth.get(order.ingredient_id, 0.0)
        due.append(_Due(column[order.ingredient_id], day, max(0, day), order.quantity, unit))
    return _Store(season, batches, due)


def _morning(store: _Store, day: int) -> PurchaseProblem:
    """What is known."""
    problem = store.season.problem
    horizon, first_day = problem.bakery.policy.horizon_days, problem.first_day
    ahead = slice(day, day + horizon)
    lots = [
        Lot(ingredient.id, batch.quantity, first_day, _expiry(first_day, batch.last_day))
        for ingredient, batches in zip(problem.ingredients, store.batches, strict=True)
        for batch in batches
    ]
    return replace(
        problem,
        first_day=first_day + timedelta(days=day),
        now=problem.now + timedelta(days=day),
        recipe_units={key: units[ahead] for key, units in problem.recipe_units.items()},
        recipe_sd={key: sd[ahead] for key, sd in problem.recipe_sd.items()},
        lots=lots,
        open_orders=[
            OpenOrder(
                problem.ingredients[line.column].id,
                first_day + timedelta(days=line.expected),
                line.quantity,
            )
            for line in store.due
        ],
    )


def _expiry(first_day: date, last_day: int) -> date | None:
    return None if last_day >= FOREVER else first_day + timedelta(days=last_day)


def _order(store: _Store, day: int, ordered: Sequence[Ordered]) -> int:
    """Note what will come, and when really; how many orders there were."""
    problem = store.season.problem
    column = {ingredient.id: index for index, ingredient in enumerate(problem.ingredients)}
    row = {supplier.id: index for index, supplier in enumerate(problem.suppliers)}
    for order in ordered:
        supplier = row[order.supplier_id]
        expected = (order.delivery_on - problem.first_day).days
        comes = expected + int(store.season.delay[supplier, expected])
        fee = problem.suppliers[supplier].delivery_fee_minor
        store.fees[comes] = store.fees.get(comes, 0.0) + fee
        for line in order.lines:
            quantity = line.packs * line.pack_size
            unit = line.pack_price_minor / line.pack_size
            store.due.append(_Due(column[line.ingredient_id], expected, comes, quantity, unit))
    return len(ordered)


def _receive(store: _Store, day: int, received: Floats, supplies: Sequence[list[Supply]]) -> None:
    ingredients: Sequence[Ingredient] = store.season.problem.ingredients
    for line in store.due:
        if line.comes == day:
            supply = delivered(day, line.quantity, ingredients[line.column])
            store.batches[line.column].append(
                _Batch(supply.quantity, supply.last_day, line.unit_minor)
            )
            supplies[line.column].append(supply)
            received[line.column] += line.quantity
    store.due = [line for line in store.due if line.comes > day]


def _use(store: _Store, day: int, used: Floats, short: Floats) -> float:
    """Take what is baked, first expired first out; what it had cost."""
    cost = 0.0
    for column, batches in enumerate(store.batches):
        lacking = float(store.season.use[day, column])
        batches.sort(key=lambda batch: batch.last_day)
        for batch in batches:
            if batch.last_day >= day:
                taken = min(lacking, batch.quantity)
                batch.quantity -= taken
                lacking -= taken
                used[column] += taken
                cost += taken * batch.unit_minor
        short[column] = lacking
    return cost


def _throw_away(store: _Store, day: int, expired: Floats) -> float:
    """Part with what cannot be used tomorrow; what it had cost."""
    cost = 0.0
    for column, batches in enumerate(store.batches):
        for batch in batches:
            if batch.last_day <= day:
                expired[column] += batch.quantity
                cost += batch.quantity * batch.unit_minor
        store.batches[column] = [
            batch for batch in batches if batch.last_day > day and batch.quantity > NOTHING
        ]
    return cost


def _quantities(store: _Store) -> Floats:
    return np.array([sum(batch.quantity for batch in row) for row in store.batches])
