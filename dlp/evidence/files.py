"""Writing a file so that it is there whole, or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from dlp.evidence.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PARTIAL", "folder", "write_whole"]

PARTIAL = ".partial-"


def folder(path: Path) -> Path:
    """Make a folder that only its owner can read, if it is not there.

    Raises:
        EvidenceError: It can't be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EvidenceError(f"{path}: {error.strerror}") from None
    return path


def write_whole(path: Path, pieces: Iterable[bytes], *, replace: bool) -> bool:
    """Write a file that only its owner can read, all of it or nothing, and safe on the disk.

    Args:
        path: The file.
        pieces: Its content.
        replace: Whether a file that is there already is replaced, or wins.

    Returns:
        Whether the file is now this one.

    Raises:
        EvidenceError: It can't be written; nothing of it is left.
    """
    partial = path.with_name(f"{PARTIAL}{secrets.token_hex(8)}")
    try:
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            if replace:
                partial.replace(path)
            else:
                # Unlike a rename, a link never takes the place of what another process made.
                os.link(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except FileExistsError:
        return False
    except OSError as error:
        raise EvidenceError(f"{path}: {error.strerror}") from None
    return True
