"""How much memory a body that streams takes: `make bench ARGS="memory [MEBIBYTES [NAME…]]"`.

Ordinary orders, a MiB of them again and again, in each wrapping that streams, are inspected in
pieces of 64 KiB, each wrapping in a process of its own. What is told is the most that was resident
beyond what was once the first MiB had been inspected.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import io
import json
import lzma
import os
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path

import brotli
import inflate64
import lz4.frame
import zstandard

from bench.extraction import orders
from dlp.extract.budget import Limits
from dlp.inspection import Core, Inspection
from dlp.policy.load import preset

PIECE = 64 * 1024
MEBIBYTE = 1 << 20

type Packing = Callable[[Iterator[bytes], int], Iterator[bytes]]


def as_it_is(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    del size
    return blocks


def through(make: Callable[[], object], add: str = "compress", end: str = "flush") -> Packing:
    def packed(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
        del size
        packer = make()
        for block in blocks:
            yield getattr(packer, add)(block)
        yield getattr(packer, end)()

    return packed


def lz4_frames(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    del size
    packer = lz4.frame.LZ4FrameCompressor()
    yield packer.begin()
    yield from map(packer.compress, blocks)
    yield packer.flush()


class Sink(io.RawIOBase):
    """Takes what is written, and can't go back."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.taken.append(bytes(data))
        return len(data)

    def rest(self) -> bytes:
        taken = b"".join(self.taken)
        self.taken.clear()
        return taken


def zipped(method: int) -> Packing:
    def packed(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
        del size
        sink = Sink()
        with (
            zipfile.ZipFile(sink, "w", method, compresslevel=1) as archive,
            archive.open("orders.csv", "w", force_zip64=True) as member,
        ):
            for block in blocks:
                member.write(block)
                yield sink.rest()
        yield sink.rest()

    return packed


def zip_of(method: int, make: Callable[[], object], add: str, end: str) -> Packing:
    """Return what writes an archive by a method that the standard library does not know."""

    def packed(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
        name, crc, packed, packer = b"orders.csv", 0, 0, make()
        same = struct.pack("<4H", 8, method, 0, 0)
        head = b"PK\3\4" + struct.pack("<H", 63) + same
        yield head + struct.pack("<3L2H", 0, 0, 0, len(name), 0) + name
        for block in blocks:
            crc = zlib.crc32(block, crc)
            piece = getattr(packer, add)(block)
            packed += len(piece)
            yield piece
        piece = getattr(packer, end)()
        sizes = struct.pack("<3L", crc, packed + len(piece), size)
        yield piece + b"PK\7\10" + sizes
        entry = b"PK\1\2" + struct.pack("<2H", 63, 63) + same + sizes
        entry += struct.pack("<5H2L", len(name), 0, 0, 0, 0, 0, 0) + name
        place = len(head) + 16 + len(name) + packed + len(piece) + 16
        yield entry + b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 1, 1, len(entry), place, 0)

    return packed


def tarred(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    info = tarfile.TarInfo("orders.csv")
    info.size = size
    yield info.tobuf()
    yield from blocks
    yield b"\0" * (-size % 512 + 1024)


def form(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    del size
    yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="orders.csv"\r\n\r\n'
    yield from blocks
    yield b"\r\n--b--\r\n"


def tar_in(packing: Packing) -> Packing:
    return lambda blocks, size: packing(tarred(blocks, size), size)


def written(head: bytes, encode: Callable[[bytes], bytes]) -> Packing:
    def packed(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
        del size
        yield head
        for block in blocks:
            # Whole lines of 57 bytes, and no padding but in the end.
            yield encode(block[: len(block) // 57 * 57])

    return packed


def uuencoded(block: bytes) -> bytes:
    return b"".join(binascii.b2a_uu(block[at : at + 45]) for at in range(0, len(block), 45))


GZIP = through(lambda: zlib.compressobj(wbits=31))
BZIP2 = through(lambda: bz2.BZ2Compressor(1))
XZ = through(lambda: lzma.LZMACompressor(preset=0))
ZSTD = through(lambda: zstandard.ZstdCompressor().compressobj())
WAYS: dict[str, Packing] = {
    "as it is": as_it_is,
    "gzip": GZIP,
    "br": through(lambda: brotli.Compressor(quality=3), "process", "finish"),
    "zstd": ZSTD,
    "lz4": lz4_frames,
    "bzip2": BZIP2,
    "xz": XZ,
    "zip": zipped(zipfile.ZIP_DEFLATED),
    "zip, stored": zipped(zipfile.ZIP_STORED),
    "zip, bzip2": zipped(zipfile.ZIP_BZIP2),
    "zip, lzma": zipped(zipfile.ZIP_LZMA),
    "zip, deflate64": zip_of(9, inflate64.Deflater, "deflate", "flush"),
    "zip, zstd": zip_of(93, lambda: zstandard.ZstdCompressor().compressobj(), "compress", "flush"),
    "zip, xz": zip_of(95, lambda: lzma.LZMACompressor(preset=0), "compress", "flush"),
    "tar": tarred,
    "tar, gzip": tar_in(GZIP),
    "tar, bzip2": tar_in(BZIP2),
    "tar, xz": tar_in(XZ),
    "tar, zstd": tar_in(ZSTD),
    "multipart": form,
    "base64": written(b"", base64.b64encode),
    "base64, lines": written(b"", base64.encodebytes),
    "base64, a mail": written(
        b"MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n", base64.encodebytes
    ),
    "base32": written(b"", lambda block: base64.b32encode(block[: len(block) // 5 * 5])),
    "hex": written(b"", binascii.hexlify),
    "quoted-printable": written(
        b"MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n",
        lambda block: binascii.b2a_qp(block, istext=True),
    ),
    "uuencode": written(b"begin 644 orders.csv\n", uuencoded),
}


def resident() -> int:
    """Return the bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def grown(name: str, mebibytes: int) -> float:
    """Inspect a body in a wrapping, and return the MiB that took."""
    core = Core.build(
        policy=preset("balanced"), key=b"bench" * 4, limits=Limits(output=mebibytes << 21)
    )
    core.detectors.warm()
    block = orders(MEBIBYTE)
    inspection = Inspection(
        core,
        content_encoding="br" if name == "br" else "",
        content_type="multipart/form-data; boundary=b" if name == "multipart" else "",
    )
    idle = most = 0
    for part in WAYS[name]((block for _ in range(mebibytes)), mebibytes << 20):
        stream = io.BytesIO(part)
        while piece := stream.read(PIECE):
            inspection.feed(piece)
            now = resident()
            idle = idle or now
            most = max(most, now)
    verdict = inspection.finish()
    assert not verdict.verdict.action.stops, verdict
    return round((max(most, resident()) - idle) / MEBIBYTE, 1)


def main(arguments: list[str]) -> None:
    mebibytes = int(arguments[0]) if arguments else 1024
    told = {}
    for name in arguments[1:] or WAYS:
        with get_context("spawn").Pool(1) as pool:
            told[name] = pool.apply(grown, (name, mebibytes))
        print(f"{name:16} {told[name]:5} MiB", flush=True)
    print(json.dumps({"mebibytes": mebibytes, "mebibytes_above_idle": told}))


if __name__ == "__main__":
    main(sys.argv[1:])
