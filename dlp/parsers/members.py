"""Files inside of documents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.parts import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["member"]

_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}\Z")


def member(number: int, name: str, content: bytes) -> Iterator[Part]:
    """Yield a file and its name, which is text too; paths show its number and extension.

    Args:
        number: Which file of its document it is, from 1.
        name: Its name.
        content: Its bytes.
    """
    extension = _EXTENSION.search(name)
    place = f"{number}{extension[0].lower() if extension else ''}"
    if name:
        yield Part(name=f"{place} name", data=name.encode("utf-8", "replace"))
    yield Part(name=place, data=content, member=True)
