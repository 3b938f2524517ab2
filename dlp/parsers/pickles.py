"""Pickles of Python, as the tables, objects and lists they stand for.

Nothing is executed: of what a pickle says is to be called, only the arguments are kept, which is
where the values are. `pickletools` of the standard library reads the operations, and says what each
does. Arrays of NumPy, frames of pandas and their strings in Arrow's buffers are put together.
"""

from __future__ import annotations

import io
import pickletools
from typing import TYPE_CHECKING

from dlp.parsers.dataframes import plain
from dlp.parsers.machine import Machine
from dlp.parsers.plainly import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.extract.parts import Part

__all__ = ["parse"]

# What another one begins with: the number of its protocol, or, before that, a container.
_BEGINS = b"\x80(]}c"


def parse(document: bytes) -> Iterator[Part]:
    """Yield what pickles hold that stand one behind the other; a damaged one is the last."""
    stream = io.BytesIO(document)
    while (first := stream.read(1)) and first in _BEGINS:
        stream.seek(-1, io.SEEK_CUR)
        machine = Machine()
        ended = False
        try:
            for operation, argument, _ in pickletools.genops(stream):
                machine.do(operation.name, argument)
            ended = True
        except (ValueError, IndexError, KeyError, TypeError, AttributeError):
            # Its bytes are read as they are, too.
            pass
        for value in machine.stack:
            yield from told(plain(value))
        if not ended:
            return
