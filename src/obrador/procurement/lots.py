"""What deciding about purchases is about, in indices. Quantities in base units, money in any one
unit, days from the planned day (0)."""

from dataclasses import dataclass

from obrador.procurement.projection import Supply


@dataclass(frozen=True, slots=True)
class Offer:
    """One pack of one supplier, with all-units price breaks."""

    supplier: int
    pack_size: float
    tiers: tuple[tuple[int, float], ...]
    """(From so many packs, price of a pack), ascending; the first is the least to be ordered."""
    risk: float = 0.0
    """What a pack costs by coming from there, besides its price."""

    def price(self, packs: int) -> float:
        """What a pack costs when so many are bought."""
        return next(price for start, price in reversed(self.tiers) if packs >= start)

    @property
    def unit_price(self) -> float:
        """Of a unit, breaks not counted."""
        return self.tiers[0][1] / self.pack_size


@dataclass(frozen=True, slots=True)
class Item:
    """An ingredient over T days."""

    requirement: tuple[float, ...]
    """(T,)"""
    supplies: tuple[Supply, ...]
    """On hand, and due from open orders."""
    shelf_life: int
    """Days on which a delivery can be used, the first being that of the delivery."""
    offers: tuple[Offer, ...]
    safety: float
    holding: float
    """Of a unit in stock at the end of a day."""
    spoilage: float
    """Of a unit thrown away, besides its price."""
    safety_penalty: float
    """Of a unit missing of the safety stock at the end of a day."""
    shortage: float
    """Of a unit of requirement that is not met."""
    later: float = 0.0
    """Requirement of a day after the T days, for which what is left over then is of use."""

    @property
    def opening(self) -> float:
        """On hand at the start of day 0."""
        return sum((lot.quantity for lot in self.supplies if lot.from_day < 0), 0.0)

    @property
    def lowest_price(self) -> float:
        """Of a unit, breaks not counted."""
        return min((offer.unit_price for offer in self.offers), default=0.0)

    @property
    def best_price(self) -> float:
        """Of a unit, with the largest break."""
        prices = (price / offer.pack_size for offer in self.offers for _, price in offer.tiers)
        return min(prices, default=0.0)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a supplier asks for each delivery, and on which days there can be one."""

    days: tuple[int, ...]
    fee: float
    minimum: float


@dataclass(frozen=True, slots=True)
class Purchase:
    """So many packs of an item's offer for a day."""

    offer: int
    day: int
    packs: int
