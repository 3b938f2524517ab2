"""Domain names, which carry whatever their labels spell: in requests, and in questions of DNS.

A label holds 63 bytes, so what is longer is cut over several, and most often written in base32 or
hexadecimal, since names know no upper and lower case.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DNS", "asked", "asked_in", "readings"]

# Media type of a message of DNS over HTTPS (RFC 8484); no message is larger.
DNS = "application/dns-message"
LARGEST = 65_535
# Names shorter than an identifier spell none.
SHORTEST = 15
# Labels that a number may be cut over.
TOGETHER = 8
# Names, texts and values that are read of one message.
READ = 500
_HEAD = 12
_ASKED = re.compile(r"[?&]dns=([A-Za-z0-9_-]{16,90000})")
_NAMED = re.compile(r"[?&]name=([^&#\s]{15,2000})")


def readings(name: str) -> str:
    """Return what a name's labels spell when they are put together, or nothing.

    That is neighbours as one, so that a number cut over them is whole; all of them, in the letters
    that base32 is written in; and its numbers apart from the letters around them.
    """
    labels = [label for label in name.strip("[].").split(".") if label][-127:]
    spelled = labels[:-1]
    if sum(map(len, spelled)) < SHORTEST or ":" in name:
        return ""
    texts = [re.sub(r"[^0-9]+", " ", name).strip()]
    # Of the registered name two labels at most are left out; one more does what it follows no harm.
    for whole in {"".join(labels[:-1]), "".join(labels[:-2])}:
        texts += [whole, whole.upper().replace("-", "")]
    texts += [label.upper() for label in spelled if len(label) >= SHORTEST]
    if sum(letter.isdigit() for letter in name) >= SHORTEST - 2:
        texts += [
            "".join(labels[start : start + size])
            for size in range(2, TOGETHER + 1)
            for start in range(len(labels) - size)
        ]
    return "\n\n".join(dict.fromkeys(texts))


def asked_in(url: str) -> Iterator[str]:
    """Yield what a URL asks a server of DNS, as messages (`dns=`) or by name (`name=`)."""
    for match in _ASKED.finditer(url):
        text = match[1]
        # One character more than whole groups of four encodes nothing.
        text = text[: len(text) - (len(text) % 4 == 1)]
        yield from asked(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    for match in _NAMED.finditer(url):
        yield readings(unquote_plus(match[1]))


def asked(message: bytes) -> Iterator[str]:
    """Yield what a message of DNS spells: its names, and the data of its records.

    What follows a damaged place is not read as names; all of it is read as bytes besides.
    """
    message = message[:LARGEST]
    counts = [int.from_bytes(message[at : at + 2]) for at in range(4, _HEAD, 2)]
    at = _HEAD
    for number in range(min(sum(counts), READ)):
        name, at = _name(message, at)
        if name:
            yield f"{name}\n\n{readings(name)}"
        if at < 0:
            return
        # Type and class; of a record, also its lifetime, and its data with their length.
        at += 4
        if number >= counts[0]:
            length = int.from_bytes(message[at + 4 : at + 6])
            at += 6
            yield message[at : at + length].decode("latin-1")
            at += length


def _name(message: bytes, at: int) -> tuple[str, int]:
    """Return the name at a place, and where it ends; -1 if it does not."""
    labels: list[str] = []
    while at < len(message):
        length = message[at]
        if length == 0:
            return ".".join(labels), at + 1
        if length >= 0xC0:
            # It goes on as another one does that was read where it stands.
            return ".".join(labels), at + 2
        if length > 63:
            break
        labels.append(message[at + 1 : at + 1 + length].decode("latin-1"))
        at += 1 + length
    return ".".join(labels), -1
