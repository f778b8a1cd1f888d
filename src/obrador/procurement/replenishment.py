"""Purchases of many ingredients together, sharing deliveries. Problem in, result out.

The method is in `kernels`: a dynamic programme for each ingredient, and a search over deliveries
that they share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from obrador.procurement.deciding import beam_of, draft_of, found_of, problem_of, scratch_of
from obrador.procurement.kernels.joining import search, without
from obrador.procurement.kernels.problem import Beam, Draft, Ints, Problem
from obrador.procurement.kernels.sizing import NOTHING
from obrador.procurement.lots import Item, Purchase, Terms

DeliveryKey = tuple[int, int]
"""Supplier and day."""
_SEED = 0x9E3779B9


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look. Counts, not time: the same problem gives the same plan."""

    sweeps: int = 3
    rounds: int = 40
    width: int = 16
    warmth: float = 0.0002
    seed: int = _SEED


USUAL_EFFORT = Effort()
"""Of a morning."""
STRICT = 20.0
"""For each unit of value that a delivery lacks to its supplier's minimum: it is filled up at almost
any cost,"""
WITHOUT_WASTE = 0.9
"""or only with what will be used: buying for the bin costs more than what is lacking."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """How an item would be supplied without one of its suppliers, and what that costs more."""

    purchases: tuple[Purchase, ...]
    extra: float


@dataclass(frozen=True, slots=True)
class Replenishment:
    """How every item is supplied, at what cost."""

    purchases: tuple[tuple[Purchase, ...], ...]
    """(N,) by day."""
    goods: Mapping[DeliveryKey, float]
    """Value of what each delivery brings."""
    short: frozenset[DeliveryKey]
    """Deliveries below the minimum."""
    cost: float
    """Σ of the items' goods, risk, holding, spoilage and penalties, less the worth of what is left
    over, and of the deliveries' fees."""
    _problem: Problem = field(repr=False, compare=False)
    _draft: Draft = field(repr=False, compare=False)
    _beam: Beam = field(repr=False, compare=False)
    _short_price: float = field(repr=False, compare=False)

    def without(self, item: int, supplier: int) -> Alternative:
        """An item bought elsewhere, all other items unchanged."""
        scratch = scratch_of(self._draft, _SEED)
        extra = without(
            self._problem, self._draft, self._beam, scratch, item, supplier, self._short_price
        )
        return Alternative(_purchases(self._problem, scratch.packs, item), extra)


def replenish(
    items: Sequence[Item],
    terms: Sequence[Terms],
    effort: Effort = USUAL_EFFORT,
    *,
    short_price: float = WITHOUT_WASTE,
) -> Replenishment:
    """Plan all items: at the least cost that a limited search finds; no bound is given. Money in
    the unit of the items' costs.

    Args:
        items: (N,), all over the same T days.
        terms: (S,), by the suppliers of the offers.
        short_price: of each unit of value that a delivery lacks to its supplier's minimum.
    """
    days = len(items[0].requirement) if items else 0
    problem = problem_of(items, terms, days)
    draft = draft_of(problem)
    beam = beam_of(problem, effort.width)
    found = found_of(draft)
    order = np.argsort(-problem.demand.sum(axis=1) * problem.price, kind="stable")
    search(
        problem,
        draft,
        beam,
        found,
        scratch_of(draft, effort.seed),
        order,
        effort.sweeps,
        effort.rounds if terms else 0,
        effort.warmth,
        short_price,
    )
    opened = [(int(s), int(day)) for s, day in zip(*np.nonzero(draft.aboard), strict=True)]
    goods = {key: float(draft.goods[key]) for key in opened}
    return Replenishment(
        purchases=tuple(_purchases(problem, draft.packs, item) for item in range(len(items))),
        goods=goods,
        short=frozenset(key for key in opened if goods[key] < terms[key[0]].minimum - NOTHING),
        cost=float(draft.cost.sum()) + sum(terms[supplier].fee for supplier, _ in opened),
        _problem=problem,
        _draft=draft,
        _beam=beam,
        _short_price=short_price,
    )


def _purchases(problem: Problem, packs: Ints, item: int) -> tuple[Purchase, ...]:
    first, last = problem.first_offer[item], problem.first_offer[item + 1]
    mine = packs[first:last]
    days, offers = np.nonzero(mine.T)
    return tuple(
        Purchase(int(offer), int(day), int(mine[offer, day]))
        for day, offer in zip(days, offers, strict=True)
    )
