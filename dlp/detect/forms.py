"""Written forms: how identifiers stand in bytes, between people's separators and encodings."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from dlp.detect.fold import decode, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "DIGIT",
    "ELEMENT",
    "INVISIBLE",
    "JOINTS",
    "SEPARATOR",
    "SEPARATORS",
    "cleaned",
    "is_example",
    "is_spelt",
    "lengths",
    "may_hold_example",
    "spread_forms",
    "stands_alone",
    "written_forms",
]

# Bytes of UTF-8, Windows-1252 and Latin-1 alike; RE2 reads them as Latin-1.
INVISIBLE = r"\xc2\xad|\xe2\x80[\x8b-\x8f]|\xe2\x81\xa0|\xef\xbb\xbf|\xad"
# Space, dot, slash, dash, underscore; no-break, thin and other spaces; Unicode hyphens; markup and
# the entities of spaces and dashes.
SEPARATOR = (
    r"[ ./_-]|\xc2\xa0|\xe2\x80[\x80-\x8a\x90-\x95\xaf]|\xa0"
    r"|<(?:/?[A-Za-z]|!--)[^<>\n]*>|&(?:nbsp|thinsp|ensp|emsp|ndash|shy|#160|#8239|#8201|#x(?:a|A)0);"
)
# Those that nearly all people use.
SEPARATORS = b" ./_-"
# Between cells of a table or boxes of a form.
CELL = r"(?:[,;|\t~*]|\]\[)"
# ASCII, full-width, Arabic-Indic, Persian, Devanagari, mathematical.
DIGIT = (
    r"(?:[0-9]|\xef\xbc[\x90-\x99]|\xd9[\xa0-\xa9]|\xdb[\xb0-\xb9]|\xe0\xa5[\xa6-\xaf]"
    r"|\xf0\x9d\x9f[\x8e-\xbf])"
)
# Corsica's departments are the only letters inside a number.
ELEMENT = rf"2[ABab]|{DIGIT}"

# Text before an example in which its session began.
PARAGRAPH = 1024

# What people take for a digit where they know that one stands.
_LIKE_A_DIGIT = rf"(?:[OoIl]|{DIGIT})"
_LETTER = r"(?:[A-Za-z]|\xef\xbc[\xa1-\xba]|\xef\xbd[\x81-\x9a])"

# Signs of a template that are none of the value.
JOINTS = str.maketrans("", "", " -=")
_SIGNS = {"9": DIGIT, "A": _LETTER, "X": rf"(?:{_LETTER}|{DIGIT})"}
_LOOSE = _SIGNS | {"9": _LIKE_A_DIGIT}

# Letters (any byte of a non-ASCII character is taken for one), and digits even behind invisible
# characters.
_GLUED_BEFORE = re.compile(
    rf"(?:[A-Za-z]|[\xc3-\xca\xce-\xd1][\x80-\xbf]|{DIGIT}(?:{INVISIBLE}){{0,2}})\Z".encode(
        "latin-1"
    )
)
# A letter before a control is the next value's kind, as programs write them.
_GLUED_AFTER = re.compile(
    (
        r"[A-Za-z](?![\x01-\x08\x0e-\x1f])|[\xc3-\xca\xce-\xd1][\x80-\xbf]"
        rf"|(?:{INVISIBLE}){{0,2}}{DIGIT}"
    ).encode("latin-1")
)
# A digit and two invisible characters, in bytes.
_LONGEST_GLUE = 10
# Beside a number these say that it ends there, whatever is beyond them.
_APART = b"\t\n\r \"'(),:;<=>[]{|}"
# A spreadsheet's float: the number is whole.
_WHOLE = re.compile(rb"\.0{1,2}(?![0-9])")
_MARKUP = re.compile(rb"<[^<>\n]*>|&#?\w{1,8};")
_COMES_OUT = re.compile(rb"[ \t]*(?://|#|--|;;)?[ \t]*(?:=>|#=>|\xe2\x86\x92)[ \t]")
_FLOAT = re.compile(rb"[0-9]+\.[0-9]+")
# No identifier is before its point.
_LONG_FLOAT = re.compile(rb"[0-9]{1,5}\.[0-9]+")
# Decimals; a file's name goes on after them, and no float has so many beside so many digits.
_FRACTION = re.compile(rb"\.[0-9]{1,12}(?![0-9]|\.[A-Za-z])")
_NO_FRACTION = re.compile(rb"[0-9]{13}\Z")
# The OIDs of the INS, a number of which may follow.
_INS = (b"1.2.250.1.213.1.4.8.", b"1.2.250.1.213.1.4.9.")


def written_forms(templates: Iterable[str], *, loose: bool = False) -> str:
    """Return the expression (RE2, bytes) of an identifier's written forms.

    Args:
        templates: `9` a digit, `A` a letter, `X` either, a space where separators may stand, `-`
            where one must stand, `=` where a sign between cells or boxes must, anything else
            itself. Invisible characters may stand anywhere.
        loose: Also read O, o, I and l where a digit should stand.
    """
    signs = _LOOSE if loose else _SIGNS
    anywhere = rf"(?:{INVISIBLE}){{0,2}}"
    optional = rf"(?:{SEPARATOR}|{INVISIBLE}){{0,3}}"
    between = rf"(?:{SEPARATOR}){{0,1}}{CELL}(?:{SEPARATOR}){{0,1}}"
    required = rf"(?:{INVISIBLE})?(?:{SEPARATOR})(?:{SEPARATOR}|{INVISIBLE}){{0,2}}"
    forms = []
    for template in templates:
        parts: list[str] = []
        joint = ""
        for sign in template:
            if sign == " ":
                joint = optional
            elif sign == "-":
                joint = required
            elif sign == "=":
                joint = between
            else:
                parts.append(joint if parts else "")
                parts.append(signs.get(sign) or _itself(sign))
                joint = anywhere
        forms.append("(?:" + "".join(parts) + ")")
    return "|".join(dict.fromkeys(forms))


def spread_forms(templates: Iterable[str]) -> str:
    """Return the expression of an identifier's digits and letters, whatever sets them apart.

    It matches what `cleaned` makes a value of that has these, with a few signs of any kind between
    them but those that stand between values; where such signs may, a template says so.
    """
    between = r"(?:[^0-9A-Za-z,;()\[\]{}=\n]|<[^<>\n]*>|&#?[0-9A-Za-z_]{1,8};){0,3}"
    forms = {template.translate(JOINTS) for template in templates if "=" not in template}
    elements = ((_LOOSE["9" if sign.isdigit() else sign] for sign in form) for form in forms)
    return "|".join(sorted(between.join(form) for form in elements))


def _itself(sign: str) -> str:
    """Return the expression of one sign; of a digit, in every script that `DIGIT` reads."""
    if not sign.isdigit():
        return re.escape(sign)
    digit = int(sign)
    scripts = ((r"\xef\xbc", 0x90), (r"\xd9", 0xA0), (r"\xdb", 0xB0), (r"\xe0\xa5", 0xA6))
    others = [rf"{lead}\x{zero + digit:02x}" for lead, zero in scripts]
    # The mathematical ones come in five styles.
    others += [rf"\xf0\x9d\x9f\x{0x8E + 10 * style + digit:02x}" for style in range(5)]
    return "(?:" + "|".join([sign, *others]) + ")"


def lengths(templates: Iterable[str]) -> frozenset[int]:
    """Return the numbers of characters that the templates' values have without separators."""
    return frozenset(len(t.translate(JOINTS)) for t in templates)


def _ascii_digits(text: str) -> str:
    return "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() and not c.isascii() else c for c in text
    )


def cleaned(written: bytes) -> str:
    """Return the digits and letters of a written form, in ASCII capitals where they have any."""
    if written.isalnum():
        return written.decode("ascii").upper()
    groups = written.translate(None, SEPARATORS)
    if groups.isalnum():
        return groups.decode("ascii").upper()
    text = plain(decode(_MARKUP.sub(b"", written)))
    if not text.isascii():
        text = _ascii_digits(text)
    return "".join(filter(str.isalnum, text)).upper()


def stands_alone(window: bytes, start: int, end: int) -> bool:
    """Tell whether a candidate is not a part of something longer: a word, a float, a digest."""
    value = window[start:end]
    begins = not start or window[start - 1] in _APART
    ends = window[end : end + 1] in _APART
    if not (begins or _GLUED_BEFORE.search(window, max(0, start - _LONGEST_GLUE), start) is None):
        return False
    if not (ends or _GLUED_AFTER.match(window, end, end + _LONGEST_GLUE) is None):
        return False
    apart = begins and ends
    before = b"" if apart else window[max(0, start - 24) : start]
    after = b"" if apart else window[end : end + 24]
    decimals = before[-1:] == b"."
    if not value.isalnum():
        # One dot and nothing else is the point of a float; what follows one and is set apart by
        # dots and dashes is of a drawing.
        if decimals and before[-2:-1].isdigit() and (b"." in value or b"-" in value):
            return before.endswith(_INS)
        return b"." not in value or not _FLOAT.fullmatch(value)
    if apart:
        return True
    # Decimals of a float, minified ones too: the only false positives in 1.98 GB of third-party
    # files.
    decimals = decimals and (len(before) == 1 or before[-2:-1] in b"0123456789=(,[ :-+*/")
    if decimals and not (before.endswith(_INS) or _NO_FRACTION.search(before[:-1])):
        return False
    return not _FRACTION.match(after) or _WHOLE.match(after) is not None


def is_float(window: bytes, start: int, end: int) -> bool:
    """Tell whether a run is a float as tables and programs hold them by the thousand.

    Nothing in one stands alone.
    """
    return (
        window[end : end + 1] in _APART
        and (not start or window[start - 1] in _APART)
        and _LONG_FLOAT.fullmatch(window, start, end) is not None
    )


def is_spelt(run: bytes) -> bool:
    """Tell whether a run is digits one by one, the same sign between all of them."""
    return len(run) % 2 == 1 and run[::2].isdigit() and len(set(run[1::2])) == 1


def may_hold_example(window: bytes) -> bool:
    """Tell whether `is_example` may hold anywhere in `window`."""
    # One byte is looked for in leaps, and most texts have neither.
    return (b">" in window and (b">>> " in window or b"=>" in window)) or (
        b"\x86" in window and b"\xe2\x86\x92" in window
    )


def is_example(window: bytes, start: int) -> bool:
    """Tell whether `start` is in an interpreter's session, as documentation shows one.

    In the paragraph of a `>>>` prompt, or what a line that begins with `=>` says comes out.
    """
    line = window.rfind(b"\n", 0, start) + 1
    if _COMES_OUT.match(window, line, start):
        return True
    prompt = window.rfind(b">>> ", max(0, start - PARAGRAPH), start)
    return prompt >= 0 and window.rfind(b"\n\n", prompt, start) < 0
