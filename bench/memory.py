"""How much memory a body that streams takes: `make bench ARGS="memory [MEBIBYTES [NAME…]]"`.

Ordinary orders, a MiB of them again and again, in each wrapping that streams, are inspected in
pieces of 64 KiB, each wrapping in a process of its own. What is told is the most that was resident
beyond what was once the first MiB had been inspected.
"""

from __future__ import annotations

import base64
import bz2
import io
import json
import lzma
import os
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path

import brotli
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


def zipped(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    del size
    sink = Sink()
    with (
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("orders.csv", "w", force_zip64=True) as member,
    ):
        for block in blocks:
            member.write(block)
            yield sink.rest()
    yield sink.rest()


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


def in_base64(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    del size
    for block in blocks:
        # Whole lines of 57 bytes, and no padding but in the end.
        yield base64.encodebytes(block[: len(block) // 57 * 57])


WAYS: dict[str, Packing] = {
    "as it is": as_it_is,
    "gzip": through(lambda: zlib.compressobj(wbits=31)),
    "br": through(lambda: brotli.Compressor(quality=3), "process", "finish"),
    "zstd": through(lambda: zstandard.ZstdCompressor().compressobj()),
    "lz4": lz4_frames,
    "bzip2": through(lambda: bz2.BZ2Compressor(1)),
    "xz": through(lambda: lzma.LZMACompressor(preset=0)),
    "zip": zipped,
    "tar": tarred,
    "multipart": form,
    "base64": in_base64,
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
        print(f"{name:12} {told[name]:5} MiB", flush=True)
    print(json.dumps({"mebibytes": mebibytes, "mebibytes_above_idle": told}))


if __name__ == "__main__":
    main(sys.argv[1:])
