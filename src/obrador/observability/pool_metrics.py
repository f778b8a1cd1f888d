"""What feeds the metrics of the database's connections."""

from typing import Any

from sqlalchemy import Engine, QueuePool, event

from obrador.observability import metrics


def watch_pool(engine: Engine) -> None:
    """Show how many connections the pool of this engine has, as they come and go.

    An `AsyncEngine` has its engine in `sync_engine`.
    """

    def taken(*_: Any) -> None:
        _show_pool(engine, returning=0)

    def given_back(*_: Any) -> None:
        _show_pool(engine, returning=1)

    event.listen(engine, "checkout", taken)
    event.listen(engine, "checkin", given_back)


def _show_pool(engine: Engine, *, returning: int) -> None:
    """Read from the pool, not counted, so that nothing can drift; one is still on its way back."""
    pool = engine.pool
    if isinstance(pool, QueuePool):
        metrics.POOL_CONNECTIONS.labels("in_use").set(pool.checkedout() - returning)
        metrics.POOL_CONNECTIONS.labels("idle").set(pool.checkedin() + returning)
        metrics.POOL_SIZE.set(pool.size())
