"""What goes over the wire between the proxy and a process that parses.

The proxy sends the document's length and bytes; pieces of what is in it come back, then how it
ended. A process that was taken over by what it parsed can say what it wants here, so the proxy
checks all of it.
"""

from __future__ import annotations

import re
import struct

__all__ = [
    "BEGUN",
    "END",
    "HEADER",
    "LAYERS",
    "LENGTH",
    "MEMBER",
    "NAME",
    "PIECE",
    "REFUSED",
    "TEXT",
]

LENGTH = struct.Struct("!Q")
# Kind of frame; whether the part ends with it, or, of the first, which layers are up; bytes of the
# part's name; bytes of the piece.
HEADER = struct.Struct("!cBHI")
# What keeps a process in, by bits.
LAYERS = {1: "no network", 2: "no files", 4: "no other calls"}
BEGUN, TEXT, MEMBER, END, REFUSED = b"b", b"t", b"m", b"e", b"r"
# Largest piece.
PIECE = 1 << 18
# Names become part of paths, which are shown and logged: no words of a document can be in them.
NAME = re.compile(r"(?=.)(?:[a-z][a-z -]{0,30})?\d{0,7}(?:\.[a-z][a-z0-9]{0,5})?(?: name)?")
