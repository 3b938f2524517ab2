"""The name of the field that a value stands in, looked for from the value."""

from __future__ import annotations

import re

__all__ = ["key_before"]

LONGEST_KEY = 64

_SPACES, _QUOTES = b" \t\n\r\f\v", b"\"'"
_IN_KEY = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_BEGINS_NO_KEY = b"0123456789.-"
# How far before a value the sign is at most, and what may stand before the sign.
_BEHIND, _BLANKS = 5, 3
# Elements of texts, which name nothing; and what goes on after a number in prose, as in a chat.
_TEXT = re.compile(
    rb"<(?:td|th|tr|p|div|span|li|dd|dt|b|i|u|em|strong|pre|code|font|h[1-6]|text|c|v|t)\b[^<>]{0,200}>\s{0,3}\Z",
    re.IGNORECASE,
)
_GOES_ON = re.compile(rb"[,;:]? {1,3}[^\W\d_]{1,40}(?![\w.-]*[=:\"])")


def key_before(window: bytes, low: int, start: int, end: int) -> str:
    """Return the name of the field whose value stands between `start` and `end`, or nothing."""
    # Most numbers have no sign of one before them.
    signed = window[max(low, start - _BEHIND) : start].rstrip(_SPACES + _QUOTES)
    sign = signed[-1:]
    if not sign or sign not in b":=>":
        return ""
    at = max(low, start - _BEHIND) + len(signed)
    # At most three blanks and a quote stand between the sign and the value, and before the sign.
    quoted = window[start - 1 : start] in (b'"', b"'")
    between = window[at : start - quoted]
    if len(between) > _BLANKS or between.strip(_SPACES):
        return ""
    before = window[max(low, at - 1 - LONGEST_KEY - _BLANKS - 1) : at - 1]
    named = before.rstrip(_SPACES)
    if len(before) - len(named) > _BLANKS:
        return ""
    named = named[:-1] if named[-1:] in (b'"', b"'") else named
    key = named[len(named.rstrip(_IN_KEY)) :][-LONGEST_KEY:].lstrip(_BEGINS_NO_KEY)
    if not key or (sign == b">" and _TEXT.search(window, low, start)):
        return ""
    if sign == b":" and window[start - 1 : start] == b" " and _GOES_ON.match(window, end):
        return ""
    return key.decode("ascii").lower()
