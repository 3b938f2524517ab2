"""Writes compound files by their specification (MS-CFB): olefile only reads them."""

from __future__ import annotations

import struct
from itertools import pairwise

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(streams: dict[str, bytes]) -> bytes:
    """Return a file with these streams; a slash in a name makes a storage."""
    # Small streams would go elsewhere.
    padded = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    storages = sorted({name.partition("/")[0] for name in padded if "/" in name})
    sectors: list[bytes] = []
    fat: list[int] = []

    def put(content: bytes) -> int:
        start = len(sectors)
        pieces = [
            content[i : i + SECTOR].ljust(SECTOR, b"\0") for i in range(0, len(content), SECTOR)
        ]
        sectors.extend(pieces)
        fat.extend([*range(start + 1, start + len(pieces)), END])
        return start

    entries: list[tuple[str, int, int, int, int]] = []  # name, kind, child, start, size
    top: list[int] = []
    chains = [top]
    for storage in storages:
        inside = []
        for name, content in padded.items():
            if name.startswith(storage + "/"):
                entries.append((name.partition("/")[2], 2, FREE, put(content), len(content)))
                inside.append(len(entries))
        entries.append((storage, 1, inside[0], 0, 0))
        top.append(len(entries))
        chains.append(inside)
    for name, content in padded.items():
        if "/" not in name:
            entries.append((name, 2, FREE, put(content), len(content)))
            top.append(len(entries))
    following: dict[int, int] = {}
    for chain in chains:
        following |= dict(pairwise(chain))
    directory = _entry("Root Entry", 5, FREE, top[0], END, 0)
    for number, (name, kind, child, start, size) in enumerate(entries, 1):
        directory += _entry(name, kind, following.get(number, FREE), child, start, size)
    begins = put(directory)
    count = (len(fat) + 1 + 127) // 128 + 1
    fat += [FAT] * count
    table = b"".join(struct.pack("<L", one) for one in fat)
    places = [len(sectors) + i for i in range(count)]
    table = table.ljust(count * SECTOR, b"\xff")
    head = struct.pack(
        "<8s16sHHHHH6xLLLLLLLLL",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6),
        *(0, count, begins, 0, 4096, END, 0, END, 0),
    )
    head += b"".join(struct.pack("<L", place) for place in places)
    return head.ljust(SECTOR, b"\xff") + b"".join(sectors) + table


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    wide = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBLLL16xL16xLQ", wide, len(wide), kind, 1, FREE, right, child, 0, start, size
    )
