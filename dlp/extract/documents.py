"""Documents that can only be read whole, and by a parser that is not trusted.

The core does not run such a parser: it collects the bytes, asks what it was given for that (see
`Parsers`), and reads what comes back like anything else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.beside import Bytes
from dlp.extract.budget import UninspectableError
from dlp.extract.content import ANY, Format, text_path
from dlp.extract.plain import Text
from dlp.extract.text import decoder_for
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from dlp.extract.content import Content, Opening, Segment
    from dlp.extract.parts import Part

__all__ = ["DOCUMENTS", "Document", "parsed"]


class Document:
    """Reads a document of a kind that has a parser.

    Args:
        opening: Where it stands.
        kind: Names its parser.
        beside: Reads its bytes as they come, too: what a parser leaves out may stand there.
        most: Bytes up to which the parser is asked, and does not have to answer; what these say is
            enough. None if it has to read it.
    """

    def __init__(
        self, opening: Opening, kind: str, beside: Content, *, most: int | None = None
    ) -> None:
        self._opening = opening
        self._kind = kind
        self._beside = beside
        self._most = most
        self._size = 0
        self._whole = True
        self._pieces: list[bytes] = []

    @property
    def text_path(self) -> str | None:
        """Where the text stands; see `content.text_path`."""
        return None if self._whole else text_path(self._beside)

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield what is read in the bytes as they are."""
        if self._whole:
            self._hold(data)
        yield from self._beside.feed(data)

    def _hold(self, data: bytes) -> None:
        budget = self._opening.budget
        size = self._size + len(data)
        if self._most is not None and (size > self._most or len(data) > budget.memory):
            budget.hold(-self._size)
            self._pieces.clear()
            self._whole = False
            return
        budget.hold(len(data))
        self._size = size
        self._pieces.append(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest of that, and what the parser finds."""
        yield from self._beside.finish()
        if not self._whole:
            return
        document = b"".join(self._pieces)
        self._pieces.clear()
        try:
            yield from parsed(self._opening, self._kind, document, needed=self._most is None)
        finally:
            # Where a damaged one is let go, what holds it is read on.
            self._opening.budget.hold(-len(document))


def parsed(
    opening: Opening, kind: str, document: bytes, *, needed: bool = True
) -> Iterator[Segment]:
    """Yield the text of a whole document.

    Raises:
        UninspectableError: It is `needed` and can't be read, or there is nobody to read it; or what
            is in it can't be.
    """
    parts = _parts(opening, kind, document, needed=needed)
    contents: dict[str, Content] = {}
    try:
        for part in parts:
            opening.budget.spend(len(part.data))
            if part.name not in contents:
                contents[part.name] = _open(opening, part)
            yield from contents[part.name].feed(part.data)
            if part.final:
                yield from contents.pop(part.name).finish()
        for content in contents.values():
            yield from content.finish()
    finally:
        # Whoever gives up in the middle no longer waits for the rest.
        parts.close()


def _parts(opening: Opening, kind: str, document: bytes, *, needed: bool) -> Generator[Part]:
    if opening.parsers is None:
        if needed:
            raise UninspectableError(Uninspectable.UNKNOWN_ENCODING)
        return
    try:
        yield from opening.parsers.parse(kind, document)
    except UninspectableError:
        if needed:
            raise


def _open(opening: Opening, part: Part) -> Content:
    opening.budget.count_member()
    place = opening.part(part.name)
    if part.member:
        return place.body()
    return Text(place, decoder_for(b""))


def _document(
    name: str,
    first: bytes,
    begins: Callable[[bytes], object],
    *,
    opaque: bool = False,
    most: int | None = None,
    least: int = 1,
) -> Format:
    """Return a row of the table of formats.

    Args:
        name: Names the parser, and shows in paths.
        first: Bytes one of which it begins with.
        begins: Tells the format from a body's first bytes.
        opaque: Whether what is in it is packed or parsed whole, so that its bytes as they are say
            nothing.
        most: Bytes up to which the parser is asked, if it does not have to read it: where others
            may begin like this, or most files hold pictures and measurements.
        least: So many bytes it takes to tell.
    """

    def document(opening: Opening) -> Content:
        text = Text(opening, decoder_for(b""))
        beside: Content = text if most is None else Bytes(opening, text)
        if opaque:
            beside = _Nothing()
        return Document(opening, name, beside, most=most)

    return Format(name, begins, document, searched=not opaque, first=first, least=least)


class _Nothing:
    """Reads nothing."""

    def feed(self, data: bytes) -> Iterator[Segment]:  # noqa: ARG002 - as every reader
        return iter(())

    def finish(self) -> Iterator[Segment]:
        return iter(())


def _begins_dicom(head: bytes) -> bool:
    return head.startswith(_DICOM, _DICOM_AT)


_DICOM, _DICOM_AT = b"DICM", 128


def _begins_dbase(head: bytes) -> bool:
    """Tell a table by its header: it has no magic, but little in it is free."""
    if len(head) < 64 or head[0] not in _DBASE_VERSIONS or head[12:14] != b"\0\0":
        return False
    header, size = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
    return (
        1 <= head[2] <= 12
        and 1 <= head[3] <= 31
        and header >= 65
        and size >= 2
        # The first field's name, type and width.
        and re.match(rb"[A-Za-z_][\w\x80-\xff]{0,9}\0", head[32:43]) is not None
        and head[43] in b"CDFLMNIBTYVG@O+P0Q"
        and head[48] > 0
    )


_DBASE_VERSIONS = b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\x8c\xcb\xf5\xfb"

_STATISTICAL = re.compile(
    # SPSS; Stata, by a word of late; SAS.
    rb"\$FL[23]@\(#\)|<stata_dta>|[\x69-\x73][\x01\x02]\x01[\0\x01]"
    rb"|\0{12}\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\0|HEADER RECORD\*{7}LIB"
)

# Of what people keep in tables, and of what machines measure.
_KEPT, _MEASURED = 1 << 28, 1 << 26

# Its own mark, and MATLAB's before that.
_HDF5 = re.compile(rb"\x89HDF\r\n\x1a\n|MATLAB 7\.3 MAT-file")

# What `\s` stands for.
_BLANKS = b" \t\n\r\f\v"

DOCUMENTS = (
    _document("pdf", _BLANKS + b"\xef\0%", re.compile(rb"(?:\xef\xbb\xbf)?[\s\0]*%PDF-").match),
    _document("ole", b"\xd0", re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").match, opaque=True),
    _document("rtf", _BLANKS + b"{", re.compile(rb"\s*\{\\rtf").match),
    # The log of what is to be written, too.
    _document("sqlite", b"S7", re.compile(rb"SQLite format 3\0|7\x7f\x06[\x82\x83]").match),
    _document("access", b"\0", re.compile(rb"\0\x01\0\0Standard (?:Jet|ACE) DB\0").match),
    _document("dicom", ANY, _begins_dicom, least=_DICOM_AT + len(_DICOM)),
    _document("sevenzip", b"7", re.compile(rb"7z\xbc\xaf\x27\x1c").match, opaque=True),
    _document(
        "archive",
        ANY,
        # RAR, CAB, XAR, compress, lzip; LHA.
        re.compile(
            rb"Rar!\x1a\x07|MSCF\0{4}|xar!\0\x1c|\x1f\x9d[\x8c-\x90]|LZIP\x01"
            rb"|.{2}-lh[0-7d]-.{12}[\x00-\x02]",
            re.DOTALL,
        ).match,
        opaque=True,
    ),
    _document("parquet", b"P", re.compile(rb"PAR1").match),
    _document("arrow", b"A", re.compile(rb"ARROW1\0\0").match),
    # A stream begins with the length of its schema.
    _document(
        "arrow",
        b"\xff",
        re.compile(rb"\xff{4}..[\0-\x3f]\0[\x04-\x40]\0\0\0", re.DOTALL).match,
        most=_KEPT,
    ),
    _document(
        "r",
        b"RXBA",
        # In bytes, or in lines: its version and R's.
        re.compile(
            rb"(?:RD[AXB][23]\n)?(?:X\n\0\0\0[\2\3]|B\n[\2\3]\0\0\0|A\n[23]\n\d{5,6}\n\d{5,6}\n)"
        ).match,
        most=_KEPT,
    ),
    _document("hdf5", b"\x89M", _HDF5.match, most=_MEASURED),
    _document("matlab", b"M", re.compile(rb"MATLAB 5\.0 MAT-file").match, most=_MEASURED),
    # By its protocol and what most begin with; before there was one, a container or a tuple, whose
    # number Python 2 counts from one, of texts.
    _document(
        "pickle",
        b"\x80(]}c",
        re.compile(
            rb"\x80(?:[\2\3][\](}cNUXK\x8a]|[\4\5](?:\x95.{6}\0\0|[\]})]\x94))|\([ld]p[01]\n|[\]}]q[\0\1]"
            rb"|\({1,2}[\]}X](?:q[\0\1]|.{2}\0\0)|c(?:copy_?reg\n_reconstructor|pandas\.[\w.]+\n\w+)\n",
            re.DOTALL,
        ).match,
        most=_KEPT,
    ),
    _document("tnef", b"x", re.compile(rb"x\x9f>\"..\x01[\0-\x16]", re.DOTALL).match, most=_KEPT),
    _document("avro", b"O", re.compile(rb"Obj\x01").match),
    _document("plist", b"b", re.compile(rb"bplist0[0-9]").match),
    _document("statistical", b"$<H\0" + bytes(range(0x69, 0x74)), _STATISTICAL.match),
    _document("dbase", _DBASE_VERSIONS, _begins_dbase),
)
