"""Dates and long numbers of a few bytes, in the ways in which databases write them.

A date is a day that is counted from another, or its year, month and day in bits. Numbers of any
kind may look like that, and so do bytes of two numbers, the end of one and the beginning of the
next. But of days that people were born on, the last byte is each time another, few are multiples of
ten, as most postal codes are, and some are before the first day, or long after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["WAYS", "Way"]

# Years that dates of people are of.
_FIRST, _LAST = 1900, 2040
# Days from the first of March of the year 0, on which all counts of leap years begin, to the first
# days that others count from, the 17th of November of 1858 and the first of January of the others.
_1, _1858, _1900, _1970, _2000 = 306, 678_881, 693_901, 719_468, 730_425
_EARLIEST, _LATEST = _1900, 745_035
type _Order = Literal["little", "big"]
_ORDERS: tuple[_Order, ...] = ("little", "big")
# Numbers of 13 to 15 digits.
_LOW, _HIGH = 10**12, 10**15
# Days of fifty years, as small as prices and quantities are; of days that people were born on, no
# more than so many are of the fifty years after the first, nor multiples of ten.
_SMALL, _MOST, _TENS = 18_262, 0.9, 0.5
# A day in quarters of an hour: what differs between zones of time.
_QUARTERS = 96


@dataclass(frozen=True, slots=True)
class Way:
    """A way in which a value is written.

    Attributes:
        size: Of how many bytes.
        read: Returns what they say, or nothing.
        are_whole: Tells whether those of several rows are whole values of this kind, rather than
            parts of two.
    """

    size: int
    read: Callable[[bytes], bytes]
    are_whole: Callable[[Sequence[bytes]], bool] = lambda _: True


@cache
def _day(days: int) -> bytes:
    """Return the day that is so many after the first of March of the year 0."""
    # Four hundred years are as long as all others, a hundred as four times 25 but for a day.
    cycle, of_cycle = divmod(days, 146_097)
    year = (of_cycle - of_cycle // 1460 + of_cycle // 36_524 - of_cycle // 146_096) // 365
    of_year = of_cycle - (365 * year + year // 4 - year // 100)
    # Months, March first, are of 30.6 days.
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    return b"%04d-%02d-%02d" % (cycle * 400 + year + (month > 9), (month + 2) % 12 + 1, day)


def _vary(numbers: Sequence[int]) -> bool:
    # Of 24 that chance makes, 23 bytes are different ones; of parts of a counter, few.
    return len(set(numbers)) * 3 > 2 * len(numbers)


def _last(order: _Order) -> Callable[[Sequence[bytes]], bool]:
    """Return what tells whether the last bytes of values vary."""
    place = 0 if order == "little" else -1
    return lambda values: _vary([one[place] for one in values])


def _days(since: int, size: int = 4, order: _Order = "little", bias: int = 0) -> Way:
    """Return how a day is written as how many have passed."""

    def number(raw: bytes) -> int:
        return int.from_bytes(raw, order, signed=not bias) - bias

    def read(raw: bytes) -> bytes:
        day = number(raw) + since
        return _day(day) if _EARLIEST < day < _LATEST else b""

    def are_whole(values: Sequence[bytes]) -> bool:
        numbers = [number(one) for one in values]
        tens = sum(one % 10 == 0 for one in numbers) < _TENS * len(numbers)
        small = sum(0 <= one < _SMALL for one in numbers) < _MOST * len(numbers)
        return tens and small and _last(order)(values)

    return Way(size, read, are_whole)


def _moments(unit: int, order: _Order) -> Way:
    """Return how a moment is written as the time since 1970, in so many parts of a day."""

    def number(raw: bytes) -> int:
        return int.from_bytes(raw, order, signed=True)

    def read(raw: bytes) -> bytes:
        day = number(raw) // unit + _1970
        return _day(day) if _EARLIEST < day < _LATEST else b""

    def are_whole(values: Sequence[bytes]) -> bool:
        # Any five bytes behind zeros are a moment; a day of birth is one at midnight.
        return all(number(one) % (unit // _QUARTERS) == 0 for one in values)

    return Way(8, read, are_whole)


def _parts(year: int, month: int, day: int) -> bytes:
    if not (_FIRST <= year < _LAST and 1 <= month <= 12 and 1 <= day <= 31):
        return b""
    return b"%04d-%02d-%02d" % (year, month, day)


def _packed(order: _Order, bias: int = 0) -> Way:
    """Return how five bits of a day, four of a month and a year are written (MySQL)."""

    def read(raw: bytes) -> bytes:
        number = int.from_bytes(raw, order) - bias
        return _parts(number >> 9, number >> 5 & 15, number & 31)

    return Way(3, read, _last(order))


def _datetime(raw: bytes) -> bytes:
    """Read a moment of MySQL: thirteen times the year and the month, the day, the time."""
    number = int.from_bytes(raw) - (1 << 39) >> 17
    return _parts((number >> 5) // 13, (number >> 5) % 13, number & 31)


def _calendar(raw: bytes) -> bytes:
    """Read a year, a month and a day, one after the other (Derby)."""
    return _parts(int.from_bytes(raw[:2]), raw[2], raw[3])


def _century(raw: bytes) -> bytes:
    """Read a date of Oracle: century and year, each 100 more, month, day, the time, each 1 more."""
    if not (raw[0] in (119, 120) and 100 <= raw[1] < 200 and max(raw[4:]) <= 60 and min(raw[4:])):
        return b""
    return _parts((raw[0] - 100) * 100 + raw[1] - 100, raw[2], raw[3])


def _varied(raw: bytes) -> bytes:
    """Read five bits of a day, four of a month and a year, seven bits a byte (H2)."""
    if not raw[0] & raw[1] & 0x80 or raw[2] & 0x80:
        return b""
    number = raw[0] & 0x7F | (raw[1] & 0x7F) << 7 | raw[2] << 14
    return _parts(number >> 9, number >> 5 & 15, number & 31)


def _number(order: _Order, bias: int = 0) -> Way:
    def read(raw: bytes) -> bytes:
        number = int.from_bytes(raw, order) - bias
        return b"%d" % number if _LOW <= number < _HIGH else b""

    return Way(8, read, _last(order))


#: Numbers last, for parts of dates look like them. Days are counted from 2000 (PostgreSQL), 1858
#: (Firebird), 1900 (SQL Server, the time of day before it), 1970 (Java's), the year 1 (Paradox, SQL
#: Server); moments since 1970 are seconds, or thousandths.
WAYS = (
    *(_moments(unit, order) for unit in (86_400_000, 86_400) for order in _ORDERS),
    Way(7, _century),
    Way(5, _datetime),
    Way(4, _calendar),
    *(_days(since) for since in (_2000, _1858, _1900)),
    *(_days(since, order="big") for since in (_1970, _1858)),
    _days(_1 - 1, order="big", bias=1 << 31),
    _packed("little"),
    _packed("big", 1 << 23),
    Way(3, _varied),
    _days(_1, size=3),
    *(_number(order) for order in _ORDERS),
    _number("big", 1 << 63),
)
