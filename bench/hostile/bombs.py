"""What little bodies that unpack to much cost: `make bench ARGS="bombs [NAME…]"`.

Each is inspected under the limits as shipped, in a process of its own: what it amounts to, how long
that takes, and the most memory beyond what was resident before. A verdict has to fall within the
time that an inspection may take, and a bomb has to be found to be one.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import sys
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import repeat
from multiprocessing import get_context

import brotli
import cbor2
import lz4.frame
import zstandard

from bench.memory import MEBIBYTE, resident
from bench.patients import leak_csv
from dlp.inspection import Core, Inspection
from dlp.parsers.pool import ParserPool
from dlp.policy.load import preset
from dlp.settings import Settings
from dlp.types import Uninspectable

PIECE = 64 * 1024
ZEROS = bytes(MEBIBYTE)


def packed(packer: object, mebibytes: int, add: str = "compress", end: str = "flush") -> bytes:
    """Return so many zeros, compressed."""
    parts = [getattr(packer, add)(ZEROS) for _ in range(mebibytes)]
    return b"".join([*parts, getattr(packer, end)()])


def deflated(mebibytes: int, wbits: int = 31) -> bytes:
    return packed(zlib.compressobj(9, wbits=wbits), mebibytes)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as writer:
        for name, content in members.items():
            writer.writestr(name, content)
    return out.getvalue()


def many_in_zip() -> Iterator[bytes]:
    """A million members, each of them empty."""
    name = struct.Struct("<4s5H3L2H8s")
    for number in range(1_000_000):
        yield name.pack(b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, 8, 0, b"%08d" % number)


def many_in_tar() -> Iterator[bytes]:
    member = tarfile.TarInfo("a").tobuf()
    return repeat(member, 1_000_000)


def nest(depth: int, copies: int) -> bytes:
    """What 42.zip is: archives in archives."""
    body = zipped({"a": bytes(16 * MEBIBYTE)})
    for _ in range(depth):
        body = zipped({f"{n}.zip": body for n in range(copies)})
    return body


def deep(pack: Callable[[bytes], bytes], times: int) -> bytes:
    body = b"nothing"
    for _ in range(times):
        body = pack(body)
    return body


def entities() -> bytes:
    """A billion laughs, and the leak that they would hide."""
    names = [f"<!ENTITY l{n} '{f'&l{n - 1};' * 10 if n else 'ha'}'>" for n in range(10)]
    return f"<?xml version='1.0'?><!DOCTYPE x [{''.join(names)}]><x>&l9;</x>".encode()


def document(part: str, content: bytes) -> bytes:
    return zipped({"[Content_Types].xml": b"<Types/>", part: content})


def pdf(*objects: str) -> bytes:
    """A file of some objects, the first its catalog; nothing says where they are."""
    body = "".join(f"{n} 0 obj\n{one}\nendobj\n" for n, one in enumerate(objects, 1))
    return f"%PDF-1.7\n{body}trailer\n<</Root 1 0 R /Size {len(objects) + 1}>>\n%%EOF".encode()


def pdf_streams(times: int) -> bytes:
    """Contents of a page that zlib wrapped so many times around zeros."""
    data = deflated(64, zlib.MAX_WBITS)
    for _ in range(times - 1):
        data = zlib.compress(data, 9)
    filters = "[" + "/FlateDecode " * times + "]"
    head = pdf(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
    )
    stream = f"4 0 obj\n<</Length {len(data)}/Filter{filters}>>\nstream\n".encode() + data
    return head.replace(b"trailer", stream + b"\nendstream\nendobj\ntrailer")


def chunk(kind: bytes, data: bytes, length: int | None = None) -> bytes:
    size = len(data) if length is None else length
    return struct.pack(">L", size) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


PNG = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2L5B", 9, 9, 8, 2, 0, 0, 0))
CATALOG = "<</Type/Catalog/Pages 2 0 R>>"
LEAK = leak_csv(50)

type Made = bytes | Iterator[bytes]

#: Name -> the body, and whether it is too much for anybody; else it is read, or damaged.
BOMBS: dict[str, tuple[Callable[[], Made], bool]] = {
    "gzip, 1030:1": (lambda: deflated(2048), True),
    "gzip in gzip, 4 GiB": (lambda: gzip.compress(deflated(4096)), True),
    "gzip in gzip in gzip": (lambda: gzip.compress(gzip.compress(deflated(4096))), True),
    "bzip2, 617,284:1": (lambda: packed(bz2.BZ2Compressor(), 45) * 100, True),
    "br, 625,000:1": (lambda: packed(brotli.Compressor(), 2048, "process", "finish"), True),
    "zstd": (lambda: packed(zstandard.ZstdCompressor(19).compressobj(), 2048), True),
    "lz4": (lambda: lz4.frame.compress(bytes(256 * MEBIBYTE)) * 8, True),
    "xz": (lambda: packed(lzma.LZMACompressor(), 2048), True),
    "zip of a gigabyte and more": (lambda: zipped({"a": bytes(1280 * MEBIBYTE)}), True),
    "42.zip": (lambda: nest(5, 16), True),
    "gzip a hundred deep": (lambda: deep(gzip.compress, 100), True),
    "zip a hundred deep": (lambda: deep(lambda d: zipped({"a": d}), 100), True),
    "zip of a million members": (many_in_zip, True),
    "tar of a million members": (many_in_tar, True),
    "picture with texts of 4 GiB": (
        lambda: PNG + chunk(b"zTXt", b"a\0\0" + deflated(1024, 15)) * 4,
        True,
    ),
    "a billion laughs": (lambda: entities() + LEAK, False),
    "a billion laughs, docx": (lambda: document("word/document.xml", entities()), False),
    "a billion laughs, xlsx": (lambda: document("xl/workbook.xml", entities()), False),
    "docx of a gigabyte": (lambda: document("word/document.xml", bytes(1280 * MEBIBYTE)), True),
    "XML a million deep": (lambda: b"<?xml version='1.0'?>" + b"<a>" * 1_000_000, False),
    "JSON a million deep": (lambda: b'{"a":' * 1_000_000, False),
    "CBOR a million deep": (lambda: b"\x81" * 1_000_000, False),
    "CBOR, 2^64 items": (lambda: b"\x9b" + b"\xff" * 8 + cbor2.dumps(["a"] * 9), False),
    "mail a thousand deep": (
        lambda: b"Content-Type: message/rfc822\r\nSubject: a\r\n\r\n" * 1000 + LEAK,
        True,
    ),
    "PDF, pages in a ring": (
        lambda: pdf(CATALOG, "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2000000000>>"),
        False,
    ),
    "PDF, tables in a ring": (
        lambda: pdf(CATALOG, "<</Type/Pages/Kids[]/Count 0>>").replace(
            b"trailer\n<<", b"xref\n0 0\ntrailer\n<</Prev 150 "
        ),
        False,
    ),
    "PDF, arrays a million deep": (lambda: pdf(CATALOG, "[" * 1_000_000), False),
    "PDF, bookmarks in a ring": (
        lambda: pdf(
            "<</Type/Catalog/Pages 2 0 R/Outlines 3 0 R>>",
            "<</Type/Pages/Kids[]/Count 0>>",
            "<</First 4 0 R/Last 4 0 R>>",
            "<</Title(a)/Parent 3 0 R/Next 4 0 R/First 4 0 R/Last 4 0 R>>",
        ),
        False,
    ),
    "PDF, streams in streams": (lambda: pdf_streams(3), False),
    "RTF a million deep": (lambda: b"{\\rtf1" + b"{\\b" * 1_000_000, False),
    "zip that says 4 GiB": (
        lambda: (
            struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, *((1 << 32) - 2,) * 2, 1, 0)
            + b"a"
            + LEAK
        ),
        False,
    ),
    "tar that says 8 GiB": (
        lambda: tarfile.TarInfo("a").tobuf().replace(b"00000000000\0", b"77777777777\0", 1) + LEAK,
        False,
    ),
    "picture that says 4 GiB": (lambda: PNG + chunk(b"tEXt", LEAK, (1 << 32) - 1), False),
    "git, 2^32 objects": (
        lambda: b"PACK\0\0\0\2" + b"\xff" * 4 + b"\x30" + zlib.compress(b""),
        False,
    ),
    "a table of 2^32 rows": (
        lambda: document(
            "xl/worksheets/sheet1.xml",
            b'<worksheet><dimension ref="A1:XFD1048576"/><sheetData><row r="1048576">'
            b'<c r="XFD1048576" t="inlineStr"><is><t>a</t></is></c></row></sheetData></worksheet>',
        ),
        False,
    ),
}


def cost(name: str) -> tuple[str, float, float]:
    """Return what a bomb amounts to, the seconds of that, and MiB of memory."""
    make, _ = BOMBS[name]
    made = make()
    pool = ParserPool()
    core = Core.build(policy=preset("balanced"), key=b"bench" * 4, parsers=pool)
    core.detectors.warm()
    idle = most = resident()
    started = time.monotonic()
    # Without a head of its own, brotli is only known by its name.
    inspection = Inspection(core, content_encoding="br" if name.startswith("br,") else "")
    for part in _pieces(made):
        inspection.feed(part)
        most = max(most, resident())
        if inspection.verdict() is not None:
            break
    result = inspection.finish()
    taken = time.monotonic() - started
    pool.close()
    said = result.evidence.uninspectable or result.verdict.rule
    return str(said), round(taken, 2), round((max(most, resident()) - idle) / MEBIBYTE, 1)


def _pieces(made: Made) -> Iterator[bytes]:
    if isinstance(made, bytes):
        yield from (made[at : at + PIECE] for at in range(0, len(made), PIECE))
        return
    held: list[bytes] = []
    for one in made:
        held.append(one)
        if len(held) * len(one) >= PIECE:
            yield b"".join(held)
            held.clear()
    yield b"".join(held)


def main(arguments: list[str]) -> None:
    allowed = Settings().inspect_timeout
    told, failed = {}, []
    for name in arguments or BOMBS:
        with get_context("spawn").Pool(1) as pool:
            said, seconds, mebibytes = told[name] = pool.apply(cost, (name,))
        wrong = seconds > allowed or (BOMBS[name][1] and said != Uninspectable.BUDGET)
        failed += [name] if wrong else []
        print(f"{name:30} {said:32} {seconds:7.2f} s {mebibytes:7.1f} MiB", flush=True)
    print(json.dumps(told))
    if failed:
        sys.exit(f"not told in time, or not told at all: {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
