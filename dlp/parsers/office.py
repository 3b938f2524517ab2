"""Office documents that are ZIP archives: Office Open XML, OpenDocument, EPUB, iWork.

Their members are read as they are by whoever opens archives; here is what they say together: sheets
as tables, and text that is spread over its markup.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

from dlp.extract.budget import UninspectableError
from dlp.extract.parts import Part
from dlp.parsers import iwork
from dlp.parsers.markup import Joiner, lines
from dlp.parsers.sheets import Workbook
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["parse"]

PIECE = 1 << 18
# In which the first tag of a part stands.
HEAD = 4096
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)[\s>/]")
_TEXTS = (".xml", ".xhtml", ".html", ".htm")
# How things look and hang together, without a word of anybody's.
_WORDLESS = frozenset(
    b"theme styleSheet settings webSettings fonts Relationships Types presProps viewPr tblStyleLst "
    b"styles calcChain container encryption numbering sldMaster sldLayout".split()
)
_PROPERTIES = frozenset(b"Properties coreProperties document-meta".split())
_READ = frozenset(b"sst workbook worksheet manifest".split()) | _PROPERTIES


def parse(document: bytes) -> Iterator[Part]:
    """Yield the text of an office document."""
    archive = zipfile.ZipFile(io.BytesIO(document))
    names = [info.filename for info in archive.infolist()]
    manifest = "META-INF/manifest.xml"
    if manifest in names and b"encryption-data" in archive.read(manifest):
        raise UninspectableError(Uninspectable.ENCRYPTED)
    if any(name.endswith(iwork.SUFFIX) for name in names):
        yield from iwork.parse(archive)
    if any(name.endswith("workbook.bin") for name in names):
        # Loaded for those alone.
        from dlp.parsers import workbook  # noqa: PLC0415

        yield from workbook.parse(document)
    roots = {name: _root(archive, name) for name in names if name.lower().endswith(_TEXTS)}
    book = Workbook()
    # Whatever their order in the archive, these say what stands in sheets.
    for name in _of(roots, b"sst"):
        book.share(_pieces(archive, name))
    for name in _of(roots, b"styleSheet"):
        book.style(archive.read(name))
    for name in _of(roots, b"workbook"):
        yield Part(name="names", data=book.describe(archive.read(name)))
    for number, name in enumerate(_of(roots, b"worksheet"), 1):
        yield from _part(f"sheet {number}", book.rows(_pieces(archive, name)))
    for name in _of(roots, *_PROPERTIES):
        yield from _part("properties", lines(_pieces(archive, name)))
    texts = [name for name, root in roots.items() if root not in _READ | _WORDLESS]
    for number, name in enumerate(texts, 1):
        yield from _part(f"text {number}", Joiner().read(_pieces(archive, name)))


def _of(roots: dict[str, bytes], *wanted: bytes) -> list[str]:
    return [name for name, root in roots.items() if root in wanted]


def _root(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        found = _ROOT.search(member.read(HEAD))
    return found[1] if found else b""


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as member:
        while piece := member.read(PIECE):
            yield piece


def _part(name: str, pieces: Iterable[bytes]) -> Iterator[Part]:
    for piece in pieces:
        yield Part(name=name, data=piece, final=False)
    yield Part(name=name, data=b"")
