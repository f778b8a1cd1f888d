"""Purchases of many ingredients together, sharing deliveries. Problem in, result out.

Each ingredient is planned by `lot_sizing`, paying what filling a delivery costs given the others:
the fee if it would be alone, and part of what is missing to the supplier's minimum. A few sweeps
over all ingredients settle this; then every delivery is tried without, its ingredients planned
anew, and left out where that is cheaper. A delivery that is still below the minimum is filled up
by the ingredient that can do so at the least cost, or stays below it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from obrador.procurement.lot_sizing import Charge, Charges, Item, Sizing, size_lots
from obrador.procurement.projection import NOTHING

SWEEPS = 2
GAP_COST = 0.3
"""Share of its value that a purchase only made to reach a minimum order is reckoned to cost:
mostly it is needed later, but it ties up money and some of it spoils."""
FILL_COST = 100.0
"""The same when a delivery has to be filled up at any cost."""


DeliveryKey = tuple[int, int]
"""Supplier and day."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a supplier asks for each delivery, and on which days there can be one."""

    days: tuple[int, ...]
    fee: float
    minimum: float


@dataclass(frozen=True, slots=True)
class Replenishment:
    """How every item is supplied, at what cost; fees, and what short orders cost, included."""

    sizings: tuple[Sizing, ...]
    """(N,)"""
    goods: Mapping[DeliveryKey, float]
    """Value of what each delivery brings."""
    short: frozenset[DeliveryKey]
    """Deliveries below the minimum."""
    cost: float


def replenish(items: Sequence[Item], terms: Sequence[Terms]) -> Replenishment:
    """Plan all items. Deterministic: items by value, deliveries by value, ties by position.

    Least Σ of the items' `Sizing.cost`, and of each delivery's fee and `GAP_COST` × what its goods
    lack to the minimum; a heuristic, no bound. Money in the unit of the items' costs.

    Args:
        items: (N,).
        terms: (S,), by the suppliers of the offers.
    """
    draft = _Draft(items, terms)
    order = sorted(range(len(items)), key=lambda index: -_value(items[index]))
    for _ in range(SWEEPS):
        before = list(draft.sizings)
        for index in order:
            draft.place(index, draft.sized(index, draft.charges(index)))
        if before == draft.sizings:
            break
    for key in sorted(draft.goods, key=lambda key: (draft.goods[key], key)):
        draft.try_without(key)
    for key in draft.short():
        draft.fill(key)
    return Replenishment(tuple(draft.sizings), draft.goods, frozenset(draft.short()), draft.cost())


@dataclass(frozen=True, slots=True)
class Alternative:
    """How an item would be supplied without one of its suppliers, and what that costs more."""

    sizing: Sizing
    extra: float


def alternatives(
    items: Sequence[Item], terms: Sequence[Terms], plan: Replenishment
) -> dict[tuple[int, int], Alternative]:
    """By item and supplier that it is bought from: plans without, all other items unchanged."""
    draft = _Draft(items, terms, plan.sizings)
    before = draft.cost()
    found = {}
    for index, sizing in enumerate(plan.sizings):
        offers = items[index].offers
        charges = draft.charges(index) if len(offers) > 1 else {}
        for supplier in sorted({offers[buy.offer].supplier for buy in sizing.purchases}):
            others = {key: charge for key, charge in charges.items() if key[0] != supplier}
            if others:
                draft.place(index, draft.sized(index, others))
                found[index, supplier] = Alternative(draft.sizings[index], draft.cost() - before)
                draft.place(index, sizing)
    return found


def _value(item: Item) -> float:
    return float(item.net[-1]) * item.lowest_price


class _Draft:
    """The plan as it stands, and the value of every delivery in it."""

    def __init__(
        self, items: Sequence[Item], terms: Sequence[Terms], sizings: Iterable[Sizing] = ()
    ) -> None:
        self.items = items
        self.terms = terms
        self.sizings = [Sizing((), 0.0) for _ in items]
        self.goods: dict[DeliveryKey, float] = {}
        self._sized: dict[tuple[int, frozenset[tuple[DeliveryKey, Charge]]], Sizing] = {}
        self.possible = {(s, day) for s, term in enumerate(terms) for day in term.days}
        for index, sizing in enumerate(sizings):
            self.place(index, sizing)

    def charges(self, index: int) -> dict[DeliveryKey, Charge]:
        """What each possible delivery would charge this item."""
        mine = self._goods_of(index)
        suppliers = {offer.supplier for offer in self.items[index].offers}
        return {
            key: self._charge(key, self.goods.get(key, 0.0) - mine.get(key, 0.0))
            for key in self.possible
            if key[0] in suppliers
        }

    def _charge(self, key: DeliveryKey, others: float) -> Charge:
        term = self.terms[key[0]]
        fee = term.fee if others < NOTHING else 0.0
        return Charge(fee, max(0.0, term.minimum - others), GAP_COST)

    def sized(self, index: int, charges: Charges) -> Sizing:
        """The cheapest purchases of an item under these charges; most are asked for repeatedly."""
        key = (index, frozenset(charges.items()))
        if key not in self._sized:
            self._sized[key] = size_lots(self.items[index], charges)
        return self._sized[key]

    def place(self, index: int, sizing: Sizing) -> None:
        """Put an item's plan in the place of its former one."""
        for key, value in self._goods_of(index).items():
            self.goods[key] -= value
            if self.goods[key] < NOTHING:
                del self.goods[key]
        self.sizings[index] = sizing
        for key, value in self._goods_of(index).items():
            self.goods[key] = self.goods.get(key, 0.0) + value

    def try_without(self, key: DeliveryKey) -> None:
        """Leave a delivery out if that is cheaper."""
        if self._cost_of(key) < NOTHING:
            return
        before, sizings = self.cost(), list(self.sizings)
        aboard = [index for index in range(len(self.items)) if key in self._goods_of(index)]
        self.possible.discard(key)
        for index in aboard:
            self.place(index, Sizing((), 0.0))
        for index in aboard:
            self.place(index, self.sized(index, self.charges(index)))
        if self.cost() > before - NOTHING:
            self.possible.add(key)
            for index in aboard:
                self.place(index, sizings[index])

    def fill(self, key: DeliveryKey) -> None:
        """Let the item that does so at the least cost fill a delivery up, if one can."""
        trials: list[tuple[float, int, Sizing]] = []
        for index, item in enumerate(self.items):
            if all(offer.supplier != key[0] for offer in item.offers):
                continue
            kept, charges = self.sizings[index], self.charges(index)
            charges[key] = replace(charges[key], gap_cost=FILL_COST)
            self.place(index, self.sized(index, charges))
            if key not in self.short():
                trials.append((self.cost(), index, self.sizings[index]))
            self.place(index, kept)
        if trials:
            _, best, sizing = min(trials, key=lambda trial: trial[:2])
            self.place(best, sizing)

    def short(self) -> list[DeliveryKey]:
        """Deliveries below the supplier's minimum."""
        return sorted(k for k, goods in self.goods.items() if goods < self.terms[k[0]].minimum)

    def cost(self) -> float:
        """Of everything."""
        return sum(map(self._cost_of, self.goods)) + sum(sizing.cost for sizing in self.sizings)

    def _cost_of(self, key: DeliveryKey) -> float:
        """What a delivery costs beside its goods."""
        term = self.terms[key[0]]
        return term.fee + GAP_COST * max(0.0, term.minimum - self.goods.get(key, 0.0))

    def _goods_of(self, index: int) -> dict[DeliveryKey, float]:
        offers = self.items[index].offers
        return {
            (offers[buy.offer].supplier, buy.day): buy.packs * offers[buy.offer].price(buy.packs)
            for buy in self.sizings[index].purchases
        }
