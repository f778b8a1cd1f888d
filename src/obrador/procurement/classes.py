"""Which ingredients matter most: classes by value and by how much their use varies. Pure."""

from collections.abc import Mapping, Sequence

_VALUE_SHARES = (("A", 0.8), ("B", 0.95))
"""Up to so much of all value, the dearest first (Pareto; Dickie 1951); the rest is C."""
_VARIATIONS = (("X", 0.5), ("Y", 1.0))
"""Coefficient of variation of a day's use up to which it is steady, or moderate; the rest is Z."""


def classes(values: Sequence[float], variations: Sequence[float]) -> list[str]:
    """(N,) such as `AX`: the class by value, and that by variability.

    Args:
        values: (N,) of what is used, in money.
        variations: (N,) standard deviation of a day's use over its mean.

    Example: of values 70, 20 and 10, the first two are A, since what comes before the second is
    less than 80 % of all, and the last is B.
    """
    whole = sum(values)
    found = [""] * len(values)
    before = 0.0
    for row in sorted(range(len(values)), key=lambda row: (-values[row], row)):
        share = before / whole if whole else 1.0
        found[row] = next((name for name, most in _VALUE_SHARES if share < most), "C")
        before += values[row]
    return [
        name + next((each for each, most in _VARIATIONS if variation <= most), "Z")
        for name, variation in zip(found, variations, strict=True)
    ]


def level_of(group: str, levels: Mapping[str, float], usual: float) -> float:
    """The service level of a class such as `AX`: its own, or else that of `A`, or of `X`."""
    return next((levels[name] for name in (group, group[0], group[1]) if name in levels), usual)
