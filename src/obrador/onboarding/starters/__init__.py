"""The library of classic formulas, and how it fills what a bakery has not entered."""

from obrador.onboarding.starters.completing import complete

__all__ = ["complete"]
