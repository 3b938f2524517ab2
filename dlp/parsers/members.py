"""Files inside of documents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.parts import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["member", "named", "place"]

_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}\Z")


def place(number: int, name: str) -> str:
    """Return how a file shows in paths: by its number, from 1, and its extension."""
    extension = _EXTENSION.search(name)
    return f"{number}{extension[0].lower() if extension else ''}"


def named(number: int, name: str) -> Iterator[Part]:
    """Yield the name of a file, which is text too."""
    if name:
        yield Part(name=f"{place(number, name)} name", data=name.encode("utf-8", "replace"))


def member(number: int, name: str, content: bytes) -> Iterator[Part]:
    """Yield a whole file and its name."""
    yield from named(number, name)
    yield Part(name=place(number, name), data=content, member=True)
