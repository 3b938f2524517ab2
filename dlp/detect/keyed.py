"""Values beside their names: JSON, XML, forms, prompts of letters, lines of `key: value`."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from dlp.detect.below import value_below
from dlp.detect.fold import decode
from dlp.detect.values import is_label

if TYPE_CHECKING:
    from dlp.detect.words import Hit, Meaning, Vocabulary

__all__ = ["Named", "limits", "named_value"]

LONGEST_KEY = 64
LONGEST_VALUE = 400
# Elements around a value below the one that names it, as in HL7's XML.
NESTED = 2

# What a blank is enough to part from its value, since words of prose name it.
_BY_BLANK = frozenset({"birth_date", "death_date"})

# What a key goes on with behind a word; a colon is the sign, its value glued to it.
_REST_OF_KEY = bytes(byte for byte in range(128) if re.match(rb"[\w.-]", bytes([byte])))
_OF_KEY = _REST_OF_KEY + b":"
# Behind the name of a field in a form, whose it is.
_OF_WHOM = re.compile(
    rb" (?i:du|de la|de l(?:'|\xe2\x80\x99)|de|des|der|del|della|van de|of the)[ ]?"
    rb"(?i:patiente?|usager|usag\xc3?[\xa8\xe8]re|malade|r\xc3?[\xa9\xe9]sidente?"
    rb"|b\xc3?[\xa9\xe9]n\xc3?[\xa9\xe9]ficiaire|enfant|Patientin|Patienten|paciente|paziente"
    rb"|pati\xc3?[\xab\xeb]nt|child)\b(?= {0,2}[:=])"
)
# From the end of a key to its value: JSON, forms, YAML, headers, arrows, what PHP serialises,
# Markdown, leaders, the types of PostgreSQL's replication; members that name and hold a value; the
# next item of a numbered list, as Redis answers.
_ASSIGN = re.compile(
    rb"""\\{0,7}["'\]`)]{0,2}[*_]{0,2}[ \t\xa0]{0,12}"""
    rb"""(?:\(\w?\)|\[[a-z ]{2,30}\](?=:)|\[\d{1,6}\](?==))?[ \t]{0,4}"""
    rb"""(?:\xc2\xa0|&nbsp;|&#160;)?(?:"""
    rb"""(?:=>|:=|[:=]|->|;s:\d{1,6}:|\.{4,100}[ ]?:?|\.{2,3}[ ]?:|(?:\xe2\x80\xa6){2,40}:?)"""
    rb"""[*_]{0,2}[ \t\r\n]{0,12}(?:\xc2\xa0|&nbsp;|&#160;)?"""
    rb"""|,\s{0,12}["'](?i:@?value|valeur|val|wert|valore?r?|text|content|answer|reponse)["']"""
    rb"""\s{0,4}:\s{0,4}"""
    rb"""|\r?\n[ ]{0,8}\d{1,4}\)[ ](?=["']))"""
)
# Below a key, an object of the type and the value.
_TYPED = re.compile(
    rb"""(?:["'][\w$@#-]{1,24}["']\s{0,4}:\s{0,4}[\[{]\s{0,40}){0,2}"""
    rb"""(?:["'][\w$@#-]{1,24}["']\s{0,4}:\s{0,4}["']?[\w:/.# -]{0,80}["']?\s{0,4},\s{0,12}){0,3}"""
    rb"""(?:["']\$date["']\s{0,4}:\s{0,4}(?:\{\s{0,12}["']\$numberLong["']\s{0,4}:\s{0,4})?"""
    rb"""|["'](?:@?value|S|N|s|valeur|_|#?text|label|libell[e\xe9]|libell\xc3\xa9|display|name|\$t?|\$?value|stringValue|date|value[A-Z]\w{1,20})["']\s{0,4}:\s{0,4}"""
    rb"""(?=["']))"""
)
_NAMED_OBJECT = re.compile(rb"""["']\s{0,4}:\s{0,12}(?:\[\s{0,40})?\{\s{0,40}""" + _TYPED.pattern)
# A name and its value alone in a line; and after the names of Lisp and of Turtle.
_ALONE = re.compile(
    rb"""["']?[ ]{0,40}(?:([;,])[ \t]{0,40}([^|\t\r\n;,]{1,200}?)"""
    rb"""|([|\t])[ \t]{0,40}([^|\t\r\n]{1,200}?))[ \t|]{0,40}(?:\r?\n|\Z)"""
)
_BEGINS = re.compile(rb"(?:\A|\n)[| \t]{0,12}\Z")
# Where it has a record's number before it, too.
_NUMBERED = re.compile(rb"""(?:\A|\n)["']?[\w.-]{1,40}["']?([|\t;,])[ ]?["']?\Z""")
_SYMBOL = re.compile(rb"""[ ](?=")""")
# Names and values in turns, as Redis is told.
_PAIR = re.compile(rb"""[ ](?="[^"\r\n]{1,200}"(?:[ ][\w.-]{1,40}[ ]"|\s*(?:\n|\Z)))""")
# A label in markup, its value in the next cell; a part of multipart/form-data; an input.
_CELL = re.compile(
    rb"(?:[ \t\xa0]|&nbsp;|&#160;){0,3}:?(?:[ \t\xa0]|&nbsp;|&#160;){0,3}"
    rb"(?:\s{0,8}</?[A-Za-z][^<>]{0,200}>){1,6}\s{0,8}:?\s{0,4}"
    rb"(?:<[A-Za-z][^<>]{0,200}>\s{0,4}){0,3}"
)
# An address of RDF that ends in a name, and what stands between it and a value.
_IN_ADDRESS = re.compile(rb"<[^<>\s]{4,200}[#/]\Z")
_OBJECT = re.compile(rb'>\s{1,4}(?=")')
# An element that an attribute names.
_ELEMENT = re.compile(rb"""["'](?:\s[^<>]{0,100})?>\s{0,8}(?:<!\[CDATA\[)?""")
_PART = re.compile(rb"""["'][^\n]{0,200}(?:\r?\n[^\n]{1,200}){0,3}\r?\n\r?\n""")
# A member of an object, by far the most frequent; and one whose value is a plain string.
_MEMBER = re.compile(rb"""["'][ \t]{0,4}(?::|=>)""")
_PLAIN = re.compile(rb'''"[ \t]{0,4}:[ \t\r\n]{0,12}"([^"\\\r\n&]{1,400})"''')
_INPUT = re.compile(rb"""["'][^<>]{0,200}?\bvalue\s{0,2}=\s{0,2}(?=["'])""")
_BLANK = re.compile(rb"[ \t\xa0]{1,3}(?:\xc2\xa0)?")
_TAG_VALUE = re.compile(rb"""\b(?:value|extension|content|V)\s{0,2}=\s{0,2}["']([^"'<>]{0,400})""")
_INSIDE = re.compile(rb"\s{0,40}<[A-Za-z][^<>/]{0,100}>")
_OPENING = re.compile(rb"""(?:[\[{(\s]|u8?(?=["'])|\\{1,7}(?=["'])|string\(\d{1,6}\) (?="))*""")
_QUOTED = re.compile(
    rb"""\\{0,7}(["'])((?:[^"'\\\r\n]|\\(?!\1|["']\s*[,}])[^\r\n]|(?!\1)["']){0,400})"""
)
_IN_ELEMENT = re.compile(rb"[^<>\]\r\n]{1,400}")
_BARE = re.compile(rb"[^\r\n\t,;&<>|{}\[\]]{1,200}")
_PROSE = re.compile(rb"[^\r\n\t<>|{}]{1,200}")
_NUMBER = re.compile(rb"[A-Z]{0,4}[0-9]{5,14}\b")
# The number of a record in a path, unlike those of `PID.5.1`.
_NUMBER_INSIDE = re.compile(r"\.\d+(?=\.[^\W\d])")
# What an editor of rich text sends.
_MARKED = re.compile(rb"(?:[^\r\n\t<>|{}]|</?[A-Za-z][^<>\r\n]{0,80}>){1,200}")
# Behind a word that is no whole name of a field.
_GOES_ON_WORD = re.compile(rb" [^\W_]")
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


def limits(window: bytes, hits: list[Hit]) -> list[int]:
    """Return, for each word, where the next one stands, which ends its value."""
    ends: list[int] = []
    following = len(window)
    for hit in reversed(hits):
        ends.append(following)
        one = hit.meaning
        # `Course: course on diabetes`, `Address: 41 Corso Italia`.
        goes_on = _GOES_ON_WORD.match(window, hit.end) is not None
        part = goes_on and bool(one.weak) and not (one.kinds or one.entries or one.named)
        # A word inside of a mail address, a host's name or a type of MongoDB's ends no value; nor
        # does the end of an element.
        closes = window[hit.start - 2 : hit.start] == b"</"
        if not (part or closes) and window[hit.start - 1] not in b"@.$":
            following = hit.start
    return ends[::-1]


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
        # A name of a field is no value, but a value may begin with a word that is one.
        named = start >= limit > hit.end and vocabulary.meaning(text) is not None
        if not text or named or is_label(window, plain.end()):
            return None
        key = window[hit.start : hit.end].decode("latin-1").lower()
        return Named(key=key, meaning=hit.meaning, start=start, end=end, text=text)
    before = window[max(0, hit.start - LONGEST_KEY) : hit.start]
    key_start = hit.start - len(before) + len(before.rstrip(_OF_KEY))
    named_end, limit = _with_whom(window, hit, limit)
    after = window[named_end : named_end + LONGEST_KEY]
    key_end = named_end + len(after) - len(after.lstrip(_REST_OF_KEY))
    while key_end > named_end and window[key_end - 1 : key_end] in (b".", b"-"):
        key_end -= 1
    tag = window[key_start - 1 : key_start] == b"<"
    key = window[key_start:key_end].rpartition(b":")[2].decode("latin-1")
    # Nothing stands behind the name of an element that ends.
    ends = window[key_start - 2 : key_start] == b"</" and window[key_end : key_end + 1] == b">"
    meaning = None if ends else hit.meaning
    if meaning is not None and (key_start != hit.start or key_end != named_end):
        meaning = vocabulary.meaning(key.rpartition(".")[2]) or vocabulary.meaning(key)
    if meaning is None:
        return None
    if tag:
        found = _of_tag(window, key_end)
    else:
        within = limit if limit > hit.end else len(window)
        found = _untagged(window, key_start, key_end, limit, within, meaning)
        found = found or value_below(window, key_start, key_end, vocabulary)
    if found is None:
        return None
    start, end = found
    text = _text(window, start, end, key_start)
    # What holds a name is none of its value, which stands in the next element.
    if not text or (tag and text[:1].isalpha() and vocabulary.meaning(text) is not None):
        return None
    # A number inside of a path is that of a record, unlike those of `PID.5.1`.
    return Named(
        key=_NUMBER_INSIDE.sub("", key.lower()), meaning=meaning, start=start, end=end, text=text
    )


def _untagged(
    window: bytes, key_start: int, key_end: int, limit: int, within: int, meaning: Meaning
) -> tuple[int, int] | None:
    """Return the value of a name that is no element's, `within` reach where nothing encloses it."""
    if (part := _part(window, key_start, key_end)) is not None:
        bare = _IN_ELEMENT if part.re is _ELEMENT else _MARKED
        return _value(window, part.end(), len(window), bare=bare)
    by_blank = _by_blank(meaning)
    found = _after(window, key_end, max(limit, key_end), key_start, by_blank=by_blank)
    # Unless that is a member of an object of the name's own.
    near = found is None or found[0] < within or _NAMED_OBJECT.match(window, key_end)
    return found if near else None


def _text(window: bytes, start: int, end: int, key_start: int) -> str:
    """Return a value as people read it."""
    text = html.unescape(decode(window[start:end])).strip(" \t\r\n,;").strip("\"'\\")
    if window[key_start - 1 : key_start] in (b"?", b"&") and ("%" in text or "+" in text):
        # In an address.
        return unquote_plus(text)
    return text


def _with_whom(window: bytes, hit: Hit, limit: int) -> tuple[int, int]:
    """Return where a name ends that says whose it is, and the limit of its value."""
    whom = _OF_WHOM.match(window, hit.end)
    if whom is None:
        return hit.end, limit
    # The next word may be the one that says so.
    return whom.end(), limit if limit >= whom.end() else len(window)


def _by_blank(meaning: Meaning) -> re.Pattern[bytes] | None:
    """Return what a value is that a blank parts from its name, if one may."""
    if not _BY_BLANK.isdisjoint(meaning.kinds):
        return _PROSE
    # `IPP 80012345`, which only its word makes a number of a patient.
    return _NUMBER if any(not entry.checked for entry in meaning.entries) else None


def _part(window: bytes, key_start: int, key_end: int) -> re.Match[bytes] | None:
    """Return what stands between a quoted name that is no member's and its value."""
    if window[key_start - 1 : key_start] not in (b'"', b"'") or _MEMBER.match(window, key_end):
        return None
    return next(
        (found for one in (_INPUT, _PART, _ELEMENT) if (found := one.match(window, key_end))), None
    )


def _of_tag(window: bytes, key_end: int) -> tuple[int, int] | None:
    close = window.find(b">", key_end, key_end + LONGEST_VALUE)
    if close < 0:
        return None
    value = _TAG_VALUE.search(window, key_end, close)
    if value is not None:
        return value.span(1)
    if window[close - 1 : close] == b"/":
        return None
    # The value may stand in an element inside.
    for _ in range(NESTED):
        inside = _INSIDE.match(window, close + 1)
        if inside is None:
            break
        close = inside.end() - 1
    end = window.find(b"<", close, close + LONGEST_VALUE)
    if end < 0:
        return None
    if window.startswith(b"<![CDATA[", end):
        inner = window.find(b"]]>", end, end + LONGEST_VALUE)
        return None if inner < 0 else (end + 9, inner)
    return (close + 1, end)


def _after(
    window: bytes, key_end: int, limit: int, key_start: int, *, by_blank: re.Pattern[bytes] | None
) -> tuple[int, int] | None:
    quoted_key = window[key_start - 1 : key_start] in (b'"', b"'")
    if (match := _ASSIGN.match(window, key_end)) is not None:
        bare = _BARE if quoted_key or b"=" in match[0] else _PROSE
        found = _value(window, match.end(), limit, bare=bare)
        # Markup may begin behind the sign.
        if found is not None or window[match.end() : match.end() + 1] != b"<":
            return found
    if (match := _ALONE.match(window, key_end)) is not None:
        begins = match[3] and _BEGINS.search(window, max(0, key_start - 16), key_start)
        numbered = _NUMBERED.search(window, max(0, key_start - 48), key_start)
        sign = match[1] or match[3]
        alone = begins or (numbered and numbered[1] == sign)
        return match.span(2 if match[1] else 4) if alone else None
    if quoted_key:
        return None
    pairs = _SYMBOL if window[key_start:key_end].find(b":") >= 0 else _PAIR
    if (match := pairs.match(window, key_end)) is not None:
        return _value(window, match.end(), len(window), bare=_BARE)
    if (match := _OBJECT.match(window, key_end)) is not None:
        known = _IN_ADDRESS.search(window, max(0, key_start - LONGEST_VALUE), key_start)
        return _value(window, match.end(), len(window), bare=_BARE) if known else None
    if (match := _CELL.match(window, key_end)) is not None:
        end = window.find(b"<", match.end(), match.end() + LONGEST_VALUE)
        return None if end < 0 else (match.end(), end)
    if by_blank is not None and (match := _BLANK.match(window, key_end)) is not None:
        return _value(window, match.end(), limit, bare=by_blank)
    return None


def _value(
    window: bytes, start: int, limit: int, *, bare: re.Pattern[bytes]
) -> tuple[int, int] | None:
    opening = _OPENING.match(window, start, start + 40)
    start = opening.end() if opening else start
    if (typed := _TYPED.match(window, start)) is not None:
        start = typed.end()
    if (quoted := _QUOTED.match(window, start)) is not None:
        # What an object begins with is the name of a field.
        inside = opening is not None and b"{" in opening[0]
        return None if inside and _MEMBER.match(window, quoted.end(2)) else quoted.span(2)
    match = bare.match(window, start, max(limit, start))
    if match is None:
        return None
    end = match.end()
    if (gap := _WIDE_GAP.search(window, start, end)) is not None:
        end = gap.start()
    return (start, end)
