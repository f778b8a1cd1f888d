"""The library of classic formulas, and how it fills what a bakery has not entered."""
