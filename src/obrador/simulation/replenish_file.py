"""Planning purchases from a file, by the code that plans bakeries.

The instance is JSON: days and the weekday of the first, ingredients with their demand a day, lots,
open orders, shelf life and costs, suppliers with lead time, delivery weekdays, fee and minimum, and
offers of packs with price breaks. The solution lists packs of each offer and day.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time
from typing import Any

from obrador.kit.errors import Invalid
from obrador.procurement.lots import Item, Offer, Purchase, Terms
from obrador.procurement.projection import Supply
from obrador.procurement.replenishment import STRICT, Effort, Replenishment, replenish
from obrador.simulation.instance_file import read_file

BUILD_ALONE = Effort(rounds=0)
_WARM_UP = Effort(sweeps=1, rounds=1)
_TRIED = 40


@dataclass(frozen=True)
class Instance:
    """A purchase problem as the planner takes it."""

    name: str
    items: tuple[Item, ...]
    terms: tuple[Terms, ...]
    numbers: tuple[tuple[int, ...], ...]
    """Of each item, the numbers that its offers have in the file."""


@dataclass(frozen=True)
class Solved:
    """A plan and what it took."""

    plan: Replenishment
    solution: Mapping[str, Any]
    effort: Effort
    cpu_ms: float


def read_instance(file: Path) -> Instance:
    """An instance from a file.

    Raises:
        Invalid: it is not there, is no JSON, or lacks something.
    """
    return read_file(file, _instance)


def solve(instance: Instance, effort: Effort) -> Solved:
    """Plan it, once the kernels are there.

    Raises:
        Invalid: a minimum order cannot be reached.
    """
    _planned(instance, _WARM_UP)
    began = process_time()
    plan = _planned(instance, effort)
    took = (process_time() - began) * 1000
    if plan.short:
        raise Invalid(
            f"{len(plan.short)} deliveries stay below the minimum: give it more iterations."
        )
    return Solved(plan, _solution(instance, plan), effort, took)


def effort_of(rounds: int | None) -> Effort:
    """So many rounds; without a number, those of a morning."""
    return Effort() if rounds is None else Effort(rounds=rounds)


def effort_for(instance: Instance, milliseconds: float) -> Effort:
    """The effort that takes about so much processor time here, by a short trial; a plan itself is
    limited by counts only."""
    _planned(instance, _WARM_UP)
    built, improved = (_cpu_ms(instance, replace(BUILD_ALONE, rounds=r)) for r in (0, _TRIED))
    each = max(improved - built, 0.01) / _TRIED
    return replace(BUILD_ALONE, rounds=max(0, int((milliseconds - built) / each)))


def _cpu_ms(instance: Instance, effort: Effort) -> float:
    """The least of three: other programs only add to it."""
    took = []
    for _ in range(3):
        began = process_time()
        _planned(instance, effort)
        took.append((process_time() - began) * 1000)
    return min(took)


def _planned(instance: Instance, effort: Effort) -> Replenishment:
    return replenish(instance.items, instance.terms, effort, short_price=STRICT)


def _instance(given: Mapping[str, Any]) -> Instance:
    days = given["days"]
    offers: dict[int, list[tuple[int, Offer]]] = defaultdict(list)
    for number, offer in enumerate(given["offers"]):
        offers[offer["ingredient"]].append((number, _offer(offer)))
    terms = tuple(_terms(supplier, given["start_weekday"], days) for supplier in given["suppliers"])
    items = tuple(
        _item(each, [offer for _, offer in offers[index]])
        for index, each in enumerate(given["ingredients"])
    )
    numbers = tuple(tuple(number for number, _ in offers[index]) for index in range(len(items)))
    return Instance(given["name"], items, terms, numbers)


def _offer(given: Mapping[str, Any]) -> Offer:
    tiers = tuple((tier["min_packs"], tier["price"] * given["pack"]) for tier in given["tiers"])
    return Offer(given["supplier"], given["pack"], tiers)


def _terms(given: Mapping[str, Any], first_weekday: int, days: int) -> Terms:
    possible = tuple(
        day for day in range(given["lead"], days) if (first_weekday + day) % 7 in given["weekdays"]
    )
    return Terms(possible, given["fee"], given["min_order"])


def _item(given: Mapping[str, Any], offers: list[Offer]) -> Item:
    life = given["shelf_life"]
    return Item(
        requirement=tuple(map(float, given["demand"])),
        supplies=(
            *(Supply(-1, lot["last_day"], lot["qty"]) for lot in given["lots"]),
            *(Supply(o["day"], o["day"] + life - 1, o["qty"]) for o in given["open_orders"]),
        ),
        shelf_life=life,
        offers=tuple(offers),
        safety=given["safety"],
        holding=given["hold"],
        spoilage=given["spoil"],
        safety_penalty=given["safety_pen"],
        shortage=given["unmet_pen"],
    )


def _solution(instance: Instance, plan: Replenishment) -> Mapping[str, Any]:
    """In the file's form."""
    return {
        "instance": instance.name,
        "orders": [
            _line(numbers, purchase)
            for numbers, purchases in zip(instance.numbers, plan.purchases, strict=True)
            for purchase in purchases
        ],
    }


def _line(numbers: tuple[int, ...], purchase: Purchase) -> Mapping[str, int]:
    return {
        "offer": numbers[purchase.offer], "day": purchase.day, "packs": purchase.packs,
    }  # fmt: skip
