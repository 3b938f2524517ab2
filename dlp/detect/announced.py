"""Values where a word announces an identifier: read generously, since people and programs err."""

from __future__ import annotations

import re
import string
from itertools import repeat
from typing import TYPE_CHECKING

from dlp.detect.forms import cleaned, stands_alone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dlp.detect.entries import Entry
    from dlp.detect.words import Vocabulary

__all__ = [
    "announced_after",
    "announced_by",
    "is_strict",
    "read_announced",
    "read_column",
    "strict_column",
]

# Text after a word in which what it announces stands.
ANNOUNCED = 72
# Between a word and what it announces: at most one end of a line, and no other number.
_GAP = re.compile(rb"[^0-9\n]*\n?[^0-9\n]*")

# Of a number that only its word tells from others, hardly anything stands between the two.
_SHORT_GAP = re.compile(rb"[^0-9\n]{1,8}")

# Numbers apart that may be one, and that there are more.
_NUMBERS = re.compile(rb"\d{3,5}(?: \d{3,5})+")
_MORE = re.compile(rb" {1,4}\d")

# Above this share of random values that pass, a check says too little to tell a placeholder.
WEAK_CHECK = 0.05
# Above this one, there is no check digit to mistype: what fails was never given to anybody.
ANY_NUMBER = 0.3

_LIKE_DIGITS = str.maketrans("OoIl", "0011")
# All digits alike, and all letters.
_SHAPE = str.maketrans(
    string.digits + string.ascii_letters, "9" * 10 + "A" * len(string.ascii_letters)
)
_EXPONENT = re.compile(r"(\d)[.,](\d{5,17})[eE]\+?(\d{1,2})")
# A measure, as no identifier is written.
_DECIMAL = re.compile(r"[+-]?\d{1,3}\.\d{5,}")
_FLOAT = re.compile(r"(\d{7,18})[.,]0{1,2}")


def read_announced(entries: Iterable[Entry], text: str) -> tuple[Entry, str, str | None] | None:
    """Return which of `entries` a value is, normalised, with its canonical form.

    The canonical form is None for a value that fails its check and may be a mistyped one. None for
    what is no identifier, a placeholder, or documented as nobody's.
    """
    mistyped: tuple[Entry, str, str | None] | None = None
    if _DECIMAL.fullmatch(text):
        return None
    values = list(_values(text))
    for entry in entries:
        if not entry.checked and text.count("/") > 1:
            # Days, as insurers count them: `IPP, franchise 30/60/90`.
            continue
        for value in values:
            if entry.is_test(value):
                return None
            canonical = entry.canonical(value)
            if canonical is not None and (
                entry.false_pass <= WEAK_CHECK or not entry.checked or entry.believable(value)
            ):
                return (entry, value, canonical)
            typed = entry.checked and entry.false_pass <= ANY_NUMBER
            if typed and canonical is None and entry.believable(value):
                mistyped = mistyped or (entry, value, None)
    return mistyped


def read_column(
    entries: tuple[Entry, ...], texts: Sequence[str]
) -> list[tuple[Entry, str, str | None] | None]:
    """Return what `read_announced` does, for many values."""
    entry = entries[0]
    whole = "".join(texts)
    plain = whole.isascii() and whole.isalnum() and whole == whole.upper()
    if not plain or entry.test is not None:
        return [read_announced(entries, text) for text in texts]
    sure = entry.false_pass <= WEAK_CHECK or not entry.checked
    fits, validate = entry.candidate.fullmatch, entry.validate
    checked = [validate(text) if fits(text) else None for text in texts]
    # Most are what the column is called by.
    if None not in checked and (sure or all(map(entry.believable, texts))):
        return list(zip(repeat(entry), texts, checked, strict=False))
    return [
        (entry, text, canonical)
        if canonical is not None and (sure or entry.believable(text))
        else read_announced(entries, text)
        for text, canonical in zip(texts, checked, strict=True)
    ]


def announced_after(entry: Entry, window: bytes, end: int) -> tuple[int, int] | None:
    """Return where the identifier begins and ends that a word announces which ends at `end`."""
    match = entry.loose.search(window, end, end + ANNOUNCED + 48)
    if match is None or match.start() > end + ANNOUNCED:
        return None
    gap = _GAP if entry.checked else _SHORT_GAP
    if _is_other(entry, window, end, *match.span()):
        return None
    if not gap.fullmatch(window, end, match.start()) or not stands_alone(window, *match.span()):
        return None
    return match.span()


def _is_other(entry: Entry, window: bytes, end: int, start: int, stop: int) -> bool:
    """Tell whether what stands behind a word that ends at `end` is written as no such number is."""
    written = window[start:stop]
    if not entry.checked:
        # A gene: `mRn.49018`.
        return window[end:start] == b"."
    if not (_NUMBERS.fullmatch(written) and _MORE.match(window, stop)):
        return False
    # Numbers of a table: `Ins DM 2830 1056 2958 688 0 7532`.
    return entry.canonical(cleaned(written)) is None


def announced_by(
    entries: Iterable[Entry], window: bytes, end: int, vocabulary: Vocabulary
) -> Iterator[tuple[Entry, int, int]]:
    """Yield which identifiers a word announces that ends at `end`, and where each stands.

    None that a word which stands nearer speaks against.
    """
    for entry in entries:
        # Of numbers that nothing checks, patients' alone: those of insurers stand on every letter.
        said = entry.checked or entry.identifies == "person"
        found = announced_after(entry, window, end) if said else None
        if found is None:
            continue
        nearest = vocabulary.words(window, end, found[0])
        if not any(w.meaning.against_all or entry in w.meaning.against for w in nearest):
            yield entry, *found


def is_strict(entry: Entry, text: str) -> bool:
    """Tell whether `text` is a written form of `entry` as it stands."""
    return entry.written.fullmatch(text.encode("utf-8", "replace")) is not None


def strict_column(entry: Entry, texts: Sequence[str]) -> list[bool]:
    """Return what `is_strict` does, for many values."""
    whole = "\n".join(texts)
    shapes = whole.translate(_SHAPE).split("\n")
    # Letters of tags and of names of characters do not stand for any.
    if not entry.shaped or len(shapes) != len(texts) or "<" in whole or "&" in whole:
        return [is_strict(entry, text) for text in texts]
    known = {shape: is_strict(entry, shape) for shape in set(shapes)}
    return [known[shape] for shape in shapes]


def _values(text: str) -> Iterable[str]:
    """Yield what `text` may be as the value of an identifier, normalised."""
    if text.isascii() and text.isdigit():
        yield text
        return
    if (number := _spreadsheet(text)) is not None:
        yield cleaned(number.encode("utf-8"))
    value = cleaned(text.encode("utf-8", "replace"))
    yield value
    loose = cleaned(text.translate(_LIKE_DIGITS).encode("utf-8", "replace"))
    if loose != value:
        yield loose


def _spreadsheet(text: str) -> str | None:
    """Return the whole number that a spreadsheet wrote as a float, or None if it is none."""
    if match := _FLOAT.fullmatch(text):
        return match[1]
    if match := _EXPONENT.fullmatch(text):
        digits = match[1] + match[2]
        length = int(match[3]) + 1
        if len(digits) <= length <= 18:
            return digits.ljust(length, "0")
    return None
