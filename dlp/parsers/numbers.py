"""Numbers and dates as spreadsheets store them, written as people do."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["date", "number"]

# Whole numbers up to here are exact in a float.
EXACT = 1e15
_BEGINNING = datetime(1899, 12, 30)  # noqa: DTZ001 - a day in a spreadsheet is nowhere
_BEGINNING_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_LAST = 2_958_466


def number(written: bytes) -> bytes:
    """Return a number without an exponent or a fraction of nothing, where it is a whole one."""
    if written.isdigit():
        return written
    try:
        value = float(written)
    except ValueError:
        return written
    if abs(value) < EXACT and value == int(value):
        return b"%d" % int(value)
    return written


def date(written: bytes, *, since_1904: bool = False) -> bytes:
    """Return the day, and the time if there is one, that a serial number stands for."""
    try:
        days = float(written)
        if not 0 <= days < _LAST:
            return written
        moment = (_BEGINNING_1904 if since_1904 else _BEGINNING) + timedelta(days=days)
    except (ValueError, OverflowError):
        return written
    moment = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    form = "%Y-%m-%d" if moment.time() == moment.min.time() else "%Y-%m-%d %H:%M:%S"
    if days < 1:
        form = "%H:%M:%S"
    return moment.strftime(form).encode()
