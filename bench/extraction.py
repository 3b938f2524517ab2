"""How fast what wraps a body is undone, against the bare decompressor.

`python -m bench extraction [MEBIBYTES]`: a table of ordinary orders, in each wrapping, read through
`BodyReader` in pieces of 64 KiB. Times are of the processor, the best of three.
"""

from __future__ import annotations

import base64
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
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import brotli
import lz4.frame
import zstandard

from dlp.extract.body import BodyReader
from dlp.extract.budget import Budget

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
    "multipart": (form, "multipart/form-data; boundary=b", "", None),
    "base64": (base64.encodebytes, "", "", base64.b64decode),
    "hex": (lambda d: d.hex().encode(), "", "", lambda b: bytes.fromhex(b.decode())),
    "gzip in a form": (
        lambda d: form(gzip.compress(d)),
        "multipart/form-data; boundary=b",
        "",
        None,
    ),
}


def seconds(run: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best


def measure(size: int, ways: Iterable[str]) -> None:
    data = orders(size)
    plain = 0.0
    print(f"{'':16} {'packed':>9} {'bare':>9} {'read':>9} {'unpacking':>10}")
    for name in ways:
        pack, content_type, content_encoding, bare = WAYS[name]
        body = pack(data)
        took = seconds(partial(through, body, content_type, content_encoding))
        plain = plain or took
        alone = seconds(partial(bare, body)) if bare else 0.0
        bare_speed = f"{size / alone / 1e6:6.0f} MB/s"[:11] if alone else ""
        # What is left when the reading of the text itself is taken away.
        share = f"{alone / max(took - plain, 1e-9):.2f}" if alone else ""
        print(
            f"{name:16} {len(body) / 1e6:6.1f} MB {bare_speed:>11} {size / took / 1e6:4.0f} MB/s"
            f" {share:>9}"
        )


if __name__ == "__main__":
    measure(int(sys.argv[1]) << 20 if len(sys.argv) > 1 else 16 << 20, WAYS)
