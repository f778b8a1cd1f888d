"""Text for spreadsheet programs, which take some of it for formulas and do what these say."""

_BEGINS_FORMULA = tuple("=+-@＝＋－＠")
_BEGINS_CELL = ("\t", "\r", "\n")
"""Some programs begin a cell anew after these."""


def is_like_formula(words: str) -> bool:
    """Whether a spreadsheet program may take the words for a formula."""
    return words.startswith(_BEGINS_CELL) or words.lstrip().startswith(_BEGINS_FORMULA)


def harmless(words: str) -> str:
    """Words that somebody has typed, for a cell of a CSV file: behind an apostrophe, as such
    programs mark text, where they are like a formula. Numbers that we write need none."""
    return f"'{words}" if is_like_formula(words) else words
