"""What purchases are decided from, and what deciding writes on, as arrays.

Sizes: N ingredients, T days, S suppliers, O offers, R price breaks, B bins, W width.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Problem(NamedTuple):
    """What there is, what is needed and what can be had; never changed. Money in one unit."""

    demand: Floats
    """(N, T)"""
    due: Floats
    """(N, T) what open orders bring in the morning of each day."""
    holding: Floats
    """(N) of a unit in stock at the end of a day; likewise the next three:"""
    spoilage: Floats
    """thrown away,"""
    unsafe: Floats
    """missing of the safety stock at the end of a day,"""
    shortage: Floats
    """of demand that is not met."""
    safety: Floats
    """(N)"""
    later: Floats
    """(N) demand of a day after the T days."""
    price: Floats
    """(N) of a unit, what stock is worth on the way;"""
    worth: Floats
    """(N) at the end."""
    life: Ints
    """(N) days on which a delivery can be used."""
    bins: Ints
    """(N) how many last days stock can have."""
    last_day: Ints
    """(N, B) ascending."""
    bin_of: Ints
    """(N, T) where a delivery of the day goes."""
    stock: Floats
    """(N, B) in the morning of day 0."""
    first_offer: Ints
    """(N + 1) ingredient i has the offers first_offer[i] … first_offer[i + 1] − 1."""
    supplier: Ints
    """(O)"""
    pack: Floats
    """(O) units in a pack."""
    risk: Floats
    """(O) what a pack costs by coming from there, besides its price."""
    first_break: Ints
    """(O + 1)"""
    from_packs: Ints
    """(R) ascending for each offer; the first is the least to be ordered."""
    pack_price: Floats
    """(R) of every pack from so many on."""
    fee: Floats
    """(S) of a delivery."""
    minimum: Floats
    """(S) value of goods of a delivery."""
    can_deliver: Flags
    """(S, T)"""
    first_item: Ints
    """(S + 1) supplier s offers item[first_item[s]] … item[first_item[s + 1] − 1]."""
    item: Ints


class Draft(NamedTuple):
    """A plan, and what each delivery of it holds."""

    packs: Ints
    """(O, T)"""
    cost: Floats
    """(N) goods, risk, holding, spoilage and penalties, less the worth of what is left."""
    goods: Floats
    """(S, T) value."""
    aboard: Ints
    """(S, T) lines."""
    closed: Flags
    """(S, T) left out for now."""


class Beam(NamedTuple):
    """What the programme writes on. The first axis of four: this delivery day, and the next."""

    width: int
    unit_value: Floats
    """(1) what a unit in stock spares."""
    stock: Floats
    """(2, W, B)"""
    cost: Floats
    """(2, W)"""
    score: Floats
    """(2, W)"""
    key: Floats
    """(2, W)"""
    parent: Ints
    """(T, W)"""
    offer: Ints
    """(T, W) −1: nothing is bought."""
    packs: Ints
    """(T, W)"""
    stage: Ints
    """(T + 1) the delivery days, then T."""
    row: Floats
    """(B)"""
    ahead: Floats
    """(B)"""
    lacking: Floats
    """(T + 1) before each day, if nothing more is bought, cumulated;"""
    spared: Floats
    """(T + 1) likewise, what is taken from stock that lasts longer than a purchase would;"""
    closing: Floats
    """(T + 1) and what is there then."""
    option: Ints
    """(X)"""
    seen: Ints
    """(Y) by packs, the last round in which they were an option; seen[0] counts the rounds."""
