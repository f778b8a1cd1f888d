"""Compiling the kernels before they are needed, where that has not happened yet."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from obrador.catalogue.domain import Recipe, Step
from obrador.kit.compiled import folder
from obrador.procurement.lots import Item, Offer, Terms
from obrador.production.domain import BatchReason, Crew, Effort, Machine, PlannedBatch

MESSAGE = "Compiling the planning kernels, once; this takes about half a minute ..."


def warm_up(say: Callable[[str], None]) -> None:
    """Compile what planning calls, unless an earlier process has left it in the cache; a message
    first, since it takes a while."""
    done = folder() / "complete"
    if done.exists():
        return
    say(MESSAGE)
    _schedule()
    _buy()
    with suppress(OSError):  # a folder that cannot be written: compiled again by every process
        done.touch()


def _schedule() -> None:
    from obrador.production.scheduling import schedule

    recipe = Recipe(UUID(int=0), "", "product", "piece", 1, (), (Step("bake", 1, 0, "oven", 1),))
    batch = PlannedBatch(recipe.id, None, 1, 1, 60, 1.0, BatchReason(1, 0, "none", 1, 1))
    oven = Machine(UUID(int=0), "oven", 1, 0, ((0, 60),))
    schedule([batch], {recipe.id: recipe}, [oven], Crew(()), effort=Effort(1, 1, 1))


def _buy() -> None:
    from obrador.procurement.replenishment import Effort, replenish

    offer = Offer(0, 1.0, ((1, 1.0),))
    item = Item((1.0,), (), 1, (offer,), 0.0, 0.0, 0.0, 0.0, 1.0)
    replenish([item], [Terms((0,), 0.0, 0.0)], Effort(rounds=1)).without(0, 0)


if __name__ == "__main__":
    warm_up(print)
