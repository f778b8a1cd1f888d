"""What feeds the metrics of the database's connections."""

from typing import Any
from weakref import WeakSet

from sqlalchemy import Engine, QueuePool, event

from obrador.observability import metrics

_watched: WeakSet[Engine] = WeakSet()


def watch_pool(engine: Engine) -> None:
    """Show how many connections the pool of this engine has, as they come and go, together with
    those of the others that are watched.

    An `AsyncEngine` has its engine in `sync_engine`.
    """

    def taken(*_: Any) -> None:
        _show_pools(returning=0)

    def given_back(*_: Any) -> None:
        _show_pools(returning=1)

    _watched.add(engine)
    event.listen(engine, "checkout", taken)
    event.listen(engine, "checkin", given_back)


def _show_pools(*, returning: int) -> None:
    """Read from the pools, not counted, so that nothing can drift; one is still on its way back."""
    pools = [each.pool for each in _watched if isinstance(each.pool, QueuePool)]
    in_use = [(pool, pool.checkedout(), pool.checkedin()) for pool in pools]
    opened = [each for each in in_use if each[1] + each[2]]
    metrics.POOL_CONNECTIONS.labels("in_use").set(sum(out for _, out, _ in opened) - returning)
    metrics.POOL_CONNECTIONS.labels("idle").set(sum(idle for *_, idle in opened) + returning)
    metrics.POOL_SIZE.set(sum(pool.size() for pool, *_ in opened))
