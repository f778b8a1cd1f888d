"""Purchases of many ingredients together, sharing deliveries: the search, compiled (ADR 22).

Each ingredient is planned by `sizing`, paying what it adds to deliveries as the others have left
them: the fee if it would be alone, less what it brings towards the supplier's minimum. A few sweeps
settle this. Then large-neighbourhood search (Shaw 1998): some deliveries of one supplier are
closed, or held open at no charge, the ingredients concerned are planned anew one after another, and
the outcome is kept if it costs less or, the less the longer it goes on, little more (annealing).
What a delivery below the minimum costs rises meanwhile from a fraction of what it lacks to its
final price, so that orders grow together before the rule is enforced. All chance comes from a seed
and all limits are counts: the same morning gives the same plan.
"""

from typing import NamedTuple

import numpy as np

from obrador.kit.compiled import entry, inner
from obrador.procurement.kernels.problem import Beam, Draft, Floats, Ints, Problem, Words
from obrador.procurement.kernels.sizing import goods_value, is_short, number, short_cost, size_lots

_EAGER_PRICE = 0.3
"""What each unit of value that a delivery lacks to its minimum costs at first."""
_AT_ANY_PRICE = 1e4
_TWO, _THREE = 0.5, 0.2
"""How often more than one delivery, and more than two, are opened or closed in a round;"""
_MEND = 0.5
"""how often a round is about a delivery that is short, if one is;"""
_FILL = 0.5
"""and that it is to be filled rather than closed;"""
_WIDE = 0.3
"""how often all that a supplier has is planned anew, and not only what is aboard."""


class Found(NamedTuple):
    """The best plan so far."""

    total: Floats
    """(1)"""
    packs: Ints
    """(O, T)"""
    cost: Floats
    """(N)"""


class Scratch(NamedTuple):
    """What the search writes on."""

    random: Words
    """(1) state of the random numbers; not 0."""
    chosen: Ints
    """(N) ingredients that are planned anew."""
    flipped: Ints
    """(3) days that are opened or closed."""
    was_open: Ints
    """(3)"""
    packs: Ints
    """(O, T) before;"""
    cost: Floats
    """(N) likewise."""


@entry
def search(
    problem: Problem,
    draft: Draft,
    beam: Beam,
    found: Found,
    scratch: Scratch,
    order: Ints,
    sweeps: int,
    rounds: int,
    warmth: float,
    final_price: float,
) -> None:
    """Plan all, then improve that for `rounds`; `found` and `draft` are the outcome.

    Args:
        draft: empty.
        order: (N) in which ingredients are planned first.
        warmth: the share of the cost by which a round may make it worse, at first.
        final_price: what each unit of value costs in the end that a delivery lacks to its minimum.
    """
    before = -1.0
    for _ in range(sweeps):
        for each in range(len(order)):
            _resize(problem, draft, beam, order[each], _EAGER_PRICE)
        total = _total(problem, draft, _EAGER_PRICE)
        if total == before:
            break
        before = total
    _keep_if_best(problem, draft, found, final_price)
    for each in range(rounds):
        price = _EAGER_PRICE * (final_price / _EAGER_PRICE) ** (each / rounds)
        cold = warmth * (1.0 - each / rounds)
        if _round(problem, draft, beam, scratch, price, cold):
            _keep_if_best(problem, draft, found, final_price)
    _restore(problem, draft, found)
    _mend(problem, draft, beam, scratch, final_price)
    found.total[0] = _total(problem, draft, final_price)


@entry
def without(
    problem: Problem,
    draft: Draft,
    beam: Beam,
    scratch: Scratch,
    item: int,
    supplier: int,
    final_price: float,
) -> float:
    """What it costs more to buy an ingredient elsewhere, all others unchanged; `scratch.packs` are
    how."""
    before = _total(problem, draft, final_price)
    _close(draft, supplier, True)
    _save(problem, draft, scratch, item)
    _resize(problem, draft, beam, item, final_price)
    extra = _total(problem, draft, final_price) - before
    _close(draft, supplier, False)
    _swap(problem, draft, scratch, item)
    return extra


@inner
def _random(scratch: Scratch) -> float:
    """The next number from 0 to before 1 (xorshift64*, Vigna 2016)."""
    state = scratch.random[0]
    state ^= state >> np.uint64(12)
    state ^= state << np.uint64(25)
    state ^= state >> np.uint64(27)
    scratch.random[0] = state
    return float((state * np.uint64(2685821657736338717)) >> np.uint64(11)) / (1 << 53)


@inner
def _pick(scratch: Scratch, number: int) -> int:
    """One of 0 … number − 1."""
    return int(_random(scratch) * number)


@inner
def _total(problem: Problem, draft: Draft, price: float) -> float:
    total = 0.0
    for item in range(len(draft.cost)):
        total += draft.cost[item]
    for supplier in range(len(problem.fee)):
        for day in range(problem.demand.shape[1]):
            if draft.aboard[supplier, day] > 0:
                total += problem.fee[supplier]
                total += short_cost(problem, supplier, draft.goods[supplier, day], price)
    return total


@inner
def _load(problem: Problem, draft: Draft, item: int, sign: int) -> None:
    """Put an ingredient's lines on board, or (−1) take them off."""
    for offer in range(problem.first_offer[item], problem.first_offer[item + 1]):
        supplier = problem.supplier[offer]
        for day in range(problem.demand.shape[1]):
            packs = draft.packs[offer, day]
            if packs > 0:
                draft.aboard[supplier, day] += sign
                draft.goods[supplier, day] += sign * goods_value(problem, offer, packs)
                if draft.aboard[supplier, day] == 0:
                    draft.goods[supplier, day] = 0.0


@inner
def _drop(problem: Problem, draft: Draft, item: int) -> None:
    _load(problem, draft, item, number(-1))
    for offer in range(problem.first_offer[item], problem.first_offer[item + 1]):
        for day in range(problem.demand.shape[1]):
            draft.packs[offer, day] = 0


@inner
def _resize(problem: Problem, draft: Draft, beam: Beam, item: int, price: float) -> None:
    """Plan an ingredient anew, the others as they are."""
    _drop(problem, draft, item)
    draft.cost[item] = size_lots(problem, draft, beam, item, price)
    _load(problem, draft, item, number(1))


@inner
def _save(problem: Problem, draft: Draft, scratch: Scratch, item: int) -> None:
    scratch.cost[item] = draft.cost[item]
    for offer in range(problem.first_offer[item], problem.first_offer[item + 1]):
        for day in range(problem.demand.shape[1]):
            scratch.packs[offer, day] = draft.packs[offer, day]


@inner
def _swap(problem: Problem, draft: Draft, scratch: Scratch, item: int) -> None:
    """What an ingredient was for what it is."""
    _load(problem, draft, item, number(-1))
    draft.cost[item], scratch.cost[item] = scratch.cost[item], draft.cost[item]
    for offer in range(problem.first_offer[item], problem.first_offer[item + 1]):
        for day in range(problem.demand.shape[1]):
            packs = draft.packs[offer, day]
            draft.packs[offer, day] = scratch.packs[offer, day]
            scratch.packs[offer, day] = packs
    _load(problem, draft, item, number(1))


@inner
def _keep_if_best(problem: Problem, draft: Draft, found: Found, final_price: float) -> None:
    total = _total(problem, draft, final_price)
    if total < found.total[0]:
        found.total[0] = total
        for item in range(len(draft.cost)):
            found.cost[item] = draft.cost[item]
        for offer in range(draft.packs.shape[0]):
            for day in range(draft.packs.shape[1]):
                found.packs[offer, day] = draft.packs[offer, day]


@inner
def _restore(problem: Problem, draft: Draft, found: Found) -> None:
    for item in range(len(draft.cost)):
        _drop(problem, draft, item)
        draft.cost[item] = found.cost[item]
        for offer in range(problem.first_offer[item], problem.first_offer[item + 1]):
            for day in range(problem.demand.shape[1]):
                draft.packs[offer, day] = found.packs[offer, day]
        _load(problem, draft, item, number(1))


@inner
def _close(draft: Draft, supplier: int, is_closed: bool) -> None:
    for day in range(draft.closed.shape[1]):
        draft.closed[supplier, day] = is_closed


@inner
def _is_aboard(problem: Problem, draft: Draft, item: int, supplier: int, day: int) -> bool:
    for offer in range(problem.first_offer[item], problem.first_offer[item + 1]):
        if problem.supplier[offer] == supplier and draft.packs[offer, day] > 0:
            return True
    return False


@inner
def _a_short_one(problem: Problem, draft: Draft, scratch: Scratch) -> int:
    """A delivery that is below its minimum, as supplier × T + day; −1 if none is."""
    days = problem.demand.shape[1]
    seen, found = 0, -1
    for supplier in range(len(problem.fee)):
        for day in range(days):
            if draft.aboard[supplier, day] > 0 and is_short(
                problem, supplier, draft.goods[supplier, day]
            ):
                seen += 1
                if _random(scratch) * seen < 1.0:
                    found = supplier * days + day
    return found


@inner
def _choose_days(problem: Problem, scratch: Scratch, supplier: int) -> int:
    """One to three days on which a supplier can deliver; how many."""
    chance = _random(scratch)
    wanted = 3 if chance < _THREE else 2 if chance < _TWO else 1
    count = 0
    for _ in range(30):
        day = _pick(scratch, problem.demand.shape[1])
        is_new = problem.can_deliver[supplier, day]
        for each in range(count):
            if scratch.flipped[each] == day:
                is_new = False
        if is_new:
            scratch.flipped[count] = day
            count += 1
        if count == wanted:
            break
    return count


@inner
def _choose_items(
    problem: Problem, draft: Draft, scratch: Scratch, supplier: int, flips: int, aboard_only: bool
) -> int:
    """What is to be planned anew, in any order; how many."""
    count = 0
    for each in range(problem.first_item[supplier], problem.first_item[supplier + 1]):
        item = problem.item[each]
        concerned = not aboard_only
        for flip in range(flips):
            if _is_aboard(problem, draft, item, supplier, scratch.flipped[flip]):
                concerned = True
        if concerned:
            scratch.chosen[count] = item
            count += 1
    for each in range(count - 1, 0, -1):
        other = _pick(scratch, each + 1)
        item = scratch.chosen[each]
        scratch.chosen[each], scratch.chosen[other] = scratch.chosen[other], item
    return count


@inner
def _round(
    problem: Problem,
    draft: Draft,
    beam: Beam,
    scratch: Scratch,
    price: float,
    warmth: float,
) -> bool:
    """Open and close some deliveries of one supplier; whether that was good, and is kept."""
    fills = False
    short = _a_short_one(problem, draft, scratch)
    if short >= 0 and _random(scratch) < _MEND:
        supplier = short // problem.demand.shape[1]
        scratch.flipped[0], flips = short % problem.demand.shape[1], 1
        fills = _random(scratch) < _FILL
    else:
        supplier = _pick(scratch, len(problem.fee))
        flips = _choose_days(problem, scratch, supplier)
    closes_only = not fills
    for each in range(flips):
        scratch.was_open[each] = draft.aboard[supplier, scratch.flipped[each]] > 0
        closes_only = closes_only and scratch.was_open[each] > 0
    aboard_only = closes_only and _random(scratch) >= _WIDE
    count = _choose_items(problem, draft, scratch, supplier, flips, aboard_only)
    if flips == 0 or count == 0:
        return False
    before = _total(problem, draft, price)
    for each in range(count):
        _save(problem, draft, scratch, scratch.chosen[each])
    if fills:
        _fill(problem, draft, beam, scratch, count, supplier, scratch.flipped[0])
    else:
        _flip(problem, draft, beam, scratch, count, supplier, flips, price)
    worse = _total(problem, draft, price) - before
    if worse < -np.log(max(_random(scratch), 1e-12)) * warmth * before:
        return True
    for each in range(count):
        _swap(problem, draft, scratch, scratch.chosen[each])
    return False


@inner
def _fill(
    problem: Problem,
    draft: Draft,
    beam: Beam,
    scratch: Scratch,
    count: int,
    supplier: int,
    day: int,
) -> None:
    """Let one ingredient after the other bring more, until a delivery reaches its minimum."""
    for each in range(count):
        _resize(problem, draft, beam, scratch.chosen[each], _AT_ANY_PRICE)
        if not is_short(problem, supplier, draft.goods[supplier, day]):
            return


@inner
def _flip(
    problem: Problem,
    draft: Draft,
    beam: Beam,
    scratch: Scratch,
    count: int,
    supplier: int,
    flips: int,
    price: float,
) -> None:
    """Plan the chosen ingredients without the deliveries that were open, and as if those that were
    not had come anyway."""
    least = problem.minimum[supplier]
    for each in range(flips):
        day = scratch.flipped[each]
        if scratch.was_open[each]:
            draft.closed[supplier, day] = True
        else:
            draft.aboard[supplier, day] += 1
            draft.goods[supplier, day] += least
    for each in range(count):
        _drop(problem, draft, scratch.chosen[each])
    for each in range(count):
        _resize(problem, draft, beam, scratch.chosen[each], price)
    settles = False
    for each in range(flips):
        day = scratch.flipped[each]
        if scratch.was_open[each]:
            draft.closed[supplier, day] = False
        else:
            draft.aboard[supplier, day] -= 1
            draft.goods[supplier, day] -= least
            if draft.aboard[supplier, day] == 0:
                draft.goods[supplier, day] = 0.0
            elif is_short(problem, supplier, draft.goods[supplier, day]):
                settles = True
    if settles:
        for each in range(count):
            _resize(problem, draft, beam, scratch.chosen[each], price)


@inner
def _mend(problem: Problem, draft: Draft, beam: Beam, scratch: Scratch, final_price: float) -> None:
    """Have each delivery that is still short filled up by the ingredient that can do so at the
    least cost, or leave it out if that is cheaper."""
    for supplier in range(len(problem.fee)):
        for day in range(problem.demand.shape[1]):
            if draft.aboard[supplier, day] > 0 and is_short(
                problem, supplier, draft.goods[supplier, day]
            ):
                _mend_one(problem, draft, beam, scratch, supplier, day, final_price)


@inner
def _mend_one(
    problem: Problem,
    draft: Draft,
    beam: Beam,
    scratch: Scratch,
    supplier: int,
    day: int,
    final_price: float,
) -> None:
    best, least = number(-1), _total(problem, draft, final_price)
    for each in range(problem.first_item[supplier], problem.first_item[supplier + 1]):
        item = problem.item[each]
        _save(problem, draft, scratch, item)
        _resize(problem, draft, beam, item, _AT_ANY_PRICE)
        total = _total(problem, draft, final_price)
        if total < least:
            best, least = item, total
        _swap(problem, draft, scratch, item)
    scratch.flipped[0] = day
    count = _choose_items(problem, draft, scratch, supplier, number(1), True)
    for each in range(count):
        _save(problem, draft, scratch, scratch.chosen[each])
    draft.closed[supplier, day] = True
    for each in range(count):
        _drop(problem, draft, scratch.chosen[each])
    for each in range(count):
        _resize(problem, draft, beam, scratch.chosen[each], final_price)
    draft.closed[supplier, day] = False
    if _total(problem, draft, final_price) < least:
        return
    for each in range(count):
        _swap(problem, draft, scratch, scratch.chosen[each])
    if best >= 0:
        _resize(problem, draft, beam, best, _AT_ANY_PRICE)
