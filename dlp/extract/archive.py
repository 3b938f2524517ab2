"""Archives: each member is a body of its own, and its name is text too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.content import Opening, Segment
from dlp.extract.zip import ZipReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Member", "extension", "zip_reader"]

_EXTENSION = re.compile(rb"\.[A-Za-z][A-Za-z0-9]{0,5}$")


def extension(name: bytes) -> str:
    """Return what a file's name ends with, as `.csv`, or an empty string."""
    match = _EXTENSION.search(name)
    return match[0].decode("ascii").lower() if match else ""


class Member:
    """Reads one member of an archive.

    Args:
        opening: Where the archive stands.
        number: Which member this is, from 1: paths show numbers, since names may hold health data.
        name: Its name, of which paths show the extension.
    """

    def __init__(self, opening: Opening, number: int, name: bytes) -> None:
        place = opening.part(f"{number}{extension(name)}")
        self._name: Segment | None = Segment(path=f"{place.path} name", data=name, final=True)
        self._body = place.body()

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        yield from self._named()
        yield from self._body.feed(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._named()
        yield from self._body.finish()

    def _named(self) -> Iterator[Segment]:
        if self._name is not None:
            yield self._name
            self._name = None


def zip_reader(
    opening: Opening,
    *,
    base: int = 0,
    alone: bool = False,
    named: Callable[[bytes], None] | None = None,
) -> ZipReader[Segment]:
    """Return a reader of a ZIP archive, which may stand in something else.

    Args:
        opening: Where it stands.
        base: Bytes before it.
        alone: Whether it ends where its directory does.
        named: Told what its members are named, as they come.
    """

    def member(number: int, name: bytes) -> Member:
        if named is not None:
            named(name)
        return Member(opening, number, name)

    return ZipReader(
        member,
        opening.part("between").body(),
        opening.budget,
        base=base,
        alone=alone,
    )
