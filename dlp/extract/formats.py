"""The one table of what a body can turn out to be by its first bytes.

A new format is a module with its reader and a row here; the first row that fits wins. What no row
fits is text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.extract.bson import Bson, begins_bson
from dlp.extract.codings import MAGICS, Skipped, Unpacked, begins_skippable, begins_zlib
from dlp.extract.compressed import make_brotli, make_deflate
from dlp.extract.content import ANY, SNIFF, Content, Format, Opening
from dlp.extract.documents import DOCUMENTS
from dlp.extract.encrypted import ENCRYPTED
from dlp.extract.gbak import Gbak, begins_gbak
from dlp.extract.git import Bundle, Pack, Push, begins_bundle, begins_pack, begins_push
from dlp.extract.gitobjects import GitObject, begins_object
from dlp.extract.h2 import H2, begins_h2
from dlp.extract.innodb import Innodb, begins_innodb
from dlp.extract.java import Java, begins_java
from dlp.extract.lmdb import Lmdb, begins_lmdb
from dlp.extract.mail import Mail, Mbox, begins_http, begins_mail, begins_mbox
from dlp.extract.mime import Multipart, begins_multipart
from dlp.extract.mssql import Mssql, begins_mssql
from dlp.extract.npy import Npy, begins_npy
from dlp.extract.office import OFFICE, open_zip_or_office
from dlp.extract.packed import begins_cbor, begins_msgpack, open_cbor, open_msgpack
from dlp.extract.pgdump import PgDump, begins_pgdump
from dlp.extract.png import PngReader, begins_png
from dlp.extract.postgresql import Postgresql, begins_postgresql
from dlp.extract.protobuf import (
    TAGS,
    TYPES,
    Protobuf,
    begins_delimited,
    begins_frames,
    begins_protobuf,
    open_delimited,
    open_frames,
)
from dlp.extract.redis import Redis, begins_redis
from dlp.extract.snappy import FRAMES, Snappy
from dlp.extract.tar import TarReader, begins_tar
from dlp.extract.unknown import UNREAD, begins_brotli, begins_deflate
from dlp.extract.zip import begins_zip

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.extract.compressed import Decompressor

__all__ = ["FORMATS", "KINDS", "SNIFF", "recognise"]

_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_MSGPACK = ("application/msgpack", "application/x-msgpack", "application/vnd.msgpack")


def _compressed(
    name: str,
    begins: Callable[[bytes], object],
    make: Callable[[], Decompressor],
    *,
    binary: bool,
    first: bytes = ANY,
) -> Format:
    def unpacked(opening: Opening) -> Content:
        inner = opening._replace(content_type="")
        return Unpacked(make(), inner.body(), opening.budget)

    return Format(name, begins, unpacked, binary=binary, first=first)


def _open_snappy(opening: Opening) -> Content:
    return Snappy(opening, opening._replace(content_type="").body())


FORMATS: tuple[Format, ...] = (
    # bzip2 begins with letters, and deflate can be made to write nothing else.
    *(
        _compressed(name, magic.match, make, binary=name != "bzip2", first=first)
        for name, first, magic, make in MAGICS
    ),
    _compressed(
        "zlib",
        lambda head: begins_zlib(head, whole=len(head) < SNIFF),
        make_deflate,
        binary=False,
        first=b"x",
    ),
    Format(
        "snappy", lambda head: head.startswith(FRAMES), _open_snappy, binary=True, first=FRAMES[:1]
    ),
    Format("zip", begins_zip, open_zip_or_office, first=b"P"),
    ENCRYPTED,
    Format("frame", begins_skippable, Skipped, binary=True, first=bytes(range(0x50, 0x60))),
    Format("tar", begins_tar, TarReader, least=SNIFF),
    Format("git", begins_push, Push, first=b"0123456789abcdef"),
    Format("git", begins_bundle, Bundle, first=b"#"),
    Format("git", begins_pack, Pack, binary=True, first=b"P"),
    Format("git", begins_object, GitObject, first=b"ctb"),
    Format("multipart", begins_multipart, Multipart, types=("multipart/",), first=b"- \t\n\r\f\v"),
    Format(
        "mail",
        begins_mail,
        Mail,
        types=("message/rfc822", "message/global"),
        first=_LETTERS + _LETTERS.upper(),
    ),
    Format("mbox", begins_mbox, Mbox, types=("application/mbox",), first=b"F"),
    Format("http", begins_http, Mail, types=("application/http", "message/http"), first=b"GPDHO"),
    *DOCUMENTS,
    *UNREAD,
    Format("png", begins_png, PngReader, binary=True, first=b"\x89"),
    Format("npy", begins_npy, Npy, binary=True, first=b"\x93"),
    Format("pgdump", begins_pgdump, PgDump, binary=True, first=b"P"),
    Format("mssql", begins_mssql, Mssql, binary=True, first=b"\1T"),
    Format("innodb", begins_innodb, Innodb, binary=True),
    Format("lmdb", begins_lmdb, Lmdb, binary=True),
    Format("redis", begins_redis, Redis, binary=True, first=b"R"),
    Format("h2", begins_h2, H2, first=b"H"),
    Format("gbak", begins_gbak, Gbak, binary=True, first=b"\0"),
    Format("postgresql", begins_postgresql, Postgresql, binary=True),
    Format("java", begins_java, Java, binary=True, first=b"\xac"),
    Format(
        "msgpack",
        begins_msgpack,
        open_msgpack,
        types=_MSGPACK,
        first=bytes((*range(0x80, 0xA0), *range(0xDC, 0xE0))),
    ),
    Format(
        "cbor",
        begins_cbor,
        open_cbor,
        types=("application/cbor",),
        first=bytes((*range(0x80, 0xC0), 0xD9)),
    ),
    Format("bson", begins_bson, Bson, types=("application/bson",)),
    Format("grpc", begins_frames, open_frames, first=b"\0\1"),
    Format("protobuf", begins_protobuf, Protobuf, types=TYPES, first=TAGS),
    Format("protobuf", begins_delimited, open_delimited, binary=True),
    _compressed("br", begins_brotli, make_brotli, binary=True),
    _compressed("deflate", begins_deflate, make_deflate, binary=True),
)


_PRINTABLE = bytes([9, 10, 12, 13, *range(0x20, 0x7F)])
# Fewer bytes than some rows need, as of many a word that decodes to something.
_FEW = 128
# Rows by whether a body is text in ASCII, whether it is so short, and its first byte: most have one
# of their own.
_ROWS = {
    (is_text, is_short): tuple(
        tuple(
            one
            for one in FORMATS
            if byte in one.first
            and not (is_text and one.binary)
            and not (is_short and one.least > _FEW)
        )
        for byte in range(256)
    )
    for is_text in (False, True)
    for is_short in (False, True)
}
_TYPES = tuple(name for one in FORMATS for name in one.types)

# What rules may ask for; a frame to be skipped is nothing by itself.
KINDS = frozenset({one.name for one in FORMATS} - {"frame"} | {OFFICE})


def recognise(head: bytes, content_type: str) -> Format | None:
    """Return the format of a body that begins with `head` and is said to be of a type."""
    if not head:
        return None
    # Most bodies are text in ASCII; of the others' signs there are as many as rows.
    is_text = head.isascii() and not head.translate(None, _PRINTABLE)
    rows = _ROWS[is_text, len(head) <= _FEW][head[0]]
    if content_type and (named := content_type.strip().lower()).startswith(_TYPES):
        likely = (one for one in FORMATS if one in rows or named.startswith(one.types))
        return next((o for o in likely if o.begins(head) or named.startswith(o.types)), None)
    for one in rows:
        if one.begins(head):
            return one
    return None
