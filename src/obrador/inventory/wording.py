"""Words of stock, in the reader's language. Data in, words out."""

from obrador.kit.i18n import Speech


def cause_words(say: Speech, cause: str | None) -> str:
    """Why something was wasted; None: nobody has said."""
    words = {
        "expired": say.phrase("Expired"),
        "damaged": say.phrase("Damaged"),
        "over_baked": say.phrase("Over-baked"),
        "returned": say.phrase("Returned"),
        "tasting": say.phrase("Tasting"),
        "other": say.phrase("Other reason"),
    }
    return say.phrase("No reason given") if cause is None else words[cause]


def sheet_heads(say: Speech) -> list[str]:
    """The columns of a counting sheet."""
    return [
        say.phrase("Item"),
        say.phrase("Lot"),
        say.phrase("Received"),
        say.phrase("Best before"),
        say.phrase("Unit"),
        say.phrase("Expected"),
        say.phrase("Counted"),
        say.phrase("Remarks"),
    ]
