"""What takes no time to inspect, so that it need not wait for what does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn

    from addons.messages import Message
    from dlp.inspection import Core

__all__ = [
    "LIGHT",
    "QUICK",
    "UNPACKED",
    "WouldWaitError",
    "bounded",
    "is_bounded",
    "is_light",
]

# Inspected where it stands, if it unpacks to as little: a thread's hand-over would cost more than
# the inspection, which takes less than a millisecond for ordinary content.
LIGHT = 16 * 1024
# Digits that may be numbers take a hundred times as long, while all others would wait.
DIGITS = 2 * 1024
# Inspected by threads of their own, if it unpacks to no more: a few bytes may unpack to a gigabyte,
# and two of that kind would hold up everybody for a minute.
QUICK = 64 * 1024
UNPACKED = 256 * 1024


class WouldWaitError(Exception):
    """A small message takes long: it holds a document, or unpacks to a large one."""


class _NoWaiting:
    """Stands for the parsers where nothing may wait."""

    def parse(self, kind: str, document: bytes) -> NoReturn:
        """Say that this takes a thread."""
        raise WouldWaitError(kind, len(document))


def bounded(core: Core, output: int) -> Core:
    """Return a core with which nothing takes long: `WouldWaitError` says what would."""
    limits = replace(core.limits, output=output)
    return replace(core, parsers=_NoWaiting(), limits=limits)


def is_bounded(core: Core) -> bool:
    """Tell whether a core is such a one."""
    return isinstance(core.parsers, _NoWaiting)


def is_light(message: Message) -> bool:
    """Tell whether a message is read in no time, as far as can be seen from outside."""
    head = "".join(text for _, text in message.head).encode("utf-8", "replace")
    texts = (head, message.body)
    return sum(map(len, texts)) <= LIGHT and sum(map(_digits, texts)) <= DIGITS


def _digits(text: bytes) -> int:
    return len(text) - len(text.translate(None, b"0123456789"))
