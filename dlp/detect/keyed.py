"""Values beside their names: JSON, XML, forms, prompts of letters, lines of `key: value`."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlp.detect.fold import decode

if TYPE_CHECKING:
    from dlp.detect.words import Hit, Meaning, Vocabulary

__all__ = ["Named", "named_value"]

LONGEST_KEY = 64
LONGEST_VALUE = 400

# What a blank is enough to part from its value, since words of prose name it.
_BY_BLANK = frozenset({"birth_date", "death_date"})

_OF_KEY = re.compile(rb"[\w.:-]*")
# From the end of a key to its value: JSON, forms, YAML, headers, arrows, what PHP serialises.
_ASSIGN = re.compile(
    rb"""\\?["'\]`)]{0,2}[ \t\xa0]{0,12}(?:\(\w?\))?[ \t]{0,4}(?:\xc2\xa0)?"""
    rb"""(?:=>|:=|[:=]|->|;s:\d{1,6}:)[ \t\r\n]{0,12}(?:\xc2\xa0)?"""
)
# A label in markup, its value in the next cell; a part of multipart/form-data; an input.
_CELL = re.compile(rb"[ \t\xa0]{0,3}:?(?:\s{0,8}</?[A-Za-z][^<>]{0,200}>){1,6}\s{0,8}:?\s{0,4}")
_PART = re.compile(rb"""["'][^\n]{0,200}(?:\r?\n[^\n]{1,200}){0,3}\r?\n\r?\n""")
# A member of an object, by far the most frequent; and one whose value is a plain string.
_MEMBER = re.compile(rb"""["'][ \t]{0,4}(?::|=>)""")
_PLAIN = re.compile(rb'''"[ \t]{0,4}:[ \t\r\n]{0,12}"([^"\\\r\n&]{1,400})"''')
_INPUT = re.compile(rb"""["'][^<>]{0,200}?\bvalue\s{0,2}=\s{0,2}(?=["'])""")
_BLANK = re.compile(rb"[ \t\xa0]{1,3}(?:\xc2\xa0)?")
_TAG_VALUE = re.compile(rb"""\b(?:value|extension|content|V)\s{0,2}=\s{0,2}["']([^"'<>]{0,400})""")
_OPENING = re.compile(rb"""(?:[\[{(\s]|u8?(?=["'])|\\(?=["']))*""")
_QUOTED = re.compile(
    rb"""\\?(["'])((?:[^"'\\\r\n]|\\(?!\1|["']\s*[,}])[^\r\n]|(?!\1)["']){0,400})"""
)
_BARE = re.compile(rb"[^\r\n\t,;&<>|{}\[\]]{1,200}")
_PROSE = re.compile(rb"[^\r\n\t<>|{}]{1,200}")
# What an editor of rich text sends.
_MARKED = re.compile(rb"(?:[^\r\n\t<>|{}]|</?[A-Za-z][^<>\r\n]{0,80}>){1,200}")
_WIDE_GAP = re.compile(rb"(?:[ \xa0]|\xc2\xa0){3,}")


@dataclass(frozen=True, slots=True)
class Named:
    """A value that stands beside its name.

    Attributes:
        key: The name, lower case, as it groups values: `patient.nir`.
        meaning: What the name means.
        start: Where the value begins.
        end: Where it ends.
        text: The value.
    """

    key: str
    meaning: Meaning
    start: int
    end: int
    text: str


def named_value(window: bytes, hit: Hit, limit: int, vocabulary: Vocabulary) -> Named | None:
    """Return the value whose name holds the word `hit`, or None if it is no name of a value.

    Args:
        window: Text around.
        hit: The word.
        limit: Where the next word stands, which ends a value that no quote ends.
        vocabulary: Tells what the whole name means.
    """
    if window[hit.start - 1 : hit.start] == b'"' and (plain := _PLAIN.match(window, hit.end)):
        start, end = plain.span(1)
        text = decode(plain[1]).strip().strip("'")
        if not text or start >= limit > hit.end:
            return None
        key = window[hit.start : hit.end].decode("latin-1").lower()
        return Named(key=key, meaning=hit.meaning, start=start, end=end, text=text)
    backward = window[max(0, hit.start - LONGEST_KEY) : hit.start][::-1]
    key_start = hit.start - len(_run(_OF_KEY, backward))
    key_end = hit.end + len(_run(_OF_KEY, window[hit.end : hit.end + LONGEST_KEY]))
    while key_end > hit.end and window[key_end - 1 : key_end] in (b".", b"-", b":"):
        key_end -= 1
    tag = window[key_start - 1 : key_start] == b"<"
    key = window[key_start:key_end].rpartition(b":")[2].decode("latin-1")
    meaning = hit.meaning
    if key_start != hit.start or key_end != hit.end:
        whole = vocabulary.meaning(key.rpartition(".")[2]) or vocabulary.meaning(key)
        if whole is None:
            return None
        meaning = whole
    part = None
    if tag:
        found = _of_tag(window, key_end)
    elif (
        window[key_start - 1 : key_start] in (b'"', b"'")
        and not _MEMBER.match(window, key_end)
        and (part := _INPUT.match(window, key_end) or _PART.match(window, key_end))
    ):
        found = _value(window, part.end(), len(window), bare=_MARKED)
    else:
        found = _after(
            window,
            key_end,
            max(limit, key_end),
            key_start,
            by_blank=not _BY_BLANK.isdisjoint(meaning.kinds),
        )
    if found is None:
        return None
    start, end = found
    text = html.unescape(decode(window[start:end])).strip().strip("\"'")
    if not text or (start >= limit > hit.end and not tag and not part):
        return None
    return Named(key=key.lower(), meaning=meaning, start=start, end=end, text=text)


def _run(pattern: re.Pattern[bytes], data: bytes) -> bytes:
    match = pattern.match(data)
    return match[0] if match else b""


def _of_tag(window: bytes, key_end: int) -> tuple[int, int] | None:
    close = window.find(b">", key_end, key_end + LONGEST_VALUE)
    if close < 0:
        return None
    value = _TAG_VALUE.search(window, key_end, close)
    if value is not None:
        return value.span(1)
    if window[close - 1 : close] == b"/":
        return None
    end = window.find(b"<", close, close + LONGEST_VALUE)
    if end < 0:
        return None
    if window.startswith(b"<![CDATA[", end):
        inner = window.find(b"]]>", end, end + LONGEST_VALUE)
        return None if inner < 0 else (end + 9, inner)
    return (close + 1, end)


def _after(
    window: bytes, key_end: int, limit: int, key_start: int, *, by_blank: bool
) -> tuple[int, int] | None:
    quoted_key = window[key_start - 1 : key_start] in (b'"', b"'")
    if (match := _ASSIGN.match(window, key_end)) is not None:
        return _value(
            window, match.end(), limit, bare=_BARE if quoted_key or b"=" in match[0] else _PROSE
        )
    if quoted_key:
        return None
    if (match := _CELL.match(window, key_end)) is not None:
        end = window.find(b"<", match.end(), match.end() + LONGEST_VALUE)
        return None if end < 0 else (match.end(), end)
    if by_blank and (match := _BLANK.match(window, key_end)) is not None:
        return _value(window, match.end(), limit, bare=_PROSE)
    return None


def _value(
    window: bytes, start: int, limit: int, *, bare: re.Pattern[bytes]
) -> tuple[int, int] | None:
    opening = _OPENING.match(window, start, start + 40)
    start = opening.end() if opening else start
    if (quoted := _QUOTED.match(window, start)) is not None:
        return quoted.span(2)
    match = bare.match(window, start, max(limit, start))
    if match is None:
        return None
    end = match.end()
    if (gap := _WIDE_GAP.search(window, start, end)) is not None:
        end = gap.start()
    return (start, end)
