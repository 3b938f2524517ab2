"""How fast what wraps a body is undone, against the bare decompressor.

`python -m bench extraction [MEBIBYTES [NAME…]]`: a table of ordinary orders, in each wrapping, read
through `BodyReader` in pieces of 64 KiB. Undone is the wrapping by itself, with nobody to read what
is in it. Times are of the processor, of the fastest of seven turns.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import io
import lzma
import random
import sys
import tarfile
import time
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from urllib.parse import quote_plus, unquote_to_bytes

import brotli
import lz4.frame
import zstandard

from dlp.extract.body import BodyReader, Segment, _is_known, _looks_meant, _read
from dlp.extract.budget import Budget
from dlp.extract.content import Opening

PIECE = 64 * 1024


def orders(size: int) -> bytes:
    source = random.Random(1)
    rows = []
    length = 0
    while length < size:
        row = (
            f"{source.randrange(10**9)};{source.random() * 500:.2f};Lyon;"
            f"2024-{source.randrange(1, 13):02d}-{source.randrange(1, 29):02d};livraison\n"
        )
        rows.append(row)
        length += len(row)
    return "".join(rows).encode()[:size]


def pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]


def through(body: bytes, content_type: str = "", content_encoding: str = "") -> int:
    reader = BodyReader(
        budget=Budget(), content_type=content_type, content_encoding=content_encoding
    )
    total = sum(len(s.data) for piece in pieces(body) for s in reader.feed(piece))
    return total + sum(len(s.data) for s in reader.finish())


def zipped(data: bytes, method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as writer:
        writer.writestr("orders.csv", data)
    return out.getvalue()


def tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as writer:
        info = tarfile.TarInfo("orders.csv")
        info.size = len(data)
        writer.addfile(info, io.BytesIO(data))
    return out.getvalue()


def form(data: bytes) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="orders.csv"\r\n\r\n'
    return head + data + b"\r\n--b--\r\n"


def mailed(data: bytes, encoding: str) -> bytes:
    packed = (
        base64.encodebytes(data) if encoding == "base64" else binascii.b2a_qp(data, istext=True)
    )
    head = f"MIME-Version: 1.0\nContent-Type: text/csv\nContent-Transfer-Encoding: {encoding}\n\n"
    return (head.encode() + packed).replace(b"\n", b"\r\n")


def uuencoded(data: bytes) -> bytes:
    lines = (binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45))
    return b"begin 644 orders.csv\n" + b"".join(lines) + b"`\nend\n"


def _uudecode(body: bytes) -> None:
    for line in body.split(b"\n")[1:-3]:
        binascii.a2b_uu(line)


def fed(make: Callable[[], object], method: str = "decompress") -> Callable[[bytes], None]:
    def run(body: bytes) -> None:
        feed = getattr(make(), method)
        for piece in pieces(body):
            feed(piece)

    return run


def _unzip(body: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.read("orders.csv")


def _untar(body: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(body), mode="r|") as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None
            file.read()


# How a body is wrapped, what says so, and the bare way to undo it.
WAYS: dict[str, tuple[Callable[[bytes], bytes], str, str, Callable[[bytes], object] | None]] = {
    "as it is": (bytes, "", "", None),
    "gzip": (gzip.compress, "", "", fed(lambda: zlib.decompressobj(31))),
    "br": (lambda d: brotli.compress(d, quality=4), "", "br", fed(brotli.Decompressor, "process")),
    "zstd": (zstandard.compress, "", "", fed(lambda: zstandard.ZstdDecompressor().decompressobj())),
    "lz4": (lz4.frame.compress, "", "", fed(lz4.frame.LZ4FrameDecompressor)),
    "bzip2": (bz2.compress, "", "", fed(bz2.BZ2Decompressor)),
    "xz": (lambda d: lzma.compress(d, preset=1), "", "", fed(lzma.LZMADecompressor)),
    "zip": (lambda d: zipped(d, zipfile.ZIP_DEFLATED), "", "", _unzip),
    "zip, stored": (lambda d: zipped(d, zipfile.ZIP_STORED), "", "", _unzip),
    "tar": (tarred, "", "", _untar),
    "multipart": (
        form,
        "multipart/form-data; boundary=b",
        "",
        lambda b: b.partition(b"\r\n\r\n")[2].partition(b"\r\n--b")[0],
    ),
    "base64": (base64.b64encode, "", "", base64.b64decode),
    "base64, lines": (base64.encodebytes, "", "", base64.b64decode),
    "base64, a mail": (lambda d: mailed(d, "base64"), "", "", base64.b64decode),
    "base32": (base64.b32encode, "", "", base64.b32decode),
    "hex": (lambda d: d.hex().encode(), "", "", lambda b: bytes.fromhex(b.decode())),
    "hex, lines": (lambda d: d.hex("\n", 32).encode(), "", "", lambda b: bytes.fromhex(b.decode())),
    "quoted-printable": (lambda d: mailed(d, "quoted-printable"), "", "", binascii.a2b_qp),
    "uuencode": (uuencoded, "", "", _uudecode),
    "percent": (
        lambda d: b"file=" + quote_plus(d).encode(),
        "application/x-www-form-urlencoded",
        "",
        unquote_to_bytes,
    ),
    "gzip in a form": (
        lambda d: form(gzip.compress(d)),
        "multipart/form-data; boundary=b",
        "",
        None,
    ),
}


def seconds(*runs: Callable[[], object]) -> list[float]:
    """Return how long each of some takes, of the fastest of seven turns."""
    best = [float("inf")] * len(runs)
    for _ in range(7):
        for place, run in enumerate(runs):
            start = time.process_time()
            run()
            best[place] = min(best[place], time.process_time() - start)
    return best


class Nothing:
    """Reads nothing of a body."""

    def feed(self, data: bytes) -> Iterator[Segment]:
        del data
        return iter(())

    def finish(self) -> Iterator[Segment]:
        return iter(())


def outside(body: bytes, content_type: str, content_encoding: str) -> None:
    """Undo a wrapping, and read nothing of what is in it."""
    budget = Budget()
    opening = Opening(
        path="body",
        depth=budget.depth,
        budget=budget,
        reader=lambda inner: _read(inner) if inner.depth == budget.depth else Nothing(),
        meant=_looks_meant,
        known=_is_known,
        content_type=content_type,
        content_encoding=content_encoding,
    )
    reader = _read(opening)
    for piece in pieces(body):
        deque(reader.feed(piece), maxlen=0)
    deque(reader.finish(), maxlen=0)


def measure(size: int, ways: Iterable[str]) -> None:
    data = orders(size)
    print(f"{'':16} {'packed':>9} {'bare':>9} {'undone':>9} {'to bare':>8} {'read':>9}")
    for name in ways:
        pack, content_type, content_encoding, bare = WAYS[name]
        body = pack(data)
        undone, read, *rest = seconds(
            partial(outside, body, content_type, content_encoding),
            partial(through, body, content_type, content_encoding),
            *([partial(bare, body)] if bare else []),
        )
        bare_speed = f"{size / rest[0] / 1e6:.0f} MB/s" if rest else ""
        share = f"{rest[0] / undone:.2f}" if rest else ""
        print(
            f"{name:16} {len(body) / 1e6:6.1f} MB {bare_speed:>9} {size / undone / 1e6:4.0f} MB/s"
            f" {share:>8} {size / read / 1e6:4.0f} MB/s"
        )


if __name__ == "__main__":
    measure(int(sys.argv[1]) << 20 if len(sys.argv) > 1 else 16 << 20, sys.argv[2:] or WAYS)
