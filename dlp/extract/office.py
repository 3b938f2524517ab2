"""ZIP archives that may be office documents: members are read as they come, the whole is parsed.

An archive's members go by in the order of the archive, the text of a sheet apart from its table;
what they say together takes a parser that has all of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.archive import zip_reader
from dlp.extract.documents import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.content import Content, Opening, Segment

__all__ = ["OFFICE", "open_zip_or_office"]

# What a document is called, beside `zip`, which it is too.
OFFICE = "office"

# Members by which an office document is known, and those that may come before them in one.
_TELLING = re.compile(
    rb"\[Content_Types\]\.xml$|mimetype$|content\.xml$|META-INF/manifest\.xml$|(?:Index/)?(?:[\w-]+/)?[\w-]+\.iwa$"
)
_USUAL = re.compile(
    rb"_rels/|docProps/|xl/|word/|ppt/|customXml/|META-INF/|Configurations2/|Thumbnails/|Pictures/"
    rb"|(?:content|styles|meta|settings)\.xml$|OEBPS/|EPUB/|OPS/|Index/|Data/|Metadata/|preview"
)


def open_zip_or_office(opening: Opening) -> Content:
    """Return a reader of a ZIP archive, an office document among them."""
    return _Office(opening)


class _Office:
    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._pieces: list[bytes] | None = []
        self._is_office = False
        self._members = zip_reader(opening, named=self._named)

    def feed(self, data: bytes) -> Iterator[Segment]:
        if self._pieces is not None:
            self._opening.budget.hold(len(data))
            self._pieces.append(data)
        yield from self._members.feed(data)

    def finish(self) -> Iterator[Segment]:
        yield from self._members.finish()
        if self._pieces is None or not self._is_office:
            self._let_go()
            return
        document = b"".join(self._pieces)
        yield from parsed(self._opening, "office", document)
        self._let_go()

    def _named(self, name: bytes) -> None:
        if _TELLING.match(name):
            self._is_office = True
            self._opening.budget.kinds.add(OFFICE)
        elif not self._is_office and not _USUAL.match(name):
            self._let_go()

    def _let_go(self) -> None:
        if self._pieces is not None:
            self._opening.budget.hold(-sum(map(len, self._pieces)))
        self._pieces = None
