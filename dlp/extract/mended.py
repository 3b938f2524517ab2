"""Text whose letters with accents were lost on the way, or encoded twice.

`n?e le`, `n\ufffde le`: what stood there is nobody's to know any more; most often it was an e, and
is read as one. `nÃ©e le`: UTF-8 that was taken for Windows-1252 and encoded again.
"""

from __future__ import annotations

import re
from itertools import islice

__all__ = ["Mended", "is_damaged"]

# Signs of Windows-1252 in UTF-8, with the bytes that they are there; bytes that are none are those
# of Latin-1.
_BYTES = {
    bytes([code]).decode("cp1252", "ignore").encode(): bytes([code]) for code in range(0x80, 0xA0)
}
_BYTES |= {b"\xc2" + bytes([code]): bytes([code]) for code in range(0x80, 0xC0)}
_BYTES.pop(b"", None)
_AGAIN = b"|".join(map(re.escape, _BYTES))
# Of two bytes, the first of which begins letters of Latin.
_TWICE = rb"\xc3([\x82-\x85])(%b)" % _AGAIN
_LOST = rb"(?<=[A-Za-z])(?:\?(?=[A-Za-z])|\xef\xbf\xbd)"
_DAMAGE = re.compile(rb"(?:%b)|%b" % (_TWICE, _LOST))
# None is longer, with what follows it.
_LONGEST = 6
# Words with a sign inside, which is that of no address.
_LOST_IN_WORD = re.compile(rb"(?<![\w/.&=?%-])[A-Za-z]{1,20}\?[A-Za-z]{1,20}(?![\w=/?(:])")
# A sign that may be one; texts with more of them are looked at no further.
_SIGN, _MOST_SIGNS = re.compile(rb"\?[A-Za-z]"), 200
# One may be what somebody forgot a blank behind.
_FEWEST = 2


class Mended:
    """Reads such text, however it is cut."""

    def __init__(self) -> None:
        self._held = b""
        # Where in it begins what was not given yet; what is before decides what that is.
        self._at = 0

    def feed(self, data: bytes) -> bytes:
        """Return what `data` adds to the text."""
        return self._read(self._held + data, _LONGEST)

    def finish(self) -> bytes:
        """Return the rest of the text."""
        return self._read(self._held, 0)

    def _read(self, data: bytes, beyond: int) -> bytes:
        limit = max(self._at, len(data) - beyond)
        parts = []
        at = self._at
        for match in _DAMAGE.finditer(data, at):
            if match.start() >= limit:
                break
            parts += [data[at : match.start()], _mended(match)]
            at = match.end()
        end = max(at, limit)
        parts.append(data[at:end])
        self._held, self._at = data[max(0, end - 1) :], min(1, end)
        return b"".join(parts)


def is_damaged(head: bytes) -> bool:
    """Tell whether a text that begins with `head` is such; what holds zeros is none."""
    if b"\0" in head:
        return False
    if not head.isascii() and _DAMAGE.search(head) is not None:
        return True
    lost = 0
    for sign in islice(_SIGN.finditer(head), _MOST_SIGNS):
        lost += _LOST_IN_WORD.search(head, max(0, sign.start() - 24), sign.end() + 24) is not None
        if lost >= _FEWEST:
            return True
    return False


def _mended(match: re.Match[bytes]) -> bytes:
    if match[1] is None:
        return b"e"
    return bytes([match[1][0] + 0x40]) + _BYTES[match[2]]
