"""Writing a file so that it is there whole, or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dlp.evidence.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["PARTIAL", "folder", "sync_folder", "whole_file", "write_whole"]

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


@contextmanager
def whole_file(path: Path, *, replace: bool) -> Iterator[IO[bytes]]:
    """Give a file to write that only its owner can read; at the end it is there whole and safe.

    Raises:
        FileExistsError: It is there already, and is not to be replaced.
        EvidenceError: It can't be written; nothing of it is left.
    """
    partial = path.with_name(f"{PARTIAL}{secrets.token_hex(8)}")
    try:
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if replace:
                partial.replace(path)
            else:
                # Unlike a rename, a link never takes the place of what another process made.
                os.link(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        sync_folder(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise EvidenceError(f"{path}: {error.strerror}") from None


def sync_folder(path: Path) -> None:
    """Make sure that what was made or removed in a folder stays so."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


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
    try:
        with whole_file(path, replace=replace) as file:
            for piece in pieces:
                file.write(piece)
    except FileExistsError:
        return False
    return True
