"""What the product names of a file mean."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from rapidfuzz import process

from obrador.kit.ids import new_id
from obrador.kit.names import name_key
from obrador.sales.columns import UnknownColumns

_MOST_NAMES = 20_000
LONGEST_NAME = 200
_ALIKE = 60
"""Percent of similarity from which a known name is worth proposing."""


_NO_PRODUCTS = {
    "none", "null", "nan", "na", "n/a", "-", "--", "?", "total", "totals", "subtotal",
    "grand total",
    "sum", "adjustment", "discount", "tip", "void", "refund", "deposit", "test", "unknown", "suma",
    "totales", "total general", "ajuste", "descuento", "propina", "devolucion", "anulado",
    "sin articulo", "varios", "summe", "gesamt", "gesamtsumme", "rabatt", "trinkgeld", "storno",
    "pfand", "unbekannt", "somme", "remise", "pourboire", "annule", "inconnu",
}  # fmt: skip


def is_doubtful(name: str) -> bool:
    """Whether tills write this where there is no product, in four languages."""
    return name_key(name).rstrip(":") in _NO_PRODUCTS


class ProductNames:
    """Finds products by name. Unknown ones become new products, if that is wanted."""

    def __init__(
        self,
        known: Mapping[str, UUID],
        *,
        aliases: Mapping[str, str],
        ignored: Collection[str],
        may_create: bool,
    ) -> None:
        """`known` is by `name_key`; `aliases` say what a name or number in the file stands for."""
        self.created: dict[UUID, str] = {}
        self._ids = dict(known)
        self._aliases = {name_key(name): meant for name, meant in aliases.items()}
        self._ignored = {name_key(name) for name in ignored}
        self._may_create = may_create
        self._found: dict[str, str | None] = {}

    def ignored(self, names: Iterable[str]) -> list[str]:
        """Those of the names that stand for no product."""
        return [name for name in names if name_key(name) in self._ignored]

    def ids(self, names: Iterable[str]) -> dict[str, str | None]:
        """The product's id as text, by name; None where it is unknown.

        Raises:
            UnknownColumns: there are so many names that they cannot be products.
        """
        for name in names:
            if name not in self._found:
                if len(self._found) == _MOST_NAMES:
                    raise UnknownColumns(
                        "There are over {most_names:,} different products, such as"
                        " {name!r}. If the product is another column, say which:"
                        " product=COLUMN.",
                        most_names=_MOST_NAMES,
                        name=name,
                    )
                self._found[name] = self._id(name)
        return self._found

    @property
    def known(self) -> int:
        """How many products that are no new ones have been asked for."""
        return len({each for each in self._found.values() if each} - {*map(str, self.created)})

    def nearest(self, name: str) -> str | None:
        """The known name that is most like this one, if any is."""
        found = process.extractOne(name_key(name), list(self._ids), score_cutoff=_ALIKE)
        return found[0] if found else None

    def _id(self, name: str) -> str | None:
        name = " ".join(self._aliases.get(name_key(name), name).split())
        key = name_key(name)
        if key not in self._ids:
            if not self._may_create or not 0 < len(key) <= LONGEST_NAME or len(name) > LONGEST_NAME:
                return None
            self._ids[key] = new_id()
            self.created[self._ids[key]] = name
        return str(self._ids[key])
