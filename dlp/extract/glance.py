"""A glance at a text: whether something may begin inside of it, told without reading it.

What is looked for seldom stands in text; these tell so in a fraction of the time that expressions
take. A few bytes of a class are looked at for all, and literals go by their first byte.
"""

from __future__ import annotations

from dlp.extract import percent
from dlp.extract.native import standing
from dlp.extract.radix import unbroken
from dlp.extract.written import ITEMS

__all__ = ["may_be_written", "may_hold"]

# What lists and uuencode are made of, in every seventh and thirteenth byte: so few are looked at in
# no time, and so many of them in a row hardly happen elsewhere.
_OF_LISTS = bytes(
    0x61 if byte in b"0123456789abcdefABCDEFxX ,:;=-\t\r\n\"'|./_oUu+" else 0x20
    for byte in range(256)
)
_OF_UUENCODE = bytes(
    0x61 if 0x20 <= byte <= 0x60 or byte in b"\r\n" else 0x20 for byte in range(256)
)
# An item with what follows it.
_LONGEST = len("0b00000000,")
_LIST_STRIDE, _UU_STRIDE = 7, 13
_SHOWN = b"a" * 24
# A line of a dump, or part of a list as long; a line of uuencode.
_LIST, _UUENCODED = b"a" * 40, b"a" * 62
# Of a text's beginning so much tells whether it is lines of digits.
_HEAD = 64

_holds_bzip2, _holds_7z, _holds_pdf = map(standing, (b"BZh", b"7z\xbc\xaf", rb"%PDF-1\."))
_holds_ascii85, _holds_uuencode, _holds_yenc = map(standing, (b"<~", b"begin ", b"=ybegin "))


def may_hold(data: bytes) -> bool:
    """Tell, quickly for text, whether something may begin in `data`."""
    # A byte of each archive that hardly stands in text; of bzip2, the mark of its first block.
    return (
        b"\x03" in data
        or b"\x1f" in data
        or b"\x18" in data
        or (b"\x1a" in data and b"Rar!" in data)
        or (b"&" in data and _holds_bzip2(data))
        or (b"\0" in data and b"SQLite format 3\0" in data)
        or (b"\x11" in data and b"\xd0\xcf\x11\xe0" in data)
        or (not data.isascii() and (b"\xfd" in data or _holds_7z(data) or _holds_pdf(data)))
        or may_be_written(data)
    )


def may_be_written(data: bytes) -> bool:
    """Tell, quickly, whether a mark may stand in text that begins something of some length."""
    if _are_digits(data):
        return False
    return (
        _shows(data, _OF_LISTS, _LIST_STRIDE, _LIST)
        # Behind an offset there is a blank. From behind, the interpreter looks for it in leaps.
        or (data.rfind(b"0000000") >= 0 and (b" " in data or b"\t" in data))
        or (b"~" in data and _holds_ascii85(data))
        or (
            _shows(data, _OF_UUENCODE, _UU_STRIDE, _UUENCODED)
            and (_holds_uuencode(data) or data.startswith(b"M") or b"\nM" in data)
        )
        or percent.may_be_packed(data)
        # Every byte but four is written by another one.
        or (b"=" in data and not data.isascii() and _holds_yenc(data))
    )


def _shows(data: bytes, classes: bytes, stride: int, row: bytes) -> bool:
    """Tell whether a sample shows characters of a class in a row, and they stand in one."""
    sample = data[::stride].translate(classes)
    end = 0
    while (begin := sample.find(_SHOWN, end)) >= 0:
        end = sample.find(b" ", begin)
        end = len(sample) if end < 0 else end
        # Other text shows so by chance, with others between.
        if row in data[begin * stride : end * stride].translate(classes):
            return True
    return False


def _are_digits(data: bytes) -> bool:
    """Tell whether a text is lines as long as each other, or one, but no items of a list."""
    if not data[:_HEAD].replace(b"\n", b"").isalnum():
        return False
    lines, apart = unbroken(data)
    return lines.isalnum() and (len(data) - len(lines) < ITEMS or apart > _LONGEST)
