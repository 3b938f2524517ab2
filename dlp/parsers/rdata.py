"""What R has saved (`saveRDS`, `save`): data frames as tables, lists as objects.

"R Internals", section 1.8, "Serialization Formats", and `serialize.c` of R: XDR, little-endian and
lines.
What a damaged file begins with is read; its bytes are read as they are, too.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from dlp.parsers.plainly import told
from dlp.parsers.rwritten import MISSING, Binary, DamagedError, Lines
from dlp.parsers.vectors import by_rows, day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.parts import Part

__all__ = ["parse"]

# Types of items, `SEXPTYPE` and those of serialisation alone.
SYMBOL, PAIRS, CLOSURE, ENVIRONMENT, PROMISE, CALL = 1, 2, 3, 4, 5, 6
SPECIAL, BUILTIN, CHARS, LOGICALS, INTEGERS, REALS, COMPLEX = 7, 8, 9, 10, 13, 14, 15
STRINGS, DOTS, LIST, EXPRESSION, POINTER, WEAK, RAW, OBJECT = 16, 17, 19, 20, 22, 23, 24, 25
ALTERNATIVE, ATTRIBUTED_PAIRS, ATTRIBUTED_CALL, REFERENCE = 238, 239, 240, 255
CODE, AGAIN, DEFINED = 21, 243, 244
NAMED = (247, 248, 249)
NOTHING = (241, 242, 250, 251, 252, 253, 254)
_PAIRED = (PAIRS, CLOSURE, PROMISE, CALL, DOTS, ATTRIBUTED_PAIRS, ATTRIBUTED_CALL)
_HAS_ATTRIBUTES, _HAS_TAG = 0x200, 0x400


def parse(document: bytes) -> Iterator[Part]:
    """Yield what was saved."""
    reader = _Reader(document)
    try:
        value = reader.item()
    except (DamagedError, struct.error, IndexError):
        value = reader.begun
    yield from told(value)


class _Reader:
    """Reads items.

    Attributes:
        begun: The columns that were read so far, should something end it.
    """

    def __init__(self, document: bytes) -> None:
        at = document.index(b"\n", 4) + 1 if document.startswith(b"RD") else 0
        of = Lines if document[at : at + 1] == b"A" else Binary
        self._written: Lines | Binary = of(document, at)
        self._references: list[Any] = []
        self.begun: list[Any] = []
        version = self._int()
        self._int()
        self._int()
        if version > 2:
            self._written.text(self._int())

    def _int(self) -> int:
        return self._written.whole()

    def _length(self) -> int:
        length = self._int()
        return length if length >= 0 else (self._int() << 32) + self._int()

    def _numbers(self, code: str) -> list[Any]:
        return self._written.numbers(code, self._length())

    def item(self) -> Any:
        """Return the next item."""
        flags = self._int()
        kind = flags & 0xFF
        if kind in _PAIRED:
            return self._pairs(flags)
        if kind in NOTHING:
            return None
        if kind == CHARS:
            return self._chars()
        if kind == REFERENCE:
            index = flags >> 8 or self._int()
            return self._references[index - 1]
        if kind == SYMBOL:
            name = self.item()
            self._references.append(name)
            return name
        if kind == ENVIRONMENT:
            return self._environment()
        if kind in NAMED:
            self._int()
            name = [self.item() for _ in range(self._int())]
            self._references.append(name)
            return None
        if kind == ALTERNATIVE:
            # What it is, what it holds, and attributes.
            _, state, attributes = self.item(), self.item(), self.item()
            held = next(iter(state.values()), None) if isinstance(state, dict) else state
            return _described(held, attributes)
        value = self._code([None] * self._int()) if kind == CODE else self._vector(kind)
        attributes = self.item() if flags & _HAS_ATTRIBUTES else None
        return _described(value, attributes)

    def _vector(self, kind: int) -> Any:
        if kind in (LOGICALS, INTEGERS):
            return [None if n == MISSING else n for n in self._numbers("i")]
        if kind == REALS:
            return [None if one != one else one for one in self._numbers("d")]  # noqa: PLR0124 - NaN
        if kind == COMPLEX:
            return self._written.numbers("d", 2 * self._length())
        if kind in (STRINGS, LIST, EXPRESSION):
            value: list[Any] = []
            if kind == STRINGS:
                self.begun.append(value)
            value.extend(self.item() for _ in range(self._length()))
            return value
        if kind == RAW:
            return self._written.raw(self._length())
        if kind in (SPECIAL, BUILTIN):
            return self._written.text(self._int()).decode("utf-8", "replace")
        if kind in (POINTER, WEAK):
            self._references.append(None)
            return [self.item(), self.item()] if kind == POINTER else None
        if kind == OBJECT:
            return None
        raise DamagedError

    def _chars(self) -> str | None:
        size = self._int()
        return None if size == -1 else self._written.text(size).decode("utf-8", "replace")

    def _environment(self) -> Any:
        place = len(self._references)
        self._references.append(None)
        self._int()
        _, frame, table, attributes = self.item(), self.item(), self.item(), self.item()
        held = [one for one in (frame, *(table or ()), attributes) if isinstance(one, dict)]
        self._references[place] = merged = {k: v for one in held for k, v in one.items()}
        return merged

    def _code(self, parts: list[Any]) -> Any:
        """Return the constants of a function's compiled code.

        Args:
            parts: Calls that it holds several times.
        """
        self.item()
        constants = []
        for _ in range(self._int()):
            kind = self._int()
            constants.append(self._code(parts) if kind == CODE else self._call(kind, parts))
        return constants

    def _call(self, kind: int, parts: list[Any]) -> Any:
        """Return what a call in compiled code consists of."""
        held: list[Any] = []
        while kind in (CALL, PAIRS, DEFINED, ATTRIBUTED_CALL, ATTRIBUTED_PAIRS):
            if kind == DEFINED:
                parts[self._int()] = held
                kind = self._int()
            if kind in (ATTRIBUTED_CALL, ATTRIBUTED_PAIRS):
                held.append(self.item())
            self.item()
            held.append(self._call(self._int(), parts))
            kind = self._int()
        if kind == AGAIN:
            held.append(parts[self._int()])
        else:
            held.append(self.item() if kind not in NOTHING else None)
        return held if len(held) > 1 else held[0]

    def _pairs(self, flags: int) -> dict[Any, Any]:
        """Return a list of pairs by its tags, or numbered where it has none."""
        pairs: dict[Any, Any] = {}
        before = self._written.at
        while flags & 0xFF in _PAIRED:
            attributed = flags & _HAS_ATTRIBUTES or flags & 0xFF in (
                ATTRIBUTED_PAIRS,
                ATTRIBUTED_CALL,
            )
            attributes = self.item() if attributed else None
            tag = self.item() if flags & _HAS_TAG else None
            pairs[tag if isinstance(tag, str) else len(pairs)] = self.item()
            if attributes:
                pairs[len(pairs)] = attributes
            before = self._written.at
            flags = self._int()
        self._written.at = before
        rest = self.item()
        if rest is not None:
            pairs[len(pairs)] = rest
        return pairs


def _described(value: Any, attributes: Any) -> Any:
    """Return a vector as what its attributes make of it: a frame, a factor, dates, a matrix."""
    if not isinstance(attributes, dict):
        return value
    if not isinstance(value, list):
        return [value, attributes]
    classes = attributes.get("class") or ()
    levels, names, shape = (attributes.get(one) for one in ("levels", "names", "dim"))
    if isinstance(levels, list) and all(one is None or isinstance(one, int) for one in value):
        value = [levels[one - 1] if one and 0 < one <= len(levels) else None for one in value]
    elif "Date" in classes:
        value = ["" if one is None else day(one * 86_400) for one in value]
    elif "POSIXct" in classes:
        value = ["" if one is None else day(one) for one in value]
    if isinstance(names, list) and len(names) == len(value):
        return dict(zip(map(str, names), value, strict=True))
    if isinstance(shape, list) and len(shape) == 2 and shape[0] * shape[1] == len(value) > 0:
        rows = by_rows(value, shape[0])
        titles = (attributes.get("dimnames") or (None, None))[1]
        if isinstance(titles, list) and len(titles) == shape[1]:
            columns = zip(*rows, strict=True)
            return dict(zip(map(str, titles), map(list, columns), strict=True))
        return rows
    return value
