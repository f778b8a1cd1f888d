"""Which classic formula a product is, by its name in English, Spanish, German or French.

The head of a name says what it is: in English and German it comes last (chocolate *cake*,
Pflaumen*kuchen*), in Spanish and French first (*pan* de pueblo, *tarte* aux pommes).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from obrador.kit.names import name_key
from obrador.onboarding.starters.library import Formula, library

HEAD_LAST = frozenset({"en", "de"})
SHORTEST = 4
"""Letters of a name that misspelt names or the ends of German words may be compared with."""


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: tuple[str, ...]
    language: str
    formula: str


def formula_for(name: str, category: str = "") -> Formula | None:
    """The formula of a product with this name, or else of its category's name.

    None where neither tells: it is then something bought to be sold.
    """
    key = _find(name) or (_find(category) if category and not _is_bought(name) else None)
    return library().formulas[key] if key else None


@lru_cache(maxsize=4096)
def _find(name: str) -> str | None:
    if _is_bought(name):
        return None
    if exact := _by_name().get(name_key(name)):
        return exact
    parts = [_words(part) for part in (name, *_parts(name))]
    return next((key for words in parts if words and (key := _by_head(words))), None) or _alike(
        " ".join(parts[0])
    )


def _by_head(words: tuple[str, ...]) -> str | None:
    """The formula with the most specific phrase at the head of the name."""
    found = [phrase for phrase in _phrases() if _heads(phrase, words)]
    best = max(found, key=lambda p: (len(p.words), len("".join(p.words))), default=None)
    return best.formula if best else None


def _heads(phrase: _Phrase, words: tuple[str, ...]) -> bool:
    count = len(phrase.words)
    if phrase.language not in HEAD_LAST:
        return words[:count] == phrase.words
    if words[-count:] == phrase.words:
        return True
    word = phrase.words[0]
    is_compound = phrase.language == "de" and count == 1 and len(word) >= SHORTEST
    return is_compound and words[-1].endswith(word)


def _alike(text: str) -> str | None:
    """The formula whose name is the same but for one letter too many, missing, wrong or swapped."""
    if len(text) <= SHORTEST:
        return None
    best = process.extractOne(text, _by_text().keys(), scorer=OSA.distance, score_cutoff=1)
    return _by_text()[best[0]] if best else None


def _is_bought(name: str) -> bool:
    return not library().bought.isdisjoint(_split(name))


def _parts(name: str) -> Iterator[str]:
    """What stands before and after dividers: `Toast with jam` is `Toast` first."""
    for part in re.split(r"[-–,;:/&+()]", name):
        words = part.split()
        dividers = [i for i, word in enumerate(words) if name_key(word) in library().divides]
        for start, end in zip([-1, *dividers], [*dividers, len(words)], strict=True):
            yield " ".join(words[start + 1 : end])


def _words(name: str) -> tuple[str, ...]:
    """The telling words of a name, in the singular."""
    return tuple(
        _stem(word) for word in _split(name) if word not in library().ignored and word.isalpha()
    )


def _split(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", name_key(name))


def _stem(word: str) -> str:
    """The word without a plural's ending, roughly and alike in four languages."""
    if len(word) <= SHORTEST:
        return word
    word = re.sub(r"(ies|ie|y)$", "i", word)
    return re.sub(r"(?<=\w{3})(es|en|[sxe])$", "", word)


@cache
def _phrases() -> tuple[_Phrase, ...]:
    return tuple(
        _Phrase(words, language, formula.key)
        for formula in library().formulas.values()
        for language, names in formula.names.items()
        for name in names
        if (words := _words(name))
    )


@cache
def _by_name() -> dict[str, str]:
    return {
        name_key(name): formula.key
        for formula in reversed(list(library().formulas.values()))
        for names in formula.names.values()
        for name in names
    }


@cache
def _by_text() -> dict[str, str]:
    return {" ".join(phrase.words): phrase.formula for phrase in reversed(_phrases())}
