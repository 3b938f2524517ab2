"""Carries events to one receiver from a bounded queue, in a thread that nobody waits for."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlp.siem.receivers import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dlp.siem.receivers import Receiver

__all__ = ["Courier", "Event"]

# Seconds to wait after a failure: the first, then twice as long each time, up to the last.
FIRST_WAIT = 0.5
LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Event:
    """One event, ready to be sent.

    Attributes:
        at: When it happened.
        kind: What it is, in a word without spaces.
        text: The event in the receiver's format.
        alert: Whether something was stopped.
    """

    at: datetime
    kind: str
    text: str
    alert: bool


class Courier:
    """Delivers in order, tries again until it is delivered, and drops what has no place to wait.

    Args:
        receiver: Takes events.
        size: Events that may wait.
        count: Told what became of an event: `sent`, `retried`, `refused`, `dropped`.
        first_wait: Seconds to wait after a first failure.
    """

    def __init__(
        self,
        receiver: Receiver,
        *,
        size: int,
        count: Callable[[str], None],
        first_wait: float = FIRST_WAIT,
    ) -> None:
        self._receiver = receiver
        self._queue: queue.Queue[Event] = queue.Queue(size)
        self._count = count
        self._first_wait = first_wait
        self._stopping = threading.Event()
        self._deadline = float("inf")
        self._thread = threading.Thread(target=self._run, name="siem", daemon=True)
        self._thread.start()

    def offer(self, event: Event) -> None:
        """Take an event, or drop it where too many wait; returns at once."""
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            self._count("dropped")

    def close(self, seconds: float) -> None:
        """Deliver what waits for so long, and drop the rest."""
        self._deadline = time.monotonic() + seconds
        self._stopping.set()
        self._thread.join(seconds + 0.5)
        with contextlib.suppress(queue.Empty):
            while True:
                self._queue.get_nowait()
                self._count("dropped")

    def _run(self) -> None:
        while not self._over():
            try:
                event = self._queue.get(timeout=0.1)
            except queue.Empty:
                if self._stopping.is_set():
                    break
                continue
            if not self._deliver(event):
                self._count("dropped")
        self._receiver.close()

    def _deliver(self, event: Event) -> bool:
        wait = self._first_wait
        while not self._over():
            try:
                self._receiver.send(event.at, event.kind, event.text, alert=event.alert)
            except RefusedError:
                self._count("refused")
                return True
            except Exception:  # noqa: BLE001 - whatever goes wrong there is no trouble of ours
                self._count("retried")
                self._stopping.wait(min(wait, max(0.0, self._deadline - time.monotonic())))
                if self._stopping.is_set():
                    # The event is set, so it no longer waits: not to turn in circles until the end.
                    time.sleep(min(0.1, self._first_wait))
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                self._count("sent")
                return True
        return False

    def _over(self) -> bool:
        return self._stopping.is_set() and time.monotonic() >= self._deadline
