"""The benchmark of bake quantities: the rule that plans, against the exact optimum of small cases.

A case is one product that sells alike every day, with independent days of Poisson or negative
binomial demand. Its optimum is the best long-run average profit of a day over all ways to bake,
knowing how much of each age is left: a Markov decision process, solved by policy iteration
(Howard 1960). Axes of arrays: S states, A quantities to bake, D demands, M days that it keeps.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import ceil, lgamma, log, sqrt
from statistics import NormalDist, mean
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from obrador.forecasting.domain import QUANTILE_LEVELS
from obrador.production.demand import MAX_RATIO, Floats, newsvendor
from obrador.production.marginal import Margin, Shelf, Stakes

Ints = NDArray[np.int64]
Order = Literal["oldest first", "freshest first"]
Rule = Callable[["Case", Ints], Ints]
"""Quantities (S,) to bake, by the left-over (S, M − 1) of each state."""

ORDERS: tuple[Order, ...] = ("oldest first", "freshest first")
_MOST_ROUNDS = 50
_PRICE = 100.0


@dataclass(frozen=True)
class Case:
    """One product. Money in hundredths of its price."""

    keeps: int
    order: Order
    chances: Floats
    """(D,) of a day's demand of 0, 1, ..."""
    cost: float
    waste: float
    """Of throwing away a unit, less what it still brings; may be negative."""
    holding: float
    """Of a unit that is left in the evening, whether it is kept or thrown away."""
    goodwill: float
    """Of a sale that is lost; folded into the price."""

    @property
    def most(self) -> int:
        """The most that it makes sense to have on the shelf."""
        return len(self.chances) - 1


@dataclass(frozen=True)
class Comparison:
    """Profit that a rule loses against the optimum, in per cent of it."""

    rule: str
    order: Order
    keeps: int
    cases: int
    mean_loss: float
    worst_loss: float


@dataclass(frozen=True)
class QuantitiesReport:
    """What was found."""

    cases: int
    seed: int
    normal_level: float
    normal_cost: float
    poisson_quantity: int
    comparisons: Sequence[Comparison]

    def as_json(self) -> str:
        """For programs."""
        return json.dumps(asdict(self), indent=2)


def bench_quantities(cases: int, seed: int, say: Callable[[str], None]) -> QuantitiesReport:
    """Compare the rule, and what ignores ageing, with the optimum of random cases."""
    rng = np.random.default_rng(seed)
    losses: dict[tuple[str, Order, int], list[float]] = {}
    for number in range(cases):
        say(f"Case {number + 1:,} of {cases:,} ...")
        for case in _random_cases(rng):
            optimum = Kitchen(case).optimum()
            for name, loss in _losses(case, optimum).items():
                losses.setdefault((name, case.order, case.keeps), []).append(loss)
    level, cost = textbook_normal()
    return QuantitiesReport(
        cases=cases,
        seed=seed,
        normal_level=level,
        normal_cost=cost,
        poisson_quantity=textbook_poisson(),
        comparisons=[
            Comparison(*key, len(found), mean(found), max(found))
            for key, found in sorted(losses.items(), key=lambda each: each[0][1:])
        ],
    )


def _losses(case: Case, optimum: float) -> dict[str, float]:
    kitchen = Kitchen(case)
    rules = {"marginal rule": marginal_rule} | (
        {"each day by itself": day_by_day, "as if it kept for ever": for_ever}
        if case.keeps > 1
        else {}
    )
    return {
        name: 100 * (1 - kitchen.profit(rule(case, kitchen.states)) / optimum)
        for name, rule in rules.items()
    }


def marginal_rule(case: Case, states: Ints) -> Ints:
    """What production would bake."""
    count = len(states)
    day = np.broadcast_to(quantiles_of(case.chances), (count, case.keeps, len(QUANTILE_LEVELS)))
    stock = np.column_stack([states, np.zeros(count)]).astype(np.float64)
    freshest = np.full(count, case.order == "freshest first")
    shelf = Shelf(day, stock, np.full(count, case.keeps), freshest)
    return _whole(Margin(shelf, _stakes(case, count), correlation=0.0).best())


def day_by_day(case: Case, states: Ints) -> Ints:
    """The newsvendor of each day by itself, as if nothing kept."""
    return _up_to(float(_stakes(case, 1).ratio[0]), case, states)


def for_ever(case: Case, states: Ints) -> Ints:
    """The most that a day is likely to sell, as if nothing spoiled."""
    return _up_to(MAX_RATIO, case, states)


def _up_to(ratio: float, case: Case, states: Ints) -> Ints:
    level = newsvendor(quantiles_of(case.chances), np.array(ratio))
    return _whole(np.maximum(level - states.sum(axis=1), 0))


def _stakes(case: Case, count: int) -> Stakes:
    return Stakes(
        np.full(count, _PRICE + case.goodwill - case.cost),
        np.full(count, case.cost + case.waste),
        np.full(count, case.holding),
    )


def _whole(quantity: Floats) -> Ints:
    return np.floor(quantity + 0.5).astype(np.int64)


class Kitchen:
    """All that can happen to the product of a case."""

    def __init__(self, case: Case) -> None:
        self._case = case
        most, older = case.most, case.keeps - 1
        axes = np.meshgrid(*[np.arange(most + 1)] * older, indexing="ij")
        self.states: Ints = np.array([axis.ravel() for axis in axes]).T.reshape(
            (most + 1) ** older, older
        )
        """(S, M − 1) left-over in the morning, by the days it keeps."""
        self._next, self._reward = self._transitions()

    def optimum(self) -> float:
        """The best average profit of a day, by policy iteration."""
        policy = marginal_rule(self._case, self.states)
        profit, worth = self._evaluate(policy)
        for _ in range(_MOST_ROUNDS):
            gains = self._reward + worth[self._next] @ self._case.chances
            here = np.arange(len(policy))
            better = gains.argmax(axis=1)
            improves = gains[here, better] > gains[here, policy] + 1e-9
            if not improves.any():
                break
            policy = np.where(improves, better, policy)
            profit, worth = self._evaluate(policy)
        return profit

    def profit(self, policy: Ints) -> float:
        """Average profit of a day in the long run, when (S,) is baked in each state."""
        return self._evaluate(policy)[0]

    def _evaluate(self, policy: Ints) -> tuple[float, Floats]:
        """Average profit, and what each state is worth beside the empty one."""
        count, policy = len(self.states), np.minimum(policy, self._case.most)
        here = np.arange(count)
        moves = np.zeros((count, count))
        chances = np.broadcast_to(self._case.chances, (count, len(self._case.chances)))
        np.add.at(moves, (here[:, None], self._next[here, policy]), chances)
        system = np.eye(count) - moves
        system[:, 0] = 1.0  # the empty shelf's worth is 0; its column stands for the average
        solved = np.linalg.solve(system, self._reward[here, policy])
        return float(solved[0]), np.concatenate([[0.0], solved[1:]])

    def _transitions(self) -> tuple[Ints, Floats]:
        """(S, A, D) state of the next morning, and (S, A) expected profit of the day."""
        case, size = self._case, self._case.most + 1
        baked = np.arange(size)[None, :, None]
        lots = [self.states[:, age][:, None, None] for age in range(case.keeps - 1)] + [baked]
        demand = np.arange(size)[None, None, :]
        left = _sold_in_order(lots, demand, freshest_first=case.order == "freshest first")
        total = sum(lots)
        unsold = sum(left)
        profit = (
            (_PRICE + case.goodwill) * (total - unsold)
            - case.cost * baked
            - case.waste * left[0]
            - case.holding * unsold
        )
        following = np.zeros((len(self.states), size, size), dtype=np.int64)
        for lot in left[1:]:
            following = following * size + lot
        return following, np.asarray(profit @ case.chances)


def _sold_in_order(lots: Sequence[Ints], demand: Ints, *, freshest_first: bool) -> list[Ints]:
    """What is left of lots, which are given by the days they keep."""
    wanted, left = demand, {}
    ages = range(len(lots))
    for age in reversed(ages) if freshest_first else ages:
        left[age] = np.maximum(lots[age] - wanted, 0)
        wanted = np.maximum(wanted - lots[age], 0)
    return [left[age] for age in ages]


def _random_cases(rng: np.random.Generator) -> list[Case]:
    """The same product for each order of issuing; what keeps for a day has one."""
    keeps = int(rng.integers(1, 4))
    average = float(rng.uniform(3, {1: 60, 2: 25, 3: 9}[keeps]))
    dispersion = float(rng.choice([1.0, rng.uniform(1.2, 3.0)]))
    cost = _PRICE * rng.uniform(0.15, 0.65)
    facts = {
        "keeps": keeps,
        "chances": demand_chances(average, dispersion),
        "cost": cost,
        "waste": cost * rng.uniform(-0.4, 0.3),
        "holding": _PRICE * rng.choice([0.0, rng.uniform(0, 0.03)]),
        "goodwill": _PRICE * rng.choice([0.0, rng.uniform(0, 0.3)]),
    }
    return [Case(order=order, **facts) for order in ORDERS[: 1 if keeps == 1 else 2]]


def demand_chances(average: float, dispersion: float) -> Floats:
    """Probabilities of 0, 1, ... with variance average · dispersion, as far as they matter:
    negative binomial, or Poisson where the dispersion is 1."""
    counts = range(ceil(average + 4.5 * sqrt(average * dispersion)) + 2)
    if dispersion == 1:
        logs = [k * log(average) - average - lgamma(k + 1) for k in counts]
    else:
        r, p = average / (dispersion - 1), 1 / dispersion
        logs = [
            lgamma(k + r) - lgamma(r) - lgamma(k + 1) + r * log(p) + k * log(1 - p) for k in counts
        ]
    chances = np.exp(np.array(logs))
    scaled: Floats = chances / chances.sum()
    return scaled


def quantiles_of(chances: Floats) -> Floats:
    """(Q,) quantiles as a forecast gives them: of pieces taken as continuous, so that k pieces are
    all between k − ½ and k + ½."""
    edges = np.concatenate([[0.0], np.arange(len(chances)) + 0.5])
    below = np.concatenate([[0.0], np.cumsum(chances)])
    quantiles: Floats = np.interp(QUANTILE_LEVELS, below, edges)
    return quantiles


def textbook_normal() -> tuple[float, float]:
    """Level and expected cost of demand 50 ± 8, holding 0.18, shortage 0.70 (stockpyl,
    example 4.3 of Snyder and Shen): 56.6040 and 1.99761."""
    day = np.array([NormalDist(50, 8).inv_cdf(level) for level in QUANTILE_LEVELS])
    level = float(newsvendor(day, np.array(0.70 / 0.88)))
    score = (level - 50) / 8
    missing = NormalDist().pdf(score) - score * (1 - NormalDist().cdf(score))
    return level, 8 * (0.18 * (score + missing) + 0.70 * missing)


def textbook_poisson() -> int:
    """The same of Poisson demand with mean 50: 56."""
    day = quantiles_of(demand_chances(50, 1))
    return int(_whole(newsvendor(day, np.array(0.70 / 0.88))))
