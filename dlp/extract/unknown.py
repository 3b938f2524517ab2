"""Bodies of no known kind that look encrypted, or packed in a way nobody here knows.

They are read like any others, since a part of them may be text; but there is next to nothing to
read, and policy may weigh that.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import brotli

from dlp.extract.budget import UninspectableError
from dlp.extract.content import SNIFF, Format, text_path
from dlp.extract.tar import begins_tar
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Content, Opening, Segment

__all__ = ["UNREAD", "Watched", "begins_brotli", "begins_deflate", "is_media", "looks_random"]

# Fewer bytes hold no list of people worth hiding: sessions, tokens, messages of programs.
_LEAST = 4096
# Of 512 random bytes, 221 are different ones, give or take 5; text has fewer than 100.
_DIFFERENT = 200
# Packed by nature, and known: pictures, sound, films, fonts, programs, packages, TLS.
_MEDIA = re.compile(
    # Pictures.
    rb"\xff\xd8\xff|GIF8|BM|II\*\x00|MM\x00\*|8BPS|\x00\x00[\x01\x02]\x00|\xff\x0a|KTX|DDS "
    # Sound and films, many as boxes with a name (ISO 14496-12).
    rb"|RIFF|.{4}(?:ftyp|moov|mdat|wide|free|skip|styp|moof|jP  |JXL )|\x1a\x45\xdf\xa3|OggS|fLaC"
    rb"|ID3|\xff[\xe0-\xff]|FLV\x01|[CFZ]WS|\x00\x00\x01[\xb0-\xbf]|\x47.{187}\x47|#!AMR|caff|FORM"
    rb"|MThd|\x30\x26\xb2\x75\x8e\x66\xcf\x11"
    # Fonts, models, programs, packages; TLS.
    rb"|wOF[F2]|\x00\x01\x00\x00|OTTO|true|ttcf|glTF|\x00asm|MZ|\x7fELF|[\xce\xcf]\xfa\xed\xfe"
    rb"|\xca\xfe\xba\xbe|dex\n|Cr24|!<arch>|\xed\xab\xee\xdb|[\x14-\x17]\x03[\x00-\x04]|..\r\n[\0-\3]\0{3}",
    re.DOTALL,
)
_PRINTABLE = bytes([9, 10, 13, *range(0x20, 0x7F)])
_LETTERS = 0.9
# So much of what something unpacks to is looked at.
_UNPACKED = SNIFF * 8
# Of brotli, a block without data; of deflate, kinds of blocks.
_NO_NIBBLES = 7
_STORED, _RESERVED = 0, 3


class Unread:
    """Reads nothing of a format that nobody here reads, and says so."""

    def feed(self, data: bytes) -> Iterator[Segment]:  # noqa: ARG002 - as every reader
        """Yield nothing.

        Raises:
            UninspectableError: Always.
        """
        raise UninspectableError(Uninspectable.UNKNOWN_ENCODING)

    def finish(self) -> Iterator[Segment]:
        """Yield nothing."""
        return iter(())


def _unread(name: str, first: bytes, magic: bytes) -> Format:
    begins = re.compile(magic, re.DOTALL).match
    return Format(name, begins, lambda _: Unread(), first=first)


UNREAD = (
    # Tables of ORC are packed column by column.
    _unread("orc", b"O", rb"ORC[\x00-\x08\x0a-\x1f]"),
    # ARJ, squashfs, lzop, WIM, lrzip, zpaq, StuffIt, FreeArc; mailboxes of Outlook; backups of SQL
    # Server that are compressed; databases of FileMaker, whose texts are scrambled.
    _unread(
        "packed",
        b"\x60h\x89ML7zSA!\0",
        rb"\x60\xea..[\x1e-\x40][\x01-\x0f][\x01-\x0f][\x00-\x0b].\x00\x02|hsqs.{24}\x04\x00\x00\x00"
        rb"|\x89LZO\x00\r\n\x1a|MSWIM\x00\x00\x00|LRZI\x00|7kSt|zPQ[\x01\x02]\x01"
        rb"|SIT!\x00|StuffIt \(c\)|ArC\x01|!BDN.{4}S[MO][\x0e-\x24]\0"
        rb"|MSSQLBAK|\x00\x01\x00.{11}\xc0HBAM7",
    ),
)


class Watched:
    """Reads a body of no known kind, and notes if it looks encrypted all over.

    Args:
        content: Reads it.
        opening: Where it stands.
    """

    def __init__(self, content: Content, opening: Opening) -> None:
        self._content = content
        self._budget = opening.budget
        self._size = 0
        self._tail = b""

    @property
    def text_path(self) -> str | None:
        """Where the text stands; see `content.text_path`."""
        return text_path(self._content)

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        self._size += len(data)
        self._tail = (self._tail + data)[-SNIFF:] if len(data) < SNIFF else data[-SNIFF:]
        return self._content.feed(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        if self._size >= _LEAST and len(set(self._tail)) >= _DIFFERENT:
            self._budget.opaque = True
        return self._content.finish()


def looks_random(head: bytes) -> bool:
    """Tell whether a body of no known kind looks encrypted, by its first bytes."""
    # Chance makes 38 % of them printable.
    return (
        len(head.translate(None, _PRINTABLE)) * 2 > len(head)
        and len(set(head)) >= _DIFFERENT
        and not is_media(head)
    )


def is_media(head: bytes) -> bool:
    """Tell whether a body is known by its first bytes to be a picture, sound, font or program."""
    return _MEDIA.match(head) is not None


def begins_brotli(head: bytes) -> bool:
    """Tell whether a body is text that brotli packed: it has no magic, so it has to unpack.

    RFC 7932.
    """
    if len(head.translate(None, _PRINTABLE)) * 4 < len(head):
        return False
    if len(head) < SNIFF and not _ends_brotli(head):
        return False
    unpacker = brotli.Decompressor()
    try:
        text: bytes = unpacker.process(head, output_buffer_limit=_UNPACKED)
    except brotli.error:
        return False
    return (len(head) == SNIFF or unpacker.is_finished()) and _is_meant(text)


def _ends_brotli(head: bytes) -> bool:
    """Tell whether few bytes may unpack to no more than is asked for, by their first block's size.

    RFC 7932, sections 9.1 and 9.2. Bytes of chance hardly do, and to set about unpacking them takes
    ten times as long.
    """
    bits = int.from_bytes(head[:5], "little")
    # The size of the window, in one bit, four or seven.
    bits >>= 1 if not bits & 1 else 4 if bits & 0b1110 else 7
    if bits & 1:
        # The last block, and whether it is empty.
        bits >>= 1
    nibbles = 4 + (bits >> 1 & 3)
    return nibbles == _NO_NIBBLES or bits >> 3 & (1 << 4 * nibbles) - 1 < _UNPACKED


def begins_deflate(head: bytes) -> bool:
    """Tell whether a body is text in deflate without a head, or with one of a small window.

    RFC 1951 and 1950; as gzip and zip files have it in them.
    """
    if len(head.translate(None, _PRINTABLE)) * 4 < len(head):
        return False
    for begins, window in ((_has_zlib_head, zlib.MAX_WBITS), (_may_be_block, -zlib.MAX_WBITS)):
        if not begins(head):
            continue
        unpacker = zlib.decompressobj(window)
        try:
            text = unpacker.decompress(head, _UNPACKED)
        except zlib.error:
            continue
        whole = unpacker.eof or unpacker.unconsumed_tail or len(head) == SNIFF
        if whole and _is_meant(text):
            return True
    return False


def _has_zlib_head(head: bytes) -> bool:
    """Tell whether the two bytes stand here that say so: RFC 1950, section 2.2."""
    first = int.from_bytes(head[:2])
    return first & 0x8F00 == 0x800 and first % 31 == 0


def _may_be_block(head: bytes) -> bool:
    """Tell whether a block may begin here, by its kind: RFC 1951, section 3.2.3.

    One that is stored tells its size twice.
    """
    kind = int.from_bytes(head[:1]) >> 1 & 3
    if kind == _STORED:
        return len(head) > 4 and head[1] ^ head[3] == head[2] ^ head[4] == 0xFF
    return kind != _RESERVED


def _is_meant(text: bytes) -> bool:
    """Tell whether what something unpacks to is what anybody would pack."""
    if begins_tar(text[:SNIFF]):
        return True
    return len(text) >= 64 and len(text.translate(None, _PRINTABLE)) <= (1 - _LETTERS) * len(text)
