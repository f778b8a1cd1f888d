"""What goes over HTTP arrives as it was."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from obrador.kit.wire import decode, encode


@dataclass(frozen=True)
class Thing:
    id: UUID
    day: date
    moment: datetime
    numbers: NDArray[np.float64]
    flags: NDArray[np.bool_]
    amount: float = 0.0


def _thing(numbers: NDArray[np.float64], flags: NDArray[np.bool_], amount: float = 0.5) -> Thing:
    moment = datetime(2026, 3, 10, 4, 30, 0, 123456, tzinfo=UTC)
    return Thing(UUID(int=7), date(2026, 3, 10), moment, numbers, flags, amount)


_SHAPES = arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)


@given(
    numbers=arrays.arrays(
        np.float64, _SHAPES, elements=st.one_of(st.just(np.nan), st.floats(allow_infinity=False))
    ),
    flags=arrays.arrays(np.bool_, _SHAPES),
    amount=st.floats(allow_nan=False, allow_infinity=False),
)
def test_every_number_is_the_very_same(
    numbers: NDArray[np.float64], flags: NDArray[np.bool_], amount: float
) -> None:
    there = decode(encode(_thing(numbers, flags, amount)), Thing)

    assert np.array_equal(there.numbers, numbers, equal_nan=True)
    assert there.numbers.shape == numbers.shape
    assert np.array_equal(there.flags, flags)
    assert there.flags.dtype == np.bool_
    assert (there.amount, there.id, there.day) == (amount, UUID(int=7), date(2026, 3, 10))
    assert there.moment == datetime(2026, 3, 10, 4, 30, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("numbers", "flags"),
    [
        (b"[1, 2]", b'{"shape": [0], "values": []}'),
        (b'{"shape": [3], "values": [1, 2]}', b'{"shape": [0], "values": []}'),
        (b'{"shape": [-1], "values": [1]}', b'{"shape": [0], "values": []}'),
        (b'{"shape": [1], "values": ["x"]}', b'{"shape": [0], "values": []}'),
        (b'{"shape": [1], "values": [1]}', b'{"shape": [1], "values": [2]}'),
    ],
)
def test_what_is_no_array_is_refused(numbers: bytes, flags: bytes) -> None:
    whole = encode(_thing(np.zeros(1), np.zeros(0, dtype=np.bool_)))
    content = whole.replace(b'{"shape":[1],"values":[0.0]}', numbers)
    content = content.replace(b'{"shape":[0],"values":[]}', flags)

    with pytest.raises(msgspec.ValidationError):
        decode(content, Thing)
