"""Bytes written out as text: lists of numbers, dumps, uuencode, Ascii85.

`{"type": "Buffer", "data": [49, 55, …]}`, `31:37:30`, `0x31, 0x37`, what xxd, od and hexdump print.
What is written begins at marks that native code finds (`MARKS`), and a few items tell whether they
amount to anything, so that columns of numbers cost no more than that.
"""

from __future__ import annotations

import re
from binascii import a2b_uu, unhexlify
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlp.extract.dumps import dump_of
from dlp.extract.written_readers import Ascii85, Items, Lines, WrittenReader, of_ascii85

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.extract.content import Opening

__all__ = ["AHEAD", "MARKS", "Written", "find_written", "may_be_written"]

# How far from the beginning of a line its bytes may begin.
_OFFSETS = 32
# Bytes that tell whether something is written out.
AHEAD = 512
# Of a list that says nothing, so much is not looked at before it is tried again.
_SKIPPED = 2048
# Fewer hold no number with a word beside it.
_ITEMS = 11
_HEX = "(?:0[xX][0-9A-Fa-f]{1,2}|[0-9A-Fa-f]{2})"
# An expression of RE2, without groups.
MARKS = (
    r'begin [0-7]{3}|<~[!-uz\s]{25}|0000000|\{"0":\s*[0-9]{1,3},\s*"1":'
    rf"|{_HEX}(?:[ :,;=-]\s*{_HEX}){{{_ITEMS}}}"
    rf"|[0-9]{{1,3}}(?:[ ,]\s*-?[0-9]{{1,3}}){{{_ITEMS}}}"
).encode()
_OFFSET = re.compile(rb"[ \t]{0,8}0{4,16}:?[ \t]+")
# But for those of UTF-16.
_CONTROLS = bytes({*range(1, 32), 127} - {9, 10, 13})
_ZEROS = re.compile(rb"0+")
_APART = re.compile(rb"[0-9A-Za-z.]*[^0-9A-Za-z]*")
_ASCII85 = re.compile(rb"<~((?:\s*[!-uz]){25})")
# A JSON string has its lines escaped, and some of the letters.
_UUENCODE = re.compile(
    rb"begin [0-7]{3,4} (?:[^\\\r\n]|\\[^rn]){1,255}(\r?\n|(?:\\r)?\\n)(?=[!-M])"
)
_LINE = re.compile(rb"([^\n]{1,255})\n")
_ESCAPED_LINE = re.compile(rb"((?:[^\\\n]|\\[\\\"/]){1,510})(?:\\r)?(?:\\n|\n)")
_ESCAPED = re.compile(rb"\\(.)")
_UU_LINE = re.compile(rb"[ -`]+\s*")


# What lists and uuencode are made of, in every seventh and thirteenth byte: so few are looked at in
# no time, and so many of them in a row hardly happen elsewhere.
_OF_LISTS = bytes(
    0x61 if byte in b'0123456789abcdefABCDEFxX ,:;=-\t\r\n"' else 0x20 for byte in range(256)
)
_OF_UUENCODE = bytes(
    0x61 if 0x20 <= byte <= 0x60 or byte in b"\r\n" else 0x20 for byte in range(256)
)
_LIST, _UUENCODED = b"a" * 24, b"a" * 24


@dataclass(frozen=True, slots=True)
class Written:
    """Something that is written out.

    Attributes:
        name: As it shows in paths.
        at: Where it begins.
        open: Makes its reader.
    """

    name: str
    at: int
    open: Callable[[Opening], WrittenReader]


def _hexadecimal(items: bytes) -> bytes:
    if b"x" in items or b"X" in items:
        items = re.sub(rb"0[xX]([0-9A-Fa-f])\b", rb"0\1", items)
        items = items.replace(b"0x", b"").replace(b"0X", b"")
    return unhexlify(items.translate(None, b" \t\r\n,:;=-"))


def _decimal(items: bytes) -> bytes:
    # Java's bytes have a sign.
    numbers = map(int, items.replace(b",", b" ").split())
    return bytes([n + 256 if -128 <= n < 0 else n for n in numbers])


def _keyed(items: bytes) -> bytes:
    return bytes(map(int, re.findall(rb":\s*([0-9]{1,3})", items)))


def _style(
    item: str, apart: str, decode: Callable[[bytes], bytes], end: str = r"(?![0-9A-Za-z.])"
) -> tuple[re.Pattern[bytes], re.Pattern[bytes], re.Pattern[bytes], Callable[[bytes], bytes]]:
    """Return a way to write lists: how one begins, goes on and ends, and how to decode it."""
    items = rf"(?:{item}(?:{apart}))"
    return (
        re.compile(rf"{items}{{{_ITEMS},}}+".encode()),
        re.compile(rf"[\s,]*+{items}*+".encode()),
        re.compile(rf"[\s,]*+{item}{end}".encode()),
        decode,
    )


_STYLES = (
    _style("-?[0-9]{1,3}", r"\s*,\s*|\s+(?=[0-9])", _decimal),
    _style("[0-9A-Fa-f]{2}", r"=\r?\n=|[:;=-]\s*|\s*,\s*|\s+(?=[0-9A-Fa-f])", _hexadecimal),
    _style("0[xX][0-9A-Fa-f]{1,2}", r"\s*[,;:]\s*|\s+(?=0)", _hexadecimal),
    _style(r'"[0-9]{1,9}"\s*:\s*[0-9]{1,3}', r"\s*,\s*", _keyed),
)


def may_be_written(data: bytes) -> bool:
    """Tell, quickly, whether a mark may stand in text that begins something of some length."""
    return (
        _LIST in data[::7].translate(_OF_LISTS)
        or b"0000000" in data
        or (b"~" in data and b"<~" in data)
        or (_UUENCODED in data[::13].translate(_OF_UUENCODE) and b"begin " in data)
    )


def find_written(data: bytes, at: int, opening: Opening) -> Written | int:
    """Return what is written out at a mark, or where to look on.

    Args:
        data: The text around; what follows the mark counts as far as `AHEAD`.
        at: Where the mark is.
        opening: Where the text stands.
    """
    head = data[at : at + AHEAD]
    if head.startswith(b"<~"):
        match = _ASCII85.match(head)
        if match and opening.meant(of_ascii85(b"".join(match[1].split()).replace(b"z", b"!!!!!"))):
            return Written("ascii85", at + 2, Ascii85)
        return at + 2
    if head.startswith(b"begin "):
        match = _UUENCODE.match(head)
        return at + 6 if match is None else _uuencode(at + match.end(), b"\\" in match[1])
    line = max(data.rfind(b"\n", max(0, at - _OFFSETS), at) + 1, at - _OFFSETS)
    offset = _OFFSET.match(data, line)
    if offset is not None and offset.end() >= at:
        dump = dump_of(data[line : at + AHEAD])
        if dump is not None:
            return Written("dump", line, lambda place: Lines(place, _LINE, dump))
    if head.startswith(b"0000000") and (zeros := _ZEROS.match(data, at)):
        return zeros.end()
    return _list(data, at, opening)


def _uuencode(at: int, escaped: bool) -> Written:  # noqa: FBT001 - one of two
    line = _ESCAPED_LINE if escaped else _LINE
    return Written("uuencode", at, lambda place: Lines(place, line, _of_uuencode))


def _of_uuencode(line: bytes) -> bytes:
    if b"\\" in line and len(line.rstrip()) > 1 + (((line[0] - 32) & 63) + 2) // 3 * 4:
        line = _ESCAPED.sub(rb"\1", line)
    if _UU_LINE.fullmatch(line) is None or line[0] in b" `":
        raise ValueError("no line of it")
    return a2b_uu(line.rstrip())


def _list(data: bytes, at: int, opening: Opening) -> Written | int:
    """Return the list whose first items stand at a mark."""
    if data[max(0, at - 2) : at] in (b"0x", b"0X"):
        at -= 2
    elif data.startswith(b"{", at):
        at += 1
    head = data[at : at + AHEAD]
    if at and data[at - 1 : at].isalnum():
        apart = _APART.match(head)
        assert apart is not None
        return at + max(apart.end(), 1)
    end = at + 2
    found = skipped = None
    for begins, goes_on, last, decode in _STYLES:
        match = begins.match(head)
        if match is None or at + match.end() <= end:
            continue
        end, skipped = at + match.end(), goes_on
        try:
            decoded = decode(match[0])
        except ValueError:
            continue
        # Columns of small numbers are letters now and then, but controls, too.
        if decoded.translate(None, _CONTROLS) == decoded or opening.known(decoded):
            found = (goes_on, last, decode)
    if found is None:
        # Columns of numbers go on; text may yet come in what looks binary.
        rest = skipped.match(data, end, end + _SKIPPED) if skipped else None
        return rest.end() if rest else end
    return Written("bytes", at, lambda place: Items(place, *found))
