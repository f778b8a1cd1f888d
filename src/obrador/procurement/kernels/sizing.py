"""When to buy one ingredient, where, and how many packs: a dynamic programme, compiled (ADR 22).

The textbook's recursion (Wagner and Whitin 1958) from one possible delivery day to the next, with
what it leaves out: packs, minimum quantities, price breaks, several suppliers, lots that expire.
The state in the morning of a delivery day is the stock by its last usable day; of all ways to come
there the cheapest are kept, `width` of them (a beam), with what is left valued at what it spares.
Of two ways to the same stock only the cheaper is kept, so that a narrow beam holds many stocks and
not one stock many times.
"""

import numpy as np

from obrador.kit.compiled import inner
from obrador.procurement.kernels.problem import Beam, Draft, Floats, Problem

NOTHING = 1e-9
SHORT_BASE = 0.03
"""Of its minimum, what a delivery that stays below it costs besides what it lacks: a few cents may
not be worth a whole pack, so that what is lacking alone would leave the order short."""
_DENSE, _SPARSER = 10, 1.4
"""A purchase may last to any of so many delivery days; farther ones are each so much farther than
the one before."""
_FAR = 1e18
_SPREAD = 0.618
"""Makes stocks of different ages different sums."""


@inner
def number(value: int) -> int:
    """A constant as an argument, or as the first value of a variable that becomes one: kernels are
    compiled once for numbers, but once more for every constant."""
    return value + 0


@inner
def goods_value(problem: Problem, offer: int, packs: int) -> float:
    """What so many packs cost together."""
    tier = problem.first_break[offer + 1] - 1
    while problem.from_packs[tier] > packs and tier > problem.first_break[offer]:
        tier -= 1
    return float(packs * problem.pack_price[tier])


@inner
def is_short(problem: Problem, supplier: int, goods: float) -> bool:
    """Whether a delivery is below the supplier's minimum."""
    return bool(goods < problem.minimum[supplier] - NOTHING)


@inner
def short_cost(problem: Problem, supplier: int, goods: float, price: float) -> float:
    """What that costs, each unit of value that lacks at this price."""
    if not is_short(problem, supplier, goods):
        return 0.0
    least = problem.minimum[supplier]
    return float(price * (least - goods + SHORT_BASE * least))


@inner
def _charge(
    problem: Problem, draft: Draft, supplier: int, day: int, goods: float, price: float
) -> float:
    """What a delivery costs more with these goods aboard, besides them. Less than nothing where
    they fill up what is short without them."""
    others = draft.goods[supplier, day]
    change = short_cost(problem, supplier, others + goods, price)
    if draft.aboard[supplier, day] == 0:
        return float(problem.fee[supplier] + change)
    return float(change - short_cost(problem, supplier, others, price))


@inner
def _day(problem: Problem, item: int, day: int, row: Floats) -> float:
    """Serve a day from `row`, first expired first; what that costs."""
    need = problem.demand[item, day]
    kept = 0.0
    cost = 0.0
    for each in range(problem.bins[item]):
        left = row[each]
        if left > 0.0:
            used = min(left, need)
            left -= used
            need -= used
            if problem.last_day[item, each] <= day:
                cost += problem.spoilage[item] * left
                left = 0.0
            row[each] = left
            kept += left
    cost += problem.shortage[item] * need + problem.holding[item] * kept
    if kept < problem.safety[item]:
        cost += problem.unsafe[item] * (problem.safety[item] - kept)
    return float(cost)


@inner
def _receive(problem: Problem, item: int, day: int, row: Floats) -> None:
    if problem.due[item, day] > 0.0:
        row[problem.bin_of[item, day]] += problem.due[item, day]


@inner
def _usable(problem: Problem, item: int, day: int, row: Floats) -> float:
    """How much of what is there in the morning of a day can be used in time."""
    days = problem.demand.shape[1]
    usable = 0.0
    demand = 0.0
    for each in range(problem.bins[item]):
        if row[each] > 0.0:
            last = problem.last_day[item, each]
            while day < days and day <= last:
                demand += problem.demand[item, day]
                day += 1
            after = problem.later[item] * (last - days + 1) if last >= days else 0.0
            usable = min(usable + row[each], demand + after)
    return usable


@inner
def _value(problem: Problem, beam: Beam, item: int, day: int, row: Floats) -> float:
    """What stock is worth in the morning of a day: what it spares buying later, less what it costs
    to hold until it is used."""
    usable = _usable(problem, item, day, row)
    left = usable
    held = 0.0
    for each in range(day, problem.demand.shape[1]):
        left -= problem.demand[item, each]
        if left <= 0.0:
            break
        held += left
    return float(beam.unit_value[0] * usable - problem.holding[item] * held)


@inner
def _worth(problem: Problem, item: int, row: Floats) -> float:
    """What stock is worth at the end: its best price, less what it costs to hold until it is used,
    so many days later: `usable² / 2 / demand a day`."""
    usable = _usable(problem, item, problem.demand.shape[1], row)
    if usable <= 0.0:
        return 0.0
    held = usable * usable / (2.0 * problem.later[item])
    return float(problem.worth[item] * usable - problem.holding[item] * held)


@inner
def _unit_value(problem: Problem, draft: Draft, item: int) -> float:
    """What a unit costs to buy: its lowest price, and its part of a fee where deliveries are as far
    apart as is cheapest, `√(2 · fee · holding / demand a day)` (Harris 1913)."""
    days = problem.demand.shape[1]
    fees, count = 0.0, 0
    for day in range(days):
        least = _FAR
        for offer in range(problem.first_offer[item], problem.first_offer[item + 1]):
            supplier = problem.supplier[offer]
            if problem.can_deliver[supplier, day] and not draft.closed[supplier, day]:
                is_alone = draft.aboard[supplier, day] == 0
                least = min(least, problem.fee[supplier] if is_alone else 0.0)
        if least < _FAR:
            fees += least
            count += 1
    demand = 0.0
    for day in range(days):
        demand += problem.demand[item, day]
    if count == 0 or demand <= 0.0:
        return float(problem.price[item])
    by_fee = np.sqrt(2.0 * fees / count * problem.holding[item] * days / demand)
    return float(problem.price[item] + by_fee)


@inner
def _keep(
    problem: Problem,
    beam: Beam,
    item: int,
    step: int,
    side: int,
    count: int,
    row: Floats,
    cost: float,
    parent: int,
    offer: int,
    packs: int,
) -> int:
    """Keep a way to the next stage, `row` its stock there, if it is among the best; how many are
    kept now. The first, on which nothing is bought, stays: no plan is to cost more than that."""
    day = beam.stage[step + 1]
    at_end = day == problem.demand.shape[1]
    if at_end:
        score = cost - _worth(problem, item, row)
    else:
        score = cost - _value(problem, beam, item, day, row)
    key = 0.0
    for each in range(problem.bins[item]):
        key += row[each] * (1.0 + _SPREAD * each)
    place, worst, worst_score = -1, -1, -_FAR
    for kept in range(count):
        if abs(beam.key[side, kept] - key) < NOTHING * (1.0 + key):
            if beam.score[side, kept] <= score:
                return count
            place = kept
            break
        if kept > 0 and beam.score[side, kept] > worst_score:
            worst, worst_score = kept, beam.score[side, kept]
    if place < 0:
        if count < beam.width:
            place = count
            count += 1
        elif worst > 0 and score < worst_score:
            place = worst
        else:
            return count
    beam.key[side, place], beam.score[side, place] = key, score
    beam.cost[side, place] = cost
    for each in range(problem.bins[item]):
        beam.stock[side, place, each] = row[each]
    beam.parent[step, place] = parent
    beam.offer[step, place], beam.packs[step, place] = offer, packs
    return count


@inner
def _stages(problem: Problem, draft: Draft, beam: Beam, item: int) -> int:
    """Write down the days on which something can be delivered; how many."""
    count = 0
    for day in range(problem.demand.shape[1]):
        for offer in range(problem.first_offer[item], problem.first_offer[item + 1]):
            supplier = problem.supplier[offer]
            if problem.can_deliver[supplier, day] and not draft.closed[supplier, day]:
                beam.stage[count] = day
                count += 1
                break
    beam.stage[count] = problem.demand.shape[1]
    return count


@inner
def _look_ahead(
    problem: Problem, beam: Beam, item: int, step: int, side: int, way: int, until: int
) -> None:
    """Note what lacks, what is taken and what is there on the days to come if nothing is bought."""
    for each in range(problem.bins[item]):
        beam.ahead[each] = beam.stock[side, way, each]
    bought = problem.bin_of[item, beam.stage[step]]
    lacking, spared = 0.0, 0.0
    for day in range(beam.stage[step], problem.demand.shape[1]):
        if day >= until and spared == 0.0:
            return
        _receive(problem, item, day, beam.ahead)
        need = problem.demand[item, day]
        kept = 0.0
        for each in range(problem.bins[item]):
            left = beam.ahead[each]
            if left > 0.0:
                used = min(left, need)
                left -= used
                need -= used
                if each > bought:
                    spared += used
                if problem.last_day[item, each] <= day:
                    left = 0.0
                beam.ahead[each] = left
                kept += left
        lacking += need
        beam.lacking[day + 1], beam.spared[day + 1] = lacking, spared
        beam.closing[day + 1] = kept


@inner
def _offer_packs(beam: Beam, count: int, packs: int, least: int) -> int:
    packs = max(packs, least)
    if packs < len(beam.seen):
        if beam.seen[packs] == beam.seen[0]:
            return count
        beam.seen[packs] = beam.seen[0]
    if count == len(beam.option):
        return count
    beam.option[count] = packs
    return count + 1


@inner
def _options(
    problem: Problem, draft: Draft, beam: Beam, item: int, step: int, stages: int, offer: int
) -> int:
    """Write down packs worth a trial; how many. They last to one of the next delivery days (fewer
    of those, the farther), to the end of their shelf life, or to the end, with and without safety
    stock, or are one less, or leave what lasts longer for later; or reach a price break, or the
    supplier's minimum."""
    day = beam.stage[step]
    end = min(problem.demand.shape[1], day + problem.life[item])
    first, last = problem.first_break[offer], problem.first_break[offer + 1]
    least, size = problem.from_packs[first], problem.pack[offer]
    beam.seen[0] += 1
    count = number(0)
    following = step + 1
    for ahead in range(step + 1, stages + 1):
        until = min(beam.stage[ahead], end)
        if ahead < following and until < end and ahead < stages:
            continue
        if ahead - step >= _DENSE:
            following = step + int(_SPARSER * (ahead - step))
        units = beam.lacking[until]
        for _ in range(2):
            packs = int(np.ceil(units / size - NOTHING))
            count = _offer_packs(beam, count, packs, least)
            count = _offer_packs(beam, count, packs - 1, least)
            units += max(0.0, problem.safety[item] - beam.closing[until])
        if beam.spared[until] > 0.0:
            units = beam.lacking[until] + beam.spared[until]
            units = min(units, beam.lacking[problem.demand.shape[1]])
            count = _offer_packs(beam, count, int(np.ceil(units / size - NOTHING)), least)
        if until == end:
            break
    supplier = problem.supplier[offer]
    gap = problem.minimum[supplier] - draft.goods[supplier, day]
    for tier in range(first, last):
        if tier > first:
            count = _offer_packs(beam, count, problem.from_packs[tier], least)
        if gap > 0.0 and problem.pack_price[tier] > NOTHING:
            filling = int(np.ceil(gap / problem.pack_price[tier] - NOTHING))
            count = _offer_packs(beam, count, filling, least)
    return count


@inner
def size_lots(problem: Problem, draft: Draft, beam: Beam, item: int, short_price: float) -> float:
    """Plan one ingredient, whose own lines are not in the draft, with the others as they are; the
    lines are written there, and what they cost (see `Draft.cost`) is returned.

    `F(t) = min over ways to t − 1 and packs of F(t − 1) + goods + charge + holding, spoilage and
    penalties of the days between`, t over delivery days, kept for the `width` best stocks.
    """
    stages = _stages(problem, draft, beam, item)
    for each in range(problem.bins[item]):
        beam.row[each] = problem.stock[item, each]
    cost = 0.0
    for day in range(beam.stage[0]):
        _receive(problem, item, day, beam.row)
        cost += _day(problem, item, day, beam.row)
    if stages == 0:
        return float(cost - _worth(problem, item, beam.row))
    for each in range(problem.bins[item]):
        beam.stock[0, 0, each] = beam.row[each]
    beam.cost[0, 0] = cost
    beam.unit_value[0] = _unit_value(problem, draft, item)
    count, side = number(1), number(0)
    for step in range(stages):
        count = _step(problem, draft, beam, item, step, stages, side, count, short_price)
        side = 1 - side
    best = number(0)
    for way in range(count):
        if beam.score[side, way] < beam.score[side, best]:
            best = way
    return _trace(problem, draft, beam, item, stages, side, best, short_price)


@inner
def _step(
    problem: Problem,
    draft: Draft,
    beam: Beam,
    item: int,
    step: int,
    stages: int,
    side: int,
    count: int,
    short_price: float,
) -> int:
    """From all ways to a delivery day to the best ways to the next; how many those are."""
    day, following = beam.stage[step], beam.stage[step + 1]
    until = max(min(problem.demand.shape[1], day + problem.life[item]), following)
    found = number(0)
    for way in range(count):
        _look_ahead(problem, beam, item, step, side, way, until)
        base = beam.cost[side, way]
        found = _go(problem, beam, item, step, side, found, way, base, number(-1), number(0))
        for offer in range(problem.first_offer[item], problem.first_offer[item + 1]):
            supplier = problem.supplier[offer]
            if not problem.can_deliver[supplier, day] or draft.closed[supplier, day]:
                continue
            for option in range(_options(problem, draft, beam, item, step, stages, offer)):
                packs = beam.option[option]
                goods = goods_value(problem, offer, packs)
                paid = base + goods + packs * problem.risk[offer]
                paid += _charge(problem, draft, supplier, day, goods, short_price)
                found = _go(problem, beam, item, step, side, found, way, paid, offer, packs)
    return found


@inner
def _go(
    problem: Problem,
    beam: Beam,
    item: int,
    step: int,
    side: int,
    found: int,
    way: int,
    cost: float,
    offer: int,
    packs: int,
) -> int:
    """Go on to the next stage with what was bought."""
    for each in range(problem.bins[item]):
        beam.row[each] = beam.stock[side, way, each]
    if offer >= 0:
        beam.row[problem.bin_of[item, beam.stage[step]]] += packs * problem.pack[offer]
    for day in range(beam.stage[step], beam.stage[step + 1]):
        _receive(problem, item, day, beam.row)
        cost += _day(problem, item, day, beam.row)
    return _keep(problem, beam, item, step, 1 - side, found, beam.row, cost, way, offer, packs)


@inner
def _trace(
    problem: Problem,
    draft: Draft,
    beam: Beam,
    item: int,
    stages: int,
    side: int,
    way: int,
    short_price: float,
) -> float:
    cost = beam.score[side, way]
    for step in range(stages - 1, -1, -1):
        offer = beam.offer[step, way]
        if offer >= 0:
            day, supplier = beam.stage[step], problem.supplier[offer]
            draft.packs[offer, day] = beam.packs[step, way]
            goods = goods_value(problem, offer, beam.packs[step, way])
            cost -= _charge(problem, draft, supplier, day, goods, short_price)
        way = beam.parent[step, way]
    return float(cost)
