"""How names that people type are compared."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=10_000)
def name_key(name: str) -> str:
    """The name without regard to case, accents and spaces: ` Crème  Brûlée` is `creme brulee`."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())
