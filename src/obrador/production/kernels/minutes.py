"""Sets of minutes, and how much is free in each, as bits: the inner loops of placing, compiled.

A set of minutes is one bit per minute, 64 to a word. How much room a machine has, or how many
people are free, is a *counter*: for each power of two the set of minutes whose number has it, so
that adding to a span of minutes, and asking which minutes have at least so much, take a few
operations on words whatever the numbers are. Sizes: w words, p powers of two.
"""

import numpy as np
from numpy.typing import NDArray

from obrador.kit.compiled import inlined, inner

Words = NDArray[np.uint64]

_ONE, _ALL, _ZERO = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(0)


@inlined
def has_minute(words: Words, minute: int) -> bool:
    return bool((words[minute >> 6] >> np.uint64(minute & 63)) & _ONE)


@inlined
def _highest(word: np.uint64) -> int:
    """Position of the highest bit of a word that is not 0."""
    position = 0
    for half in (32, 16, 8, 4, 2, 1):
        above = word >> np.uint64(half)
        if above != _ZERO:
            word = above
            position += half
    return position


@inner
def latest_in(words: Words, low: int, high: int) -> int:
    """The last set minute from `low` to `high`, both included; −1 if there is none."""
    high = min(high, 64 * len(words) - 1)
    low = max(low, 0)
    if high < low:
        return -1
    place = high >> 6
    word = words[place] & (_ALL >> np.uint64(63 - (high & 63)))
    while word == _ZERO:
        place -= 1
        if place < (low >> 6):
            return -1
        word = words[place]
    found = 64 * place + _highest(word)
    return found if found >= low else -1


@inner
def earliest_in(words: Words, low: int, high: int) -> int:
    """The first set minute from `low` to `high`, both included; −1 if there is none."""
    low = max(low, 0)
    high = min(high, 64 * len(words) - 1)
    if high < low:
        return -1
    place = low >> 6
    word = words[place] & (_ALL << np.uint64(low & 63))
    while word == _ZERO:
        place += 1
        if place > (high >> 6):
            return -1
        word = words[place]
    found = 64 * place + _highest(word & (~word + _ONE))
    return found if found <= high else -1


@inlined
def bits_from(minute: int) -> np.uint64:
    """The minutes of its word that are not before `minute`."""
    return _ALL << np.uint64(minute & 63)


@inlined
def bits_until(minute: int) -> np.uint64:
    """The minutes of its word that are not after `minute`."""
    return _ALL >> np.uint64(63 - (minute & 63))


@inner
def add_to(counter: Words, first: int, end: int, amount: int) -> None:
    """Add to the numbers of the minutes from `first` to before `end` (a ripple-carry adder; a
    negative amount is its complement)."""
    for place in range(first >> 6, ((end - 1) >> 6) + 1):
        mask = _ALL
        if place == first >> 6:
            mask &= bits_from(first)
        if place == (end - 1) >> 6:
            mask &= bits_until(end - 1)
        carry = _ZERO
        for power in range(len(counter)):
            old = counter[power, place]
            added = mask if (amount >> power) & 1 else _ZERO
            half = old ^ added
            counter[power, place] = half ^ carry
            carry = (old & added) | (half & carry)


@inner
def keep_at_least(words: Words, counter: Words, amount: int, low: int, high: int) -> None:
    """Of the set minutes in the words from `low` to `high`, keep those whose number is at least
    `amount`: subtracting it borrows from nothing."""
    for place in range(low, high + 1):
        short = _ZERO
        for power in range(len(counter)):
            missing = ~counter[power, place]
            if (amount >> power) & 1:
                short |= missing
            else:
                short &= missing
        words[place] &= ~short


@inner
def narrow(words: Words, minutes: int, low: int, high: int) -> None:
    """Keep a minute only if it begins a span of `minutes` set ones, by doubling. Spans that reach
    beyond the word `high` are left as they are."""
    length = 1
    while length < minutes:
        step = min(length, minutes - length)
        whole, part = step >> 6, np.uint64(step & 63)
        rest = np.uint64(63) - part
        for place in range(low, min(high, len(words) - 2 - whole) + 1):
            later = words[place + whole + 1] << _ONE << rest
            words[place] &= (words[place + whole] >> part) | later
        length += step


@inner
def shift_later(words: Words, target: Words, minutes: int, low: int, high: int) -> None:
    """In `target`, the set minutes `minutes` later; there are none before the word `low`."""
    whole, part = minutes >> 6, np.uint64(minutes & 63)
    rest = np.uint64(63) - part
    for place in range(low, min(low + whole, high + 1)):
        target[place] = _ZERO
    if low + whole <= high:
        target[low + whole] = words[low] << part
    for place in range(low + whole + 1, high + 1):
        earlier = words[place - whole - 1] >> _ONE >> rest
        target[place] = (words[place - whole] << part) | earlier


@inner
def widen(words: Words, minutes: int, low: int, high: int) -> None:
    """Set also the `minutes` minutes after each set one, by doubling."""
    if minutes >= 64 * len(words):
        first = earliest_in(words, 64 * low, 64 * high + 63)
        if first >= 0:
            words[first >> 6] = bits_from(first)
            for place in range((first >> 6) + 1, high + 1):
                words[place] = _ALL
        return
    length, wanted = 1, minutes + 1
    while length < wanted:
        step = min(length, wanted - length)
        whole, part = step >> 6, np.uint64(step & 63)
        rest = np.uint64(63) - part
        for place in range(high, low + whole, -1):
            earlier = words[place - whole - 1] >> _ONE >> rest
            words[place] |= (words[place - whole] << part) | earlier
        if low + whole <= high:
            words[low + whole] |= words[low] << part
        length += step
