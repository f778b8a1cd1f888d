"""What can go wrong with stock."""

from obrador.kit.errors import Conflict


class NotEnoughStock(Conflict):
    """More was taken than there is."""

    type, title = "not-enough-stock", "There is not so much in stock"


class NotReversible(Conflict):
    """The opposite of a posting would be wrong."""

    type, title = "not-reversible", "This cannot be reversed"
