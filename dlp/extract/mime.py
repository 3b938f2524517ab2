"""Multipart bodies: parts, each with headers and a body that they describe.

RFC 2046 section 5.1 (multipart), RFC 7578 (form-data). What a
person reads at a glance, the fields of a form or a mail's headers with its text, is one text, so
that what belongs together is seen together; files are bodies of their own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.archive import extension
from dlp.extract.content import Content, Opening, Segment
from dlp.extract.headers import Headers, parameter
from dlp.extract.plain import Text
from dlp.extract.text import decoder_for
from dlp.extract.transfer import TRANSFER_ENCODINGS, Transfer

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

__all__ = ["Multipart", "Part", "Sections", "begins_multipart"]

# A block of headers that is longer is none.
HEADERS = 64 * 1024
# A longer value is a document, not a field.
SHOWN = 4096

_BOUNDARY = re.compile(
    rb"\s*--([^\r\n]{1,200}?)[ \t]*\r?\nContent-[A-Za-z-]+[ \t]*:", re.IGNORECASE
)
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_END_OF_HEADERS = re.compile(rb"(?:\A|\n)\r?\n")
_TEXT = bytes({9, 10, 12, 13, *range(32, 127), *range(128, 256)})
# Header fields of a form's field that say nothing but what it is.
_OF_FORM = frozenset({"content-disposition", "content-type", "content-transfer-encoding"})


def begins_multipart(head: bytes) -> bool:
    """Tell whether a body begins with a part."""
    return _BOUNDARY.match(head) is not None


class Sections:
    """Splits content at lines.

    Each section, the first too, begins with the end of the line before it, so that a line that
    splits is always found after one.

    Args:
        begin: What a line that splits begins with; without it there is but one section.
        rest: Matches the rest of the line.
        longest: Bytes that such a line may have.
    """

    def __init__(self, begin: bytes, rest: bytes = b"", longest: int = 0) -> None:
        self._begin = b"\n" + begin if begin else b""
        self._line = re.compile(rest + rb"(?=\r?\n)")
        self._last = re.compile(rest + rb"(?=\r?\n|\Z)")
        self._longest = longest
        self._pending = b"\n"

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Yield pieces of the section, and None where it ends."""
        pending = self._pending + data
        start = yield from self._split(pending, self._line)
        held = pending.find(b"\n", max(start, len(pending) - self._longest - 2))
        if held < 0:
            held = len(pending)
        if held > start and pending[held - 1] == 0x0D:
            held -= 1
        if held > start:
            yield pending[start:held]
        self._pending = pending[held:]

    def finish(self) -> Iterator[bytes | None]:
        """Yield the rest."""
        start = yield from self._split(self._pending, self._last)
        if start < len(self._pending):
            yield self._pending[start:]

    def _split(self, pending: bytes, line: re.Pattern[bytes]) -> Generator[bytes | None, None, int]:
        start = at = 0
        while self._begin and (at := pending.find(self._begin, at)) >= 0:
            match = line.match(pending, at + len(self._begin))
            if match is None:
                at += 1
                continue
            if at > start and pending[at - 1] == 0x0D:
                at -= 1
            if at > start:
                yield pending[start:at]
            yield None
            start = at = match.end()
        return start


class Multipart:
    """Reads a multipart body.

    Args:
        opening: Where it stands; its content type tells the boundary, or else its first line does.
        shown: The text that short values join, if that of a mail around it.
    """

    def __init__(self, opening: Opening, shown: Text | None = None) -> None:
        self._opening = opening
        self._outermost = shown is None
        self._shown = shown or Text(opening, decoder_for(b""))
        self._sections: Sections | None = None
        boundary = parameter(opening.content_type, "boundary")
        if boundary:
            self._sections = _sections_between(boundary.encode("latin-1", "replace"))
        self._number = 0
        self._part: Content | None = None
        self._begun = False

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        if self._sections is None:
            match = _BOUNDARY.match(data)
            # Without a boundary, what is called multipart is one body.
            self._sections = _sections_between(match[1]) if match else Sections(b"")
        for piece in self._sections.feed(data):
            yield from self._piece(piece)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        if self._sections is not None:
            for piece in self._sections.finish():
                yield from self._piece(piece)
        if self._part is not None:
            yield from self._part.finish()
        if self._outermost:
            yield from self._shown.finish()

    def _piece(self, piece: bytes | None) -> Iterator[Segment]:
        if piece is None:
            if self._part is not None:
                yield from self._part.finish()
            self._number += 1
            self._opening.budget.count_member()
            self._part = Part(self._opening, self._number, self._shown)
            self._begun = False
            return
        if self._part is None:
            self._part = self._opening.part("preamble").body()
        if not self._begun:
            piece = piece.removeprefix(b"\r").removeprefix(b"\n")
            self._begun = True
        yield from self._part.feed(piece)


def _sections_between(boundary: bytes) -> Sections:
    return Sections(b"--" + boundary, rb"(?:--)?[ \t]{0,64}", len(boundary) + 72)


class Part:
    """Headers and the body they describe.

    Args:
        opening: Where what holds the part stands.
        number: Which one of several parts this is, from 1; 0 for a message of its own.
        shown: The text that short values join.
    """

    def __init__(self, opening: Opening, number: int, shown: Text) -> None:
        self._opening = opening
        self._number = number
        self._shown = shown
        self._block = b""
        self._transfer: Transfer | None = None
        self._content: Content | None = None

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        if self._content is None:
            searched = max(0, len(self._block) - 3)
            self._block += data
            end = _END_OF_HEADERS.search(self._block, searched)
            if end is None and len(self._block) <= HEADERS:
                return
            if end is None or end.start() > HEADERS:
                yield from self._headless()
                return
            block, data = self._block[: end.start()], self._block[end.end() :]
            if block and self._number and not _FIELD.match(block):
                yield from self._headless()
                return
            yield from self._begin(Headers(block))
        yield from self._read(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        if self._content is None:
            if not self._block.strip():
                return
            if self._number and not _FIELD.match(self._block):
                yield from self._headless()
            else:
                yield from self._begin(Headers(self._block))
        if self._transfer is not None:
            yield from self._decoded(self._transfer.finish())
        assert self._content is not None
        yield from self._content.finish()

    def _headless(self) -> Iterator[Segment]:
        """Read what has no headers, whatever it is."""
        place = self._opening.part(str(self._number or "text"))
        # A message of its own was taken for one by its headers.
        self._content = (
            _Value(place, self._shown, b"") if self._number else Text(place, decoder_for(b""))
        )
        block, self._block = self._block, b""
        yield from self._content.feed(block)

    def _read(self, data: bytes) -> Iterator[Segment]:
        yield from self._decoded(self._transfer.feed(data) if self._transfer else data)

    def _decoded(self, data: bytes) -> Iterator[Segment]:
        assert self._content is not None
        if data:
            yield from self._content.feed(data)

    def _begin(self, headers: Headers) -> Iterator[Segment]:
        self._block = b""
        content_type = headers.get("content-type")
        disposition = headers.get("content-disposition")
        is_field = disposition.lower().startswith("form-data")
        # Servers take no notice of the encoding of a form's part, mail programs do.
        if not is_field:
            encoding = headers.get("content-transfer-encoding").lower()
            if encoding in TRANSFER_ENCODINGS:
                self._transfer = TRANSFER_ENCODINGS[encoding]()
        filename = (
            parameter(disposition, "filename") or parameter(content_type, "name") or ""
        ).encode("latin-1", "replace")
        name = b""
        if is_field and not filename and headers.names <= _OF_FORM:
            name = (parameter(disposition, "name") or "").encode("latin-1", "replace") + b"="
        elif headers.text:
            yield from self._shown.feed(headers.text.rstrip() + b"\n\n")
        suffix = f"{self._number or 'text'}{extension(filename)}"
        place = self._opening.part(
            suffix,
            content_type=content_type,
            content_encoding=headers.get("content-encoding"),
        )
        if content_type.lower().startswith("multipart/") and parameter(content_type, "boundary"):
            inside = self._opening.inside(suffix, content_type=content_type)
            self._content = Multipart(inside, self._shown)
        elif filename:
            self._content = place.body()
        else:
            self._content = _Value(place, self._shown, name)


class _Value:
    """A value without a file name: a field of a form, the text of a mail, or something else."""

    def __init__(self, opening: Opening, shown: Text, name: bytes) -> None:
        self._opening = opening
        self._shown = shown
        self._name = name
        self._head = b""
        self._body: Content | None = None

    def feed(self, data: bytes) -> Iterator[Segment]:
        if self._body is None:
            self._head += data
            if len(self._head) <= SHOWN:
                return
            data, self._head = self._head, b""
            self._body = self._opening.body()
            if self._name:
                yield from self._shown.feed(self._name + b"\n")
        yield from self._body.feed(data)

    def finish(self) -> Iterator[Segment]:
        if self._body is None:
            value = self._head
            is_text = not self._opening.content_encoding and not value.translate(None, _TEXT)
            if is_text:
                decoder = decoder_for(b"", self._opening.content_type)
                text = decoder.feed(value) + decoder.finish()
                yield from self._shown.feed(self._name + text + b"\n")
                # Several lines may be a document as well.
                if b"\n" not in value.strip():
                    return
            elif self._name:
                yield from self._shown.feed(self._name + b"\n")
            self._body = self._opening.body()
            yield from self._body.feed(value)
        yield from self._body.finish()
