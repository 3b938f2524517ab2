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

from dlp.extract import percent
from dlp.extract.dumps import dump_of
from dlp.extract.radix import uu_lines
from dlp.extract.written_readers import Ascii85, Items, Lines, WrittenReader, Yenc, of_ascii85

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.extract.content import Opening

__all__ = ["AHEAD", "ITEMS", "MARKS", "Written", "find_written"]

# How far from the beginning of a line its bytes may begin.
_OFFSETS = 32
# Bytes that tell whether something is written out.
AHEAD = 512
# Of a list that says nothing, so much is not looked at before it is tried again.
_SKIPPED = 2048
# Fewer hold no number with a word beside it.
ITEMS = 11
# What is packed in fewer bytes holds no number either.
_ROOM = 32
_HEX = "(?:0[xX][0-9A-Fa-f]{1,2}|[0-9A-Fa-f]{2})"
# What sets items apart, if they are in quotation marks, too.
_APART_FROM = r"""[\"']?\s*(?:[,;:|./_-]|\s)\s*[\"']?"""
# What is left of that where a list was cut.
_BETWEEN = r"""[\s,;:|./_"']*+(?:-(?![0-9]))?+"""
# The same, told more quickly.
_SIGNS = r"""[\s,;:|./_"'=-]+"""


def _row(item: str) -> str:
    return f"{item}(?:{_SIGNS}{item}){{{ITEMS}}}"


# An expression of RE2, without groups.
MARKS = (
    "|".join(
        (
            r'begin [0-7]{3}|<~[!-uz\s]{25}|0000000|\{"0":\s*[0-9]{1,3},\s*"1":',
            r"\nM[ -`]{60}\r?\nM|=ybegin ",
            _row(_HEX),
            _row("[0-9]{1,3}"),
            _row("0o[0-7]{1,3}"),
            _row("0b[01]{1,8}"),
            _row("[01]{8}"),
            _row(r"[uU]\+?[0-9A-Fa-f]{4}"),
        )
    ).encode()
    + b"|"
    + percent.MARKS
)
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
# Full lines.
_UU_TWO = re.compile(rb"\nM[ -`]{60}\r?\nM[ -`]{60}\r?\n")
_UU_FIRST = re.compile(rb"M[ -`]{60}\r?")
_LONG_UU = 64
_YENC = re.compile(rb"=ybegin [^\r\n]+\r?\n(?:=ypart [^\r\n]+\r?\n)?")
_LINE = re.compile(rb"([^\n]{1,255})\n")
_ESCAPED_LINE = re.compile(rb"((?:[^\\\n]|\\[\\\"/]){1,510})(?:\\r)?(?:\\n|\n)")
_ESCAPED = re.compile(rb"\\(.)")
_UU_LINE = re.compile(rb"[ -`]+\s*")


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


_HEX_LETTERS = b"abcdefABCDEFxX"
_ITEM = re.compile(rb"[0-9A-Fa-f]+")
_SIGNED = re.compile(rb"(?:(?<![0-9])-)?[0-9]+")


def _octal(items: bytes) -> bytes:
    return bytes(int(item, 8) for item in _ITEM.findall(items.replace(b"o", b"")))


def _binary(items: bytes) -> bytes:
    return bytes(int(item, 2) for item in _ITEM.findall(items.replace(b"b", b"")))


def _code_points(items: bytes) -> bytes:
    return "".join(chr(int(item, 16)) for item in _ITEM.findall(items)).encode("utf-8", "replace")


def _hexadecimal(items: bytes) -> bytes:
    if b"x" in items or b"X" in items:
        items = re.sub(rb"0[xX]([0-9A-Fa-f])\b", rb"0\1", items)
        items = items.replace(b"0x", b"").replace(b"0X", b"")
    return unhexlify(b"".join(_ITEM.findall(items)))


def _decimal(items: bytes) -> bytes:
    # Java's bytes have a sign.
    numbers = map(int, _SIGNED.findall(items))
    return bytes([n + 256 if -128 <= n < 0 else n for n in numbers])


def _keyed(items: bytes) -> bytes:
    return bytes(map(int, re.findall(rb":\s*([0-9]{1,3})", items)))


def _style(
    item: str, apart: str, decode: Callable[[bytes], bytes], between: str = _BETWEEN
) -> tuple[re.Pattern[bytes], re.Pattern[bytes], re.Pattern[bytes], Callable[[bytes], bytes]]:
    """Return a way to write lists: how one begins, goes on and ends, and how to decode it."""
    items = rf"(?:(?:{item})(?:{apart}))"
    return (
        re.compile(rf"{items}{{{ITEMS},}}+".encode()),
        re.compile(rf"{between}{items}*+".encode()),
        re.compile(rf"{between}(?:{item})(?![0-9A-Za-z])".encode()),
        decode,
    )


# Of styles that read the same items, the first that does counts: few bytes of text, and none of a
# longer list, have no digit above 7.
_STYLES = (
    _style("[0-3]?[0-7]{1,2}", _APART_FROM, _octal),
    _style("-?[0-9]{1,3}", _APART_FROM, _decimal),
    _style("0o[0-7]{1,3}", _APART_FROM, _octal),
    _style("0b[01]{1,8}|[01]{8}", _APART_FROM, _binary),
    _style("[0-9A-Fa-f]{2}", rf"=\r?\n=|=|{_APART_FROM}", _hexadecimal),
    _style("0[xX][0-9A-Fa-f]{1,2}", _APART_FROM, _hexadecimal),
    _style(r"[uU]\+?[0-9A-Fa-f]{4}", _APART_FROM, _code_points),
    _style(r'"[0-9]{1,9}"\s*:\s*[0-9]{1,3}', r"\s*,\s*", _keyed, r"[\s,]*+"),
)


def find_written(data: bytes, at: int, opening: Opening) -> Written | int:
    """Return what is written out at a mark, or where to look on.

    Args:
        data: The text around; what follows the mark counts as far as `AHEAD`.
        at: Where the mark is.
        opening: Where the text stands.
    """
    head = data[at : at + AHEAD]
    if (marked := _marked(head, at, opening)) is not None:
        return marked
    if head.startswith(b"\nM"):
        if _UU_TWO.match(head) is None:
            return at + 1
        # The mark of a text's first line is the one after it.
        first = _UU_FIRST.fullmatch(data[:at]) if at < _LONG_UU else None
        return _uuencode(0 if first else at + 1, escaped=False)
    line = max(data.rfind(b"\n", max(0, at - _OFFSETS), at) + 1, at - _OFFSETS)
    offset = _OFFSET.match(data, line)
    if offset is not None and offset.end() >= at:
        dump = dump_of(data[line : at + AHEAD])
        if dump is not None:
            return Written("dump", line, lambda place: Lines(place, _LINE, dump))
    if head.startswith(b"0000000") and (zeros := _ZEROS.match(data, at)):
        return zeros.end()
    return _list(data, at, opening)


def _marked(head: bytes, at: int, opening: Opening) -> Written | int | None:
    """Return what begins with a mark of its own."""
    if head.startswith(b"<~"):
        match = _ASCII85.match(head)
        if match and opening.meant(of_ascii85(b"".join(match[1].split()).replace(b"z", b"!!!!!"))):
            return Written("ascii85", at + 2, Ascii85)
        return at + 2
    if head.startswith(b"begin "):
        match = _UUENCODE.match(head)
        return at + 6 if match is None else _uuencode(at + match.end(), escaped=b"\\" in match[1])
    if head.startswith(b"=ybegin "):
        match = _YENC.match(head)
        return at + 8 if match is None else Written("yenc", at + match.end(), Yenc)
    if (times := percent.levels(head)) is not None:
        return Written("percent", at, lambda place: percent.percent_reader(place, times))
    return None


def _uuencode(at: int, *, escaped: bool) -> Written:
    if escaped:
        return Written("uuencode", at, lambda place: Lines(place, _ESCAPED_LINE, _of_uuencode))
    return Written("uuencode", at, lambda place: Lines(place, _LINE, _of_uuencode, uu_lines))


def _of_uuencode(line: bytes) -> bytes:
    if b"\\" in line and len(line.rstrip()) > 1 + (((line[0] - 32) & 63) + 2) // 3 * 4:
        line = _ESCAPED.sub(rb"\1", line)
    if _UU_LINE.fullmatch(line) is None or line[0] in b" `":
        raise ValueError("no line of it")
    return a2b_uu(line.rstrip())


def _list(data: bytes, at: int, opening: Opening) -> Written | int:
    """Return the list whose first items stand at a mark."""
    mark = at
    if data[max(0, at - 2) : at] in (b"0x", b"0X"):
        at -= 2
    elif data.startswith(b"{", at):
        at += 1
    head = data[at : at + AHEAD]
    if at and data[at - 1 : at].isalnum():
        apart = _APART.match(head)
        assert apart is not None
        return at + max(apart.end(), 1)
    longest = 0
    found = skipped = None
    for begins, goes_on, last, decode in _STYLES:
        match = begins.match(head)
        if match is None or match.end() < longest:
            continue
        if match.end() > longest:
            longest, skipped, found = match.end(), goes_on, None
        if found is None and _is_meant(match[0], decode, opening):
            found = (goes_on, last, decode)
    if found is None:
        # Columns of numbers go on; text may yet come in what looks binary.
        end = max(mark + 1, at + longest)
        rest = skipped.match(data, end, end + _SKIPPED) if skipped else None
        return rest.end() if rest else end
    return Written("bytes", at, lambda place: Items(place, *found))


def _is_meant(items: bytes, decode: Callable[[bytes], bytes], opening: Opening) -> bool:
    """Tell whether the first items of a list are bytes."""
    if decode is _hexadecimal and items.translate(None, _HEX_LETTERS) == items:
        # Ages and shares; text has some letter among its digits.
        return False
    try:
        decoded = decode(items)
    except ValueError:
        return False
    # Columns of small numbers are letters now and then, but controls, too.
    if decoded.translate(None, _CONTROLS) == decoded:
        return True
    return len(decoded) >= _ROOM and opening.known(decoded)
