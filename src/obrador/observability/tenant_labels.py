"""Labels for tenants, bounded: ten thousand bakeries would be too many series for anybody."""

from threading import Lock
from uuid import UUID

OTHER = "other"
_DEFAULT_LIMIT = 100


class TenantLabels:
    """The first tenants keep their id, the rest is `other`; whoever has a label keeps it."""

    def __init__(self, limit: int = _DEFAULT_LIMIT) -> None:
        self._limit = limit
        self._kept: dict[UUID | str, str] = {}
        self._lock = Lock()

    def limit(self, limit: int) -> None:
        """Give at most so many labels from now on; those given before stay."""
        self._limit = limit

    def of(self, tenant: UUID | str) -> str:
        """The label of a tenant."""
        label = self._kept.get(tenant)
        if label is not None:
            return label
        if len(self._kept) >= self._limit:  # without the lock: it only ever grows
            return OTHER
        with self._lock:
            if len(self._kept) >= self._limit:
                return OTHER
            return self._kept.setdefault(tenant, str(tenant))
