"""The keyed hash by which a content is known when it comes again."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dlp.evidence.keys import Keys

__all__ = ["content_hash"]

_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})', re.IGNORECASE)


def content_hash(
    keys: Keys,
    *,
    method: str,
    path: str,
    urls: Iterable[str],
    content_type: str,
    pieces: Iterable[bytes],
) -> str:
    """Return the hash of a message's content.

    A form with files has a new random boundary each time it is sent, so that is left out.

    Args:
        keys: Key it.
        method: HTTP method or FTP command.
        path: Path of the destination.
        urls: Path and query, as sent; empty where there is none.
        content_type: Value of Content-Type, or empty.
        pieces: The body, piece by piece.
    """
    head = b"\0".join(
        [method.encode(), *(text.encode("utf-8", "replace") for text in (path, *urls)), b""]
    )
    boundary = _BOUNDARY.search(content_type)
    if boundary:
        pieces = _without(pieces, boundary[1].encode("latin-1", "replace"))
    return keys.digest_of(itertools.chain((head,), pieces))


def _without(pieces: Iterable[bytes], word: bytes) -> Iterator[bytes]:
    """Yield what comes in pieces, with every `word` left out, wherever the pieces are cut."""
    held = b""
    for piece in pieces:
        *whole, rest = (held + piece).split(word)
        yield from whole
        cut = max(0, len(rest) - len(word) + 1)
        held = rest[cut:]
        yield rest[:cut]
    yield held
