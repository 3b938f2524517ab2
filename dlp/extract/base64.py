"""Base64 inside text: JSON fields, parts of mail and forms, data: URIs.

Runs of its alphabet (RFC 4648, sections 4 and 5), with the line ends that RFC 2045 puts in, are
found as the text streams, and what each decodes to is a body of its own.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from typing import TYPE_CHECKING, Protocol

import re2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Base64Finder", "Inner", "may_hold"]

# Shorter runs hold less than an identifier and a word that announces it.
SHORTEST = 28
# The text is cut in blocks whose ends depend on it alone, so that how it came does not matter.
BLOCK = 64 * 1024

_CHARACTER = r"[A-Za-z0-9+/_-]"
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
# Line ends as they are, or as a JSON string escapes them.
_JOINT = r"(?:\r?\n|(?:\\r)?\\n)"
_options = re2.Options()
_options.encoding = re2.Options.Encoding.LATIN1
_RUN = re2.compile(f"{_CHARACTER}+(?:{_JOINT}{_CHARACTER}+)*".encode("ascii"), _options)
# Runs are found by class: a translation and a search cost a tenth of an expression.
_CLASSES = bytes(0x61 if byte in _ALPHABET else 0x20 for byte in range(256))
_LONG = b"a" * SHORTEST
_GOES_ON = re2.compile(f"(?:{_JOINT}?{_CHARACTER}+)+".encode("ascii"), _options)
_JOINTS = re.compile(_JOINT.encode("ascii"))
_BEGUN_JOINT = re.compile(rb"(?:\r\n?|\n|\\(?:n|r(?:\\n?)?)?)\Z")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class Inner[T](Protocol):
    """Takes what one run decodes to, and makes something of it."""

    def feed(self, data: bytes) -> Iterator[T]:
        """Take a piece."""

    def finish(self) -> Iterator[T]:
        """The run ends."""


def may_hold(text: bytes) -> bool:
    """Tell whether a whole text holds a run, without opening it."""
    return _LONG in text.translate(_CLASSES)


class Base64Finder[T]:
    """Finds runs of base64 in a text fed chunk by chunk.

    Args:
        open_run: Makes the reader of what a run decodes to.
    """

    def __init__(self, open_run: Callable[[], Inner[T]]) -> None:
        self._open_run = open_run
        self._pending = b""
        self._inner: Inner[T] | None = None
        self._quantum = b""

    @property
    def is_open(self) -> bool:
        """Whether a run has begun and not ended."""
        return self._inner is not None

    def feed(self, data: bytes) -> Iterator[T]:
        """Yield what runs make of `data`."""
        self._pending += data
        while len(self._pending) >= BLOCK:
            block = self._pending[:BLOCK]
            if self._inner is None:
                # A run that begins in the last bytes is looked at with the next block.
                begun = len(block) - len(block.rstrip(_ALPHABET))
                if begun < SHORTEST:
                    block = block[: len(block) - begun]
            # So is what could be a line's end inside a run.
            joint = _BEGUN_JOINT.search(block, len(block) - 4)
            if joint is not None:
                block = block[: joint.start()]
            self._pending = self._pending[len(block) :]
            yield from self._block(block)

    def finish(self) -> Iterator[T]:
        """Yield the rest; the text ends here."""
        yield from self._block(self._pending)
        self._pending = b""
        yield from self._end()

    def _block(self, block: bytes) -> Iterator[T]:
        start = 0
        if self._inner is not None:
            match = _GOES_ON.match(block)
            if match is not None:
                yield from self._decode(match.group())
                start = match.end()
            if start < len(block):
                yield from self._end()
        if self._inner is not None:
            return
        classes = block.translate(_CLASSES)
        while (begin := classes.find(_LONG, start)) >= 0:
            match = _RUN.match(block, begin)
            start = match.end()
            run = match.group()
            if start < len(block) and (run.islower() or run.isupper()):
                # A path or a name: base64 of so many characters in one case is a chance of 1e-6.
                continue
            self._inner = self._open_run()
            yield from self._decode(run)
            if start < len(block):
                yield from self._end()

    def _decode(self, run: bytes) -> Iterator[T]:
        assert self._inner is not None
        characters = self._quantum + _JOINTS.sub(b"", run).translate(_URL_SAFE)
        whole = len(characters) // 4 * 4
        self._quantum = characters[whole:]
        if whole:
            yield from self._inner.feed(a2b_base64(characters[:whole]))

    def _end(self) -> Iterator[T]:
        inner, self._inner = self._inner, None
        quantum, self._quantum = self._quantum, b""
        if inner is not None:
            if len(quantum) > 1:
                yield from inner.feed(a2b_base64(quantum + b"=" * (4 - len(quantum))))
            yield from inner.finish()
