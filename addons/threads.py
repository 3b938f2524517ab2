"""The threads that inspect, several messages in turns."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from dlp.extract.parts import Parsers, Part
    from dlp.steps import Steps

__all__ = ["Threads"]

# At work at once; each holds the interpreter's lock nearly all the time.
MOST = 2
# Those that wait for parsers, or for nothing any more, besides.
ASIDE = 62
# Seconds that a message is worked at while others wait.
TURN = 0.02
# Seconds in which what is only slow ends, once it was given up.
LATE = 10.0


class Threads:
    """Inspect messages beside the loop.

    Whatever takes long does so in steps. After some of them the message goes to the end of the
    line, so that one that takes a minute keeps nobody waiting for that long.
    """

    def __init__(self) -> None:
        self._line = _Line("inspect")
        self._quick = _Line("inspect-quick")
        # What was given up in the middle of a step, and when.
        self._left: dict[_Work, float] = {}

    async def run[T](
        self, steps: Steps[T], seconds: float, *, quick: bool = False, took: list[float]
    ) -> T:
        """Do what takes several steps, and return what it comes to.

        Args:
            steps: The steps.
            seconds: That it may take, with the turns of others.
            quick: Whether it takes no time, and is not to stand in line with what does.
            took: Is told how many seconds a thread was at work, piece by piece.

        Raises:
            TimeoutError: It takes too long.
        """
        line = self._quick if quick else self._line
        work = _Work(steps, took)
        line.enter(work)
        try:
            async with asyncio.timeout(seconds):
                result: T = await asyncio.wrap_future(work.done)
                return result
        except TimeoutError:
            if line.leave(work):
                self._left[work] = time.monotonic()
            raise
        except asyncio.CancelledError:
            line.leave(work)
            raise

    def beside(self, parsers: Parsers) -> Parsers:
        """Return the same parsers; while a thread waits for one, another has its place."""
        return _Beside(parsers, self._line)

    @property
    def stuck(self) -> bool:
        """Whether a thread that was left to itself some time ago is still at work."""
        self._left = {work: when for work, when in self._left.items() if work.at_work}
        return any(time.monotonic() - when > LATE for when in self._left.values())

    def close(self) -> None:
        """Take no more work; what is under way is left to end by itself."""
        self._line.close()
        self._quick.close()


class _Work:
    """Steps to be done, and what they come to."""

    def __init__(self, steps: Steps[Any], took: list[float]) -> None:
        self.done: Future[Any] = Future()
        self.at_work = False
        self.is_over = False
        self._steps = steps
        self._took = took

    def turn(self) -> bool:
        """Do some steps, and tell whether there are more."""
        started = time.perf_counter()
        more = False
        outcome: tuple[Any, BaseException | None] | None = None
        try:
            while not (self.is_over or more):
                next(self._steps)
                more = time.perf_counter() - started > TURN
        except StopIteration as done:
            outcome = done.value, None
        except BaseException as error:  # noqa: BLE001 - who waits for it handles it
            outcome = None, error
        # Who waits may look at once.
        self._took.append(time.perf_counter() - started)
        if outcome is not None:
            self._end(*outcome)
        return more

    def _end(self, result: Any, error: BaseException | None) -> None:
        if not self.done.set_running_or_notify_cancel():
            return
        if error is None:
            self.done.set_result(result)
        else:
            self.done.set_exception(error)


class _Line:
    """Works that wait for their turn, the first of which has the next thread that is free.

    Args:
        name: Of the threads.
    """

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(MOST + ASIDE, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._waiting: deque[_Work] = deque()
        self._at_work = 0

    def enter(self, work: _Work) -> None:
        """Have a work done."""
        with self._lock:
            self._waiting.append(work)
            self._begin()

    def leave(self, work: _Work) -> bool:
        """Give a work up, and tell whether a thread is in the middle of it, which is given up too.

        Should it come back, there is one more for a moment.
        """
        with self._lock:
            work.is_over = True
            if work in self._waiting:
                self._waiting.remove(work)
            if work.at_work:
                self._at_work -= 1
                self._begin()
            return work.at_work

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let another thread have the place of this one, which has nothing to do for a while."""
        with self._lock:
            self._at_work -= 1
            self._begin()
        try:
            yield
        finally:
            with self._lock:
                self._at_work += 1

    def close(self) -> None:
        """Begin nothing any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        if self._waiting and self._at_work < MOST:
            self._at_work += 1
            self._threads.submit(self._run)

    def _run(self) -> None:
        """Give one work after the other its turn, as long as there is a place for this thread."""
        while (work := self._next()) is not None:
            more = work.turn()
            with self._lock:
                work.at_work = False
                if work.is_over:
                    # Its place was given away.
                    self._at_work += 1
                elif more:
                    self._waiting.append(work)

    def _next(self) -> _Work | None:
        with self._lock:
            if not self._waiting or self._at_work > MOST:
                self._at_work -= 1
                return None
            work = self._waiting.popleft()
            work.at_work = True
            return work


class _Beside:
    """Parsers for which no thread is kept waiting that others could have."""

    def __init__(self, parsers: Parsers, line: _Line) -> None:
        self._parsers = parsers
        self._line = line

    def parse(self, kind: str, document: bytes) -> Generator[Part]:
        """Yield what is in a document; see `Parsers`."""
        parts = self._parsers.parse(kind, document)
        try:
            while True:
                with self._line.aside():
                    part = next(parts, None)
                if part is None:
                    return
                yield part
        finally:
            parts.close()
