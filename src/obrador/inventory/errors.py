"""What can go wrong with stock."""

from obrador.kit.errors import Conflict


class NotEnoughStock(Conflict):
    """More was taken than there is."""

    type, title = "not-enough-stock", "There is not so much in stock"
