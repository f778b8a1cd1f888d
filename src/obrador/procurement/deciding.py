"""Items and terms as the compiled search takes them."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from obrador.procurement.kernels.joining import Found, Scratch
from obrador.procurement.kernels.problem import Beam, Draft, Problem
from obrador.procurement.lots import Item, Terms

LEFT_OVER_WORTH = 0.98
"""Share of its best price that stock is worth at the end of the plan, if it is used in time."""
DAYS_AFTER = 14
"""Nothing is bought for longer than so many days after the horizon."""
_OPTIONS, _PACKS = 256, 2048
_INFINITE = 1e17


def problem_of(items: Sequence[Item], terms: Sequence[Terms], days: int) -> Problem:
    """All of it as arrays; see `Problem`."""
    offers = [offer for item in items for offer in item.offers]
    bins = [_last_days(item, days) for item in items]
    most = max(map(len, bins), default=0)
    last_day = np.full((len(items), most), days + DAYS_AFTER, np.int64)
    bin_of = np.zeros((len(items), days), np.int64)
    stock = np.zeros((len(items), most))
    due = np.zeros((len(items), days))
    for row, (item, lasts) in enumerate(zip(items, bins, strict=True)):
        last_day[row, : len(lasts)] = lasts
        bin_of[row] = lasts.searchsorted(_delivered_last(item, days))
        for lot in item.supplies:
            if lot.from_day < 0 <= lot.last_day:
                stock[row, lasts.searchsorted(_within(lot.last_day, days))] += lot.quantity
            elif 0 <= lot.from_day < days:
                due[row, lot.from_day] += lot.quantity
    can_deliver = np.zeros((len(terms), days), np.bool_)
    for supplier, term in enumerate(terms):
        can_deliver[supplier, list(term.days)] = True
    offering = [
        [row for row, item in enumerate(items) if any(o.supplier == s for o in item.offers)]
        for s in range(len(terms))
    ]
    return Problem(
        demand=np.array([item.requirement for item in items], np.float64).reshape(len(items), days),
        due=due,
        holding=_floats(item.holding for item in items),
        spoilage=_floats(item.spoilage for item in items),
        unsafe=_floats(item.safety_penalty for item in items),
        shortage=_floats(item.shortage for item in items),
        safety=_floats(item.safety for item in items),
        later=_floats(item.later for item in items),
        price=_floats(item.lowest_price for item in items),
        worth=LEFT_OVER_WORTH * _floats(item.best_price for item in items),
        life=_ints(item.shelf_life for item in items),
        bins=_ints(map(len, bins)),
        last_day=last_day,
        bin_of=bin_of,
        stock=stock,
        first_offer=_starts(len(item.offers) for item in items),
        supplier=_ints(offer.supplier for offer in offers),
        pack=_floats(offer.pack_size for offer in offers),
        risk=_floats(offer.risk for offer in offers),
        first_break=_starts(len(offer.tiers) for offer in offers),
        from_packs=_ints(start for offer in offers for start, _ in offer.tiers),
        pack_price=_floats(price for offer in offers for _, price in offer.tiers),
        fee=_floats(term.fee for term in terms),
        minimum=_floats(term.minimum for term in terms),
        can_deliver=can_deliver,
        first_item=_starts(map(len, offering)),
        item=_ints(row for rows in offering for row in rows),
    )


def draft_of(problem: Problem) -> Draft:
    """A plan without purchases."""
    shape = problem.can_deliver.shape
    return Draft(
        packs=np.zeros((len(problem.supplier), shape[1]), np.int64),
        cost=np.zeros(len(problem.demand)),
        goods=np.zeros(shape),
        aboard=np.zeros(shape, np.int64),
        closed=np.zeros(shape, np.bool_),
    )


def beam_of(problem: Problem, width: int) -> Beam:
    """What the programme for one item writes on."""
    days, bins = problem.demand.shape[1], problem.last_day.shape[1]
    return Beam(
        width,
        unit_value=np.zeros(1),
        stock=np.zeros((2, width, bins)),
        cost=np.zeros((2, width)),
        score=np.zeros((2, width)),
        key=np.zeros((2, width)),
        parent=np.zeros((days, width), np.int64),
        offer=np.zeros((days, width), np.int64),
        packs=np.zeros((days, width), np.int64),
        stage=np.zeros(days + 1, np.int64),
        row=np.zeros(bins),
        ahead=np.zeros(bins),
        lacking=np.zeros(days + 1),
        spared=np.zeros(days + 1),
        closing=np.zeros(days + 1),
        option=np.zeros(_OPTIONS, np.int64),
        seen=np.zeros(_PACKS, np.int64),
    )


def found_of(draft: Draft) -> Found:
    """Nothing found yet."""
    return Found(np.full(1, _INFINITE), np.zeros_like(draft.packs), np.zeros_like(draft.cost))


def scratch_of(draft: Draft, seed: int) -> Scratch:
    """What the search writes on."""
    return Scratch(
        random=np.array([2 * seed + 1], np.uint64),
        chosen=np.zeros(len(draft.cost), np.int64),
        flipped=np.zeros(3, np.int64),
        was_open=np.zeros(3, np.int64),
        packs=np.zeros_like(draft.packs),
        cost=np.zeros_like(draft.cost),
    )


def _last_days(item: Item, days: int) -> NDArray[np.int64]:
    on_hand = [_within(lot.last_day, days) for lot in item.supplies if lot.last_day >= 0]
    return np.unique(np.concatenate((_delivered_last(item, days), _ints(on_hand))))


def _delivered_last(item: Item, days: int) -> NDArray[np.int64]:
    """(T,) last day on which a delivery of each day can be used."""
    return np.minimum(np.arange(days) + item.shelf_life - 1, days + DAYS_AFTER - 1)


def _within(last_day: int, days: int) -> int:
    return min(last_day, days + DAYS_AFTER - 1)


def _floats(values: Iterable[float]) -> NDArray[np.float64]:
    return np.fromiter(values, np.float64)


def _ints(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, np.int64)


def _starts(counts: Iterable[int]) -> NDArray[np.int64]:
    return _ints(accumulate(counts, initial=0))
