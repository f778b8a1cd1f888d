"""Parts of a snapshot that another installation may keep. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from obrador.catalogue.domain import Catalogue
from obrador.inventory.domain import Ingredient, Lot
from obrador.orchestration.domain import Snapshot
from obrador.suppliers.domain import Price, Supplier


@dataclass(frozen=True)
class Stock:
    """Ingredients, and what there is of them and of products."""

    ingredients: tuple[Ingredient, ...]
    lots: tuple[Lot, ...]


@dataclass(frozen=True)
class Offers:
    """Suppliers and what they ask."""

    suppliers: tuple[Supplier, ...]
    prices: tuple[Price, ...]


SNAPSHOT_HOURS = 24
"""Age up to which a part of an earlier snapshot stands in for one that cannot be fetched."""

Part = Catalogue | Stock | Offers

KINDS: Mapping[str, type[Part]] = {"recipes": Catalogue, "inventory": Stock, "suppliers": Offers}
"""By the name of the service that keeps it."""
EMPTY: Mapping[str, Part] = {
    "recipes": Catalogue((), {}, (), ()),
    "inventory": Stock((), ()),
    "suppliers": Offers((), ()),
}


def with_part(snapshot: Snapshot, part: Part) -> Snapshot:
    """The snapshot with another catalogue, stock or offers."""
    match part:
        case Stock(ingredients, lots):
            return replace(snapshot, ingredients=ingredients, lots=lots)
        case Offers(suppliers, prices):
            return replace(snapshot, suppliers=suppliers, prices=prices)
        case _:
            return replace(snapshot, catalogue=part)


def with_earlier(snapshot: Snapshot, earlier: Mapping[str, Part]) -> Snapshot:
    """The snapshot with its missing parts as they were earlier; those without an earlier one are
    lacking, and empty."""
    lacking = tuple(name for name in snapshot.missing if name not in earlier)
    for name in snapshot.missing:
        snapshot = with_part(snapshot, earlier.get(name, EMPTY[name]))
    return replace(snapshot, lacking=lacking)
