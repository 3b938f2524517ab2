"""Runs of base64, base32, hexadecimal and binary digits: in JSON fields, mails, data: URIs, SQL.

Runs of their alphabets (RFC 4648), with the line ends that RFC 2045 puts in, are found as the text
streams, and what each decodes to is a body of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from dlp.extract.opaque import is_mixed
from dlp.extract.radix import (
    ANY_BASE64,
    BASE32,
    BASE32_HEX,
    BASE32_LOWER,
    BINARY,
    HEXADECIMAL,
    Coding,
    Quanta,
    even,
    unbroken,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

__all__ = ["BELIEVED", "Inner", "RunFinder", "may_hold"]

# Shorter runs hold less than an identifier and a word that announces it.
SHORTEST = 28
# Bytes from which on a run is taken for what it decodes to, whatever that looks like.
BELIEVED = 1024
_REMEMBERED = 1024
# Groups of characters with a sign of URL-safe base64 between them; chance makes no four of them.
_GROUPS = 4
_NEVER_FIRST = b"1"
# The text is cut in blocks whose ends depend on it alone, so that how it came does not matter.
BLOCK = 64 * 1024

_CHARACTER = r"[A-Za-z0-9+/_-]"
_ALPHABET = ANY_BASE64.letters
# Line ends as they are, or as a JSON string escapes them.
_JOINT = r"(?:\r?\n|(?:\\r)?\\n)"
# Runs are found by class: a translation and a search cost a tenth of an expression.
_CLASSES = bytes(0x61 if byte in _ALPHABET else 0x20 for byte in range(256))
_LONG = b"a" * SHORTEST
_JOINT_BEGINS = (b"\r", b"\n", b"\\")
_FIRST_LINES = 256
_BEGUN_JOINT = re.compile(rb"(?:\r\n?|\n|\\(?:n|r(?:\\n?)?)?)\Z")
# How literals of SQL and of programs begin; of `\\x`, only the letter is of the alphabet.
_LITERAL = re.compile(rb"0?x(?=[0-9a-fA-F])")


class Inner[T](Protocol):
    """Takes what one run decodes to, and makes something of it."""

    def feed(self, data: bytes) -> Iterator[T]:
        """Take a piece."""

    def finish(self) -> Iterator[T]:
        """The run ends."""


def may_hold(text: bytes) -> bool:
    """Tell whether a whole text holds a run, without opening it."""
    return _LONG in text.translate(_CLASSES)


class _Run:
    """How a run of a coding is written.

    Args:
        coding: The coding.
        letters: A class of its characters. Where it has fewer than base64, a line with others is
            none of it.
    """

    def __init__(self, coding: Coding, letters: str) -> None:
        self.coding = coding
        line = f"{letters}++(?!{_CHARACTER})"
        self.whole = re.compile(f"{line}(?:{_JOINT}{line})*+".encode("ascii"))
        self.goes_on = re.compile(f"(?:{_JOINT}?{line})++".encode("ascii"))


_AS_BASE64 = _Run(ANY_BASE64, _CHARACTER)
_AS_BASE32 = _Run(BASE32, "[A-Z2-7]")
_AS_BASE32_LOWER = _Run(BASE32_LOWER, "[a-z2-7]")
_AS_BASE32_HEX = _Run(BASE32_HEX, "[0-9A-V]")
_AS_HEXADECIMAL = _Run(HEXADECIMAL, "[0-9A-Fa-f]")
_AS_BINARY = _Run(BINARY, "[01]")


class RunFinder[T]:
    """Finds runs of encoded bytes in a text fed chunk by chunk.

    Args:
        open_run: Makes the reader of what a run decodes to, named the coding.
        meant: Tells whether a few bytes look like anything, rather than what chance makes of a
            word; what a short run decodes to is only opened if it does.
    """

    def __init__(self, open_run: Callable[[str], Inner[T]], meant: Callable[[bytes], bool]) -> None:
        self._open_run = open_run
        self._meant = meant
        self._pending = b""
        self._inner: Inner[T] | None = None
        self._run = _AS_BASE64
        self._quanta: Quanta
        # What words decode to that were met; a text has most of them several times.
        self._words: set[bytes] = set()

    @property
    def run(self) -> object | None:
        """What tells the run apart that has begun and not ended, if there is one."""
        return self._inner

    def spells(self, block: bytes) -> bool:
        """Tell whether a block goes on with a run and says nothing by itself, as far as shows.

        As base64 of bytes of chance, and hexadecimal of text.
        """
        if self._inner is None or self._run is _AS_BASE64:
            return self._inner is not None and is_mixed(block)
        if self._run is not _AS_HEXADECIMAL:
            return False
        digits = _of_lines(block)
        # Of characters, none but controls has a code that begins so; numbers have it everywhere.
        return (
            digits is not None
            and any(_NEVER_FIRST not in digits[place::2] for place in (0, 1))
            and digits.isalnum()
        )

    def feed(self, data: bytes) -> Iterator[T]:
        """Yield what runs make of `data`."""
        self._pending += data
        while len(self._pending) >= BLOCK:
            yield from self._pass(BLOCK)

    def skip(self, data: bytes) -> Iterator[T]:
        """Yield what runs make of bytes in which none begins, nor with what was before."""
        if self._pending:
            yield from self._pass(len(self._pending))
        if self._inner is None:
            tail = data[-SHORTEST:]
            self._pending = tail[len(tail.rstrip(_ALPHABET)) :]
        else:
            yield from self.feed(data)

    def _pass(self, size: int) -> Iterator[T]:
        """Yield what runs make of so much of what waits."""
        block = self._pending[:size]
        if self._inner is None:
            # A run that begins in the last bytes is looked at with the next block.
            begun = len(block) - len(block.rstrip(_ALPHABET))
            if begun < SHORTEST:
                block = block[: len(block) - begun]
        # So is what could be a line's end inside a run.
        joint = _BEGUN_JOINT.search(block, max(0, len(block) - 4))
        if joint is not None:
            block = block[: joint.start()]
        self._pending = self._pending[len(block) :]
        yield from self._block(block)

    def finish(self, text: bytes = b"") -> Iterator[T]:
        """Yield the rest with `text`; the text ends here."""
        yield from self.feed(text)
        yield from self._block(self._pending)
        self._pending = b""
        if self._inner is not None:
            yield from self._end()

    def _block(self, block: bytes) -> Iterator[T]:
        start = 0
        if self._inner is not None:
            start = yield from self._go_on(block)
            if start == len(block):
                return
            yield from self._end()
        classes = block.translate(_CLASSES)
        while (begin := classes.find(_LONG, start)) >= 0:
            start = classes.find(b" ", begin)
            start = start if start >= 0 else len(block)
            run = block[begin:start]
            kind = _kind_of(run)
            if kind is None and run.isalpha() and block[start : start + 1] in _JOINT_BEGINS:
                # Of base32, one line of thirty in a thousand or so is letters alone.
                kind = _kind_of_lines(block[begin : begin + _FIRST_LINES])
            if kind is _AS_BASE64 and _in_groups(run):
                continue
            if kind is None and start < len(block):
                # A path or a name: base64 of so many characters in one case is a chance of 1e-6.
                continue
            self._run = kind or _AS_BASE64
            if self._run is _AS_HEXADECIMAL and (literal := _LITERAL.match(run)):
                begin += literal.end()
                run = block[begin:start]
            if block[start : start + 1] in _JOINT_BEGINS:
                match = self._run.whole.match(block, begin)
                assert match is not None
                start = match.end()
                run = _joined(block[begin:start])
            if start < len(block):
                yield from self._whole(run)
            else:
                self._quanta = Quanta(self._run.coding)
                self._inner = self._open_run(self._run.coding.name)
                yield from self._decode(run)

    def _go_on(self, block: bytes) -> Generator[T, None, int]:
        """Read on in the run that has begun, and return where it ends."""
        characters = _of_lines(block)
        if characters is not None:
            try:
                decoded = self._quanta.feed(characters)
            except ValueError:
                pass  # It ends in here.
            else:
                yield from self._feed_inner(decoded)
                return len(block)
        match = self._run.goes_on.match(block)
        if match is None:
            return 0
        yield from self._decode(_joined(match[0]))
        return match.end()

    def _whole(self, run: bytes) -> Iterator[T]:
        """Read a run that has ended."""
        decoded = self._run.coding.whole(run)
        if len(decoded) >= BELIEVED or self._looks_meant(decoded):
            inner = self._open_run(self._run.coding.name)
            yield from inner.feed(decoded)
            yield from inner.finish()

    def _looks_meant(self, decoded: bytes) -> bool:
        if decoded in self._words:
            return False
        meant = self._meant(decoded)
        if not meant and len(self._words) < _REMEMBERED:
            self._words.add(decoded)
        return meant

    def _decode(self, characters: bytes) -> Iterator[T]:
        yield from self._feed_inner(self._quanta.feed(characters))

    def _feed_inner(self, decoded: bytes) -> Iterator[T]:
        assert self._inner is not None
        if decoded:
            yield from self._inner.feed(decoded)

    def _end(self) -> Iterator[T]:
        inner, self._inner = self._inner, None
        if inner is not None:
            if rest := self._quanta.finish():
                yield from inner.feed(rest)
            yield from inner.finish()


def _of_lines(block: bytes) -> bytes | None:
    """Return the characters of lines, or None where a run ends: at a blank line."""
    if b"\\" in block:
        block = block.replace(b"\\r\\n", b"\n").replace(b"\\n", b"\n")
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    characters, apart = unbroken(block)
    return characters if apart > 1 or b"\n\n" not in block else None


def _joined(lines: bytes) -> bytes:
    """Return the characters of a run without what joins its lines."""
    characters = lines.translate(None, b"\r\n")
    if b"\\" in characters:
        characters = characters.replace(b"\\r", b"").replace(b"\\n", b"")
    return characters


def _in_groups(run: bytes) -> bool:
    """Tell whether a run is pieces as long as each other, which are read as such."""
    return any(
        count >= _GROUPS and 1 < even(run, sign, count) <= SHORTEST
        for sign in (b"-", b"_")
        if (count := run.count(sign))
    )


def _kind_of_lines(block: bytes) -> _Run | None:
    """Return which base32 lines are likely to be written in, the first of which is letters."""
    for run in (_AS_BASE32, _AS_BASE32_HEX, _AS_BASE32_LOWER):
        lines = run.whole.match(block)
        if lines is not None and _kind_of(_joined(lines[0])) is run:
            return run
    return None


def _kind_of(run: bytes) -> _Run | None:
    """Return what a run is likely to be written in, or None for words and lines that are drawn."""
    others = run.translate(None, HEXADECIMAL.letters)
    literal = _LITERAL.match(run) if len(others) == 1 else None
    if run == run[:1] * len(run):
        return None
    if not others or literal:
        return _AS_HEXADECIMAL if run.translate(None, BINARY.letters) else _AS_BINARY
    if not (run.islower() or run.isupper()):
        return _AS_BASE64
    # Every fifth of its characters is a digit.
    for kind in (_AS_BASE32, _AS_BASE32_HEX) if run.isupper() else (_AS_BASE32_LOWER,):
        if not (run.isalpha() or run.translate(None, kind.coding.letters)):
            return kind
    return None
