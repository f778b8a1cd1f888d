"""How often a cache had what was asked for, lately."""

from dataclasses import dataclass

_WINDOW = 1000


@dataclass
class HitRate:
    """Hits and reads, both halved now and then, so that old ones count less and less."""

    hits: float = 0
    reads: float = 0

    def after(self, hits: int, misses: int) -> float | None:
        """The share of hits in percent after these reads; None: nothing was ever read."""
        self.hits += hits
        self.reads += hits + misses
        if not self.reads:
            return None
        while self.reads > _WINDOW:
            self.hits /= 2
            self.reads /= 2
        return 100 * self.hits / self.reads
