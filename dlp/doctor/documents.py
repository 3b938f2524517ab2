"""Whether documents can be parsed on this machine, and what keeps their parsers in."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from dlp.doctor.check import Check, bad, note, ok
from dlp.extract.budget import UninspectableError
from dlp.parsers.frames import LAYERS
from dlp.parsers.pool import ParserError, ParserPool
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["documents"]

_CABINET = b"MSCF" + bytes(40)


def documents() -> Iterator[Check]:
    """Start a parser, and look at what it may do."""
    with closing(ParserPool()) as pool:
        try:
            without = _without_library(pool)
        except ParserError as error:
            advice = "messages with documents are refused; is there memory for another process?"
            yield bad("documents", str(error), advice)
            return
        missing = [said for bit, said in LAYERS.items() if not pool.layers & bit]
        if missing:
            yield note(
                "documents",
                f"parsed in processes that lack: {', '.join(missing)}",
                "SECURITY.md says what each needs: user namespaces, Landlock, seccomp",
            )
        else:
            yield ok("documents", "parsed in processes without network, files and other calls")
        if without:
            yield note(
                "libarchive",
                "not found: RAR, CAB and XAR archives are uninspectable",
                "install the package libarchive13",
            )


def _without_library(pool: ParserPool) -> bool:
    try:
        for _ in pool.parse("archive", _CABINET):
            pass
    except UninspectableError as error:
        return error.reason is Uninspectable.UNKNOWN_ENCODING
    return False
