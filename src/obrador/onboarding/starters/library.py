"""The starter library: classic formulas and what they take, read from `data/*.toml`.

Names are dictionaries by language; a name that a language lacks is the English one.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from obrador.catalogue.domain import StepKind

FOLDER = Path(__file__).parent / "data"
LANGUAGES = ("en", "es", "de", "fr")

Names = Mapping[str, str]
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step of a formula. `each`: minutes per piece (formulas) or kg (doughs); what is None is
    as usual for its kind."""

    kind: StepKind
    minutes: int
    each: float = 0.0
    at: int | None = None
    on: str | None = None
    wait: int | None = None
    people: int | None = None


@dataclass(frozen=True, slots=True)
class StepDefaults:
    """What a kind of step takes unless a formula says otherwise."""

    equipment: str | None = None
    people: int = 0
    wait: int | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """A classic product; see the head of `formulas.toml`."""

    key: str
    names: Mapping[str, tuple[str, ...]]
    category: str
    price: float
    each: Mapping[str, float]
    weight: float = 0.0
    percent: Mapping[str, float] = field(default_factory=dict)
    steps: tuple[StepSpec, ...] = ()
    shelf_life: int = 1
    per_tray: int = 1
    waste: float = 0.0
    wave: int = 1


@dataclass(frozen=True, slots=True)
class Dough:
    """A dough or filling that several products share; see `doughs.toml`."""

    key: str
    names: Names
    percent: Mapping[str, float]
    steps: tuple[StepSpec, ...]
    waste: float = 0.0
    lead_days: int = 0


@dataclass(frozen=True, slots=True)
class Good:
    """An ingredient and how it is usually sold; see `ingredients.toml`."""

    key: str
    names: Names
    category: str
    supplier: str
    pack: float
    price: float
    unit: str = "g"
    grams: float = 1.0
    keeps: int | None = None


@dataclass(frozen=True, slots=True)
class Vendor:
    """A usual kind of supplier; see `suppliers.toml`."""

    key: str
    names: Names
    lead_days: int
    lead_sd: float
    delivers: tuple[int, ...]
    cutoff: time
    minimum: float
    fee: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of equipment; see `process.toml`."""

    key: str
    names: Names
    also: tuple[str, ...]
    sizes: tuple[int, ...]
    most: int
    """Of a size, before larger ones are bought."""
    changeover: int = 0


@dataclass(frozen=True)
class Library:
    """All of it, by key."""

    formulas: Mapping[str, Formula]
    doughs: Mapping[str, Dough]
    goods: Mapping[str, Good]
    vendors: Mapping[str, Vendor]
    machines: Mapping[str, Machine]
    steps: Mapping[str, StepDefaults]
    categories: Mapping[str, Names]
    good_categories: Mapping[str, Names]
    ignored: frozenset[str]
    divides: frozenset[str]
    bought: frozenset[str]


def say(names: Names, language: str) -> str:
    """The name in the language, or else in English."""
    return names.get(language, names["en"])


@cache
def library() -> Library:
    """The library, read and checked once.

    Raises:
        ValueError: a formula names what the library does not have; says which.
    """
    process, names, goods = _read("process"), _read("names"), _read("ingredients")
    good_categories = goods.pop("categories")
    found = Library(
        formulas=_parts(Formula, _read("formulas")),
        doughs=_parts(Dough, _read("doughs")),
        goods={
            key: _good(key, category, entry)
            for category, entries in goods.items()
            for key, entry in entries.items()
        },
        vendors=_parts(Vendor, _read("suppliers")),
        machines=_parts(Machine, process["equipment"]),
        steps={kind: StepDefaults(**entry) for kind, entry in process["steps"].items()},
        categories=names["categories"],
        good_categories=good_categories,
        ignored=frozenset(names["ignored"]),
        divides=frozenset(names["divides"]),
        bought=frozenset(names["bought"]),
    )
    if problems := list(_problems(found)):
        raise ValueError("The starter library has errors: " + "; ".join(problems))
    return found


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _parts(part: Callable[..., Part], entries: Mapping[str, Any]) -> dict[str, Part]:
    return {key: part(key=key, **_frozen(entry)) for key, entry in entries.items()}


def _frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with its lists as tuples and its steps as `StepSpec`."""
    frozen = {key: tuple(v) if isinstance(v, list) else v for key, v in entry.items()}
    if "steps" in frozen:
        frozen["steps"] = tuple(StepSpec(**step) for step in frozen["steps"])
    return frozen


def _good(key: str, category: str, entry: Mapping[str, Any]) -> Good:
    names = {language: entry[language] for language in LANGUAGES}
    facts = {name: value for name, value in entry.items() if name not in LANGUAGES}
    return Good(key=key, names=names, category=category, **facts)


def _problems(found: Library) -> Iterator[str]:
    recipes: list[Formula | Dough] = [*found.formulas.values(), *found.doughs.values()]
    for recipe in recipes:
        each = recipe.each if isinstance(recipe, Formula) else {}
        for item in {*recipe.percent, *each} - {"water", *found.goods, *found.doughs}:
            yield f"{recipe.key} contains {item}, which is no ingredient"
        for step in recipe.steps:
            if step.kind not in found.steps:
                yield f"{recipe.key} has the unknown step {step.kind}"
            elif (machine := equipment_of(found, step)) and machine not in found.machines:
                yield f"{recipe.key} needs {machine}, which is no equipment"
    for good in found.goods.values():
        if good.supplier not in found.vendors:
            yield f"{good.key} is sold by {good.supplier}, which is no supplier"
    for formula in found.formulas.values():
        if formula.category not in found.categories:
            yield f"{formula.key} has the unknown category {formula.category}"


def equipment_of(found: Library, step: StepSpec) -> str | None:
    """The kind of machine that a step runs on."""
    return step.on or found.steps[step.kind].equipment
