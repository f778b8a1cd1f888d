"""Pages of an order: every line once, and room for the sums on the last."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from obrador.procurement.paper import PaperLine
from obrador.procurement.paper_pdf import _LAST_ROWS, _ROWS, pages_of


@given(st.integers(0, 200))
def test_lines_are_divided_into_pages_that_hold_them(count: int) -> None:
    lines = tuple(PaperLine(n, "Harina", "g", 1, Decimal(25_000), 1_900) for n in range(count))

    *others, last = pages_of(lines)

    assert tuple(line for page in (*others, last) for line in page) == lines
    assert all(len(page) <= _ROWS for page in others)
    assert len(last) <= _LAST_ROWS
