"""A progress bar on a terminal."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["bar"]

# Seconds between two looks of it.
REFRESH = 0.2


@contextmanager
def bar(total: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on standard error; what is yielded takes the bytes of each file done."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    # Refreshed from here: a thread would not live well with processes that are forked.
    shown = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files, {task.fields[megabytes]:.0f} MB"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
    task = shown.add_task("", total=total, megabytes=0.0)
    refreshed = 0.0
    size = 0

    def done(more: int) -> None:
        nonlocal refreshed, size
        size += more
        shown.update(task, advance=1, megabytes=size / 1e6)
        if time.monotonic() - refreshed > REFRESH:
            refreshed = time.monotonic()
            shown.refresh()

    with shown:
        yield done
