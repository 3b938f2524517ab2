"""Folding of text for comparison: case, accents, invisible characters, Unicode digits."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

__all__ = ["decode", "fold", "plain", "readable"]

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")

# Characters that are read as nothing: soft hyphen, zero-width space, (non-)joiners, word joiner,
# byte order mark inside text, left-to-right and right-to-left marks.
_INVISIBLES = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"
_INVISIBLE = re.compile(f"[{_INVISIBLES}]+")


def _base(char: str) -> str:
    decomposed = unicodedata.normalize("NFKD", char)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


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


# What is left of some letters is one of these itself, as of `ǿ`.
_FOLDED = {code: folded.translate(_FOLDED) for code, folded in _FOLDED.items()}
# The same for Latin-1, of which next to all text is, a byte at a time: but for what becomes two
# letters, or none.
_OF_LATIN = [_FOLDED.get(ord(chr(code).lower()), chr(code).lower()) for code in range(256)]
_LATIN = bytes(ord(one) if len(one) == 1 else code for code, one in enumerate(_OF_LATIN))
_LIGATURES = [(bytes([n]), one.encode("ascii")) for n, one in enumerate(_OF_LATIN) if len(one) > 1]
_NOTHING = bytes(code for code, one in enumerate(_OF_LATIN) if not one)
# In UTF-8 only ASCII is a byte each.
_ASCII = _LATIN[:128] + bytes(range(128, 256))
_ALL_ASCII = bytes(range(128))
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
# A name, a cell; a longer text takes less by the different letters it has.
_SHORT = 32
# So many different other letters and signs are replaced one after the other.
_FEW = 64


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
    others = _others(text)
    # All others may stand for several, or for a part of one.
    if not all(one < "\u0300" or "\u2000" <= one < "\u20d0" for one in others):
        return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    for one in others:
        if (read := _read(one)) != one:
            text = text.replace(one, read)
    return text


def fold(text: str) -> str:
    """Return `text` in lower case, without accents, the joints between words as spaces.

    The length may change (ligatures), so positions in folded text are not positions in `text`.
    """
    if not text.isascii():
        try:
            raw = text.encode("latin-1")
        except UnicodeEncodeError:
            return _fold_others(text)
        for letter, letters in _LIGATURES:
            raw = raw.replace(letter, letters)
        return raw.translate(_LATIN, _NOTHING).decode("latin-1")
    return text.encode("ascii").translate(_LATIN).decode("ascii")


def _fold_others(text: str) -> str:
    """Fold what has letters or signs beyond Latin-1."""
    if len(text) <= _SHORT:
        return text.lower().translate(_FOLDED)
    others = _others(text)
    if len(others) > _FEW:
        text = _NOT_ASCII.sub(lambda run: run[0].translate(_FOLDED), text.lower())
    else:
        # A letter is replaced in leaps from one to the next.
        for one in others:
            text = text.replace(one, _folded(one))
    raw = text.encode("utf-8", "surrogatepass").translate(_ASCII)
    return raw.decode("utf-8", "surrogatepass")


def _others(text: str) -> set[str]:
    """Return the different characters of a text that are not ASCII."""
    raw = text.encode("utf-8", "surrogatepass").translate(None, _ALL_ASCII)
    return set(raw.decode("utf-8", "surrogatepass"))


@lru_cache(maxsize=4096)
def _read(one: str) -> str:
    """Return a letter or sign as `plain` text has it."""
    return "" if one in _INVISIBLES else unicodedata.normalize("NFKC", one)


@lru_cache(maxsize=4096)
def _folded(one: str) -> str:
    """Return what becomes of a letter or sign."""
    return one.lower().translate(_FOLDED)
