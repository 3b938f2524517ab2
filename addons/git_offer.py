"""What servers of git offer to clients that push: made such that a push can be read whole.

A *thin* pack holds a changed file as what is new of it; the rest is on the server, where nobody
here can look. A server that offers `no-thin` is sent what a change is made from, too
(gitprotocol-capabilities, "thin-pack and no-thin").
"""

from __future__ import annotations

import re

__all__ = ["offers_pushes", "without_thin_packs"]

_ADVERTISEMENT = "application/x-git-receive-pack-advertisement"
# The first reference, and behind it what the server can do; a pkt-line begins with its length.
_FIRST = re.compile(
    rb"(?:001f# service=git-receive-pack\n0000)?([0-9a-f]{4})([^\0]{40,}?\0[^\n\0]*)"
)
_OFFER = b" no-thin"
_LONGEST = 0xFFF0


def offers_pushes(path: str, content_type: str) -> bool:
    """Tell whether an answer says what may be pushed, and how."""
    asked = path.partition("?")
    return (
        asked[0].endswith("/info/refs")
        and "service=git-receive-pack" in asked[2]
        and content_type.lower().startswith(_ADVERTISEMENT)
    )


def without_thin_packs(advertisement: bytes) -> bytes:
    """Return what a server offers, thin packs excepted; what is not understood stays as it is."""
    match = _FIRST.match(advertisement)
    if match is None or _OFFER.strip() in match[2].split(b"\0")[1].split():
        return advertisement
    length = int(match[1], 16) + len(_OFFER)
    if length > _LONGEST:
        return advertisement
    before, behind = advertisement[: match.start(1)], advertisement[match.end() :]
    return b"%b%04x%b%b%b" % (before, length, match[2], _OFFER, behind)
