"""Folding of text for comparison: case, accents, invisible characters, Unicode digits."""

from __future__ import annotations

import html
import re
import unicodedata

__all__ = ["decode", "fold", "plain", "readable"]

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")

# Characters that are read as nothing: soft hyphen, zero-width space, (non-)joiners, word joiner,
# byte order mark inside text, left-to-right and right-to-left marks.
_INVISIBLES = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"
_INVISIBLE = re.compile(f"[{_INVISIBLES}]+")


def _base(char: str) -> str:
    decomposed = unicodedata.normalize("NFKD", char)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


# Letters with accents to their base (Latin, Vietnamese, Greek, Cyrillic, Arabic), and everything
# that may stand between the words of a term to a space: what is written `beta-hCG`, `bêta hCG` or
# `beta_hcg` folds to one form.
_ACCENTED = (
    *range(0xC0, 0x250),
    *range(0x1E00, 0x2000),
    *range(0x370, 0x530),
    *range(0x620, 0x6D5),
)
_JOINTS = "-_'\t\r\n"
_FOLDED: dict[int, str] = {
    **{code: _base(chr(code)) for code in _ACCENTED},
    **dict.fromkeys(range(0x300, 0x370), ""),
    **dict.fromkeys(range(0x64B, 0x660), ""),
    **dict.fromkeys(map(ord, f"{_JOINTS}\u02bc\u2019\u2010\u2011\u00a0\u202f\u2009\u3000"), " "),
    **dict.fromkeys(map(ord, f"{_INVISIBLES}\u0640"), ""),
    # Letters that Unicode takes for ones of their own, where people write the base for them.
    **{
        ord(letter): base
        for letter, base in zip("œæøłđðıß", "oe ae o l d d i ss".split(), strict=True)
    },
    # In Greek and Arabic, forms of one letter at the end of words.
    ord("\u03c2"): "\u03c3",
    ord("\u0629"): "\u0647",
    ord("\u0649"): "\u064a",
}


# The same for ASCII, which most text is all of, a byte at a time.
_ASCII = bytes(
    ord(_FOLDED[code]) if code in _FOLDED else code
    for code in bytes(range(128)).decode("ascii").lower().encode("ascii")
) + bytes(range(128, 256))
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def decode(data: bytes) -> str:
    """Return `data` as text: UTF-8, or else Windows-1252, which every byte string is."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def readable(data: bytes) -> str:
    """Return `data` as people read it: without the escapes of JSON and markup."""
    text = decode(data)
    if "\\u" in text:
        text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return html.unescape(text) if "&" in text else text


def plain(text: str) -> str:
    """Return `text` without invisible characters, full-width forms and other digits as ASCII."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def fold(text: str) -> str:
    """Return `text` in lower case, without accents, the joints between words as spaces.

    The length may change (ligatures), so positions in folded text are not positions in `text`.
    """
    text = text.lower()
    if not text.isascii():
        # A character at a time only where it must be.
        text = _NOT_ASCII.sub(lambda run: run[0].translate(_FOLDED), text)
        if not text.isascii():
            for joint in _JOINTS:
                text = text.replace(joint, " ")
            return text
    return text.encode("ascii").translate(_ASCII).decode("ascii")
