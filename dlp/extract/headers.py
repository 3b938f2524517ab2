"""Header fields of MIME parts, mails and HTTP messages.

Read as leniently as browsers, servers and mail programs do: RFC 5322 sections 2.2 and 3.6.8, RFC
2045 section 5.1 (parameters), RFC 2047 (encoded words).
"""

from __future__ import annotations

import codecs
import re
from binascii import Error, a2b_base64, a2b_qp
from functools import lru_cache

__all__ = ["Headers", "charset", "parameter"]

_FOLD = re.compile(rb"\r?\n[ \t]+")
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:[ \t]*([^\r\n]*)", re.MULTILINE)
_WORD = re.compile(rb"=\?([A-Za-z0-9_.-]{1,40})(?:\*[A-Za-z-]*)?\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN_WORDS = re.compile(rb"(\?=)\s+(=\?)")
_ASCII = bytes(range(0x20, 0x7F))


class Headers:
    """The fields of one block of headers.

    Args:
        block: Lines up to the empty one.

    Attributes:
        text: The block as people read it: unfolded, with encoded words decoded.
    """

    def __init__(self, block: bytes) -> None:
        unfolded = _FOLD.sub(b" ", block)
        self._fields: dict[str, str] = {}
        for match in _FIELD.finditer(unfolded):
            name = match[1].decode("ascii").lower()
            self._fields.setdefault(name, match[2].decode("latin-1").strip())
        if b"=?" in unfolded:
            unfolded = _WORD.sub(_of_word, _BETWEEN_WORDS.sub(rb"\1\2", unfolded))
        self.text = unfolded

    @property
    def names(self) -> set[str]:
        """Names of the fields, in lower case."""
        return set(self._fields)

    def get(self, name: str) -> str:
        """Return the first value of a field, or an empty string."""
        return self._fields.get(name, "")


def parameter(value: str, name: str) -> str | None:
    """Return a parameter of a field's value, as `boundary` of a Content-Type, or None."""
    match = re.search(
        rf';\s*{name}\*?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))', value, re.IGNORECASE | re.DOTALL
    )
    if match is None:
        return None
    return match[2] if match[1] is None else re.sub(r"\\(.)", r"\1", match[1])


@lru_cache(maxsize=256)
def charset(content_type: str) -> str | None:
    """Return the declared charset if text in it differs from what is read anyway, or None.

    Only where ASCII stays what it is: of other encodings a name proves nothing, the bytes do.
    """
    name = parameter(content_type, "charset")
    return _codec(name) if name else None


@lru_cache(maxsize=128)
def _codec(name: str) -> str | None:
    try:
        codec = codecs.lookup(name).name
        # Some are no encodings of texts, or none that passes over damage.
        decoder = codecs.getincrementaldecoder(codec)("replace")
        if not _ASCII.decode(codec) == decoder.decode(_ASCII) == _ASCII.decode("ascii"):
            return None
    except (LookupError, ValueError):
        return None
    return None if codec in ("utf-8", "ascii", "cp1252", "iso8859-1") else codec


def _of_word(match: re.Match[bytes]) -> bytes:
    encoded = match[3]
    try:
        if match[2] in b"bB":
            data = a2b_base64(encoded + b"=" * (-len(encoded) % 4))
        else:
            data = a2b_qp(encoded, header=True)
        return data.decode(match[1].decode("ascii"), "replace").encode("utf-8", "replace")
    except (Error, LookupError, ValueError):
        return match[0]
