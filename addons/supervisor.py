"""Several workers that share one port: started, watched, replaced one by one.

Each worker accepts on a listening socket of its own (SO_REUSEPORT), which stays open here, so that
connections wait for the next worker rather than being refused. Counters are in files that outlive
a worker (the client library's multiprocess mode), and the metrics address shows their sums.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import secrets
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from addons import listening
from addons.admin import Admin
from addons.processes import PARENT, Processes
from dlp import logs
from dlp.settings import Address, SettingsError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from dlp.settings import Settings

__all__ = ["Supervisor"]

START_SECONDS = 60
# A worker that ends sooner is started again only after a pause.
SHORT_LIFE = 5.0
PAUSE = 1.0
# Longer than a worker takes to end once its flows have had their time.
END_SECONDS = 3.0


@dataclass(eq=False)
class _Worker:
    process: ForkServerProcess
    pipe: Connection
    began: float = field(default_factory=time.monotonic)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    # It takes no connections any more, but reads uploads on.
    lingers: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    error: str = ""
    retired: bool = False


class Supervisor:
    """The parent of all workers.

    Args:
        settings: As given.
        work: What a worker does, in a process of its own, with a socket, a key that all of them
            share, and a pipe to here.
        said: Says that flows are inspected, and where.
    """

    def __init__(
        self,
        settings: Settings,
        work: Callable[[Settings, socket.socket, bytes, Connection], None],
        said: Callable[[Address, Address], None],
    ) -> None:
        self._settings = settings
        self._work = work
        self._said = said
        self._log = logs.get()
        self._workers: list[_Worker | None] = [None] * settings.workers
        self._counters = settings.data_dir / "metrics"
        self._window = settings.data_dir / "window"
        self._key = secrets.token_bytes(32)
        self._restarts: set[asyncio.Task[None]] = set()
        self._lingering: list[_Worker] = []
        self._stopping = False

    async def run(self) -> None:
        """Run until told to stop.

        Raises:
            SettingsError: They can't start; nothing of them is left running.
        """
        settings = self._settings
        loop = asyncio.get_running_loop()
        stop, reload = asyncio.Event(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGHUP, reload.set)
        _emptied(self._counters)
        _emptied(settings.data_dir / "workers")
        _emptied(self._window)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self._counters)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(self._counters))
        self._processes = Processes(registry, self._running)
        admin = Admin(registry)
        with listening.bound(settings.listen, settings.workers) as listeners:
            try:
                port = admin.start(settings.metrics.host, settings.metrics.port)
            except OSError as error:
                raise listening.cannot_listen("metrics", settings.metrics, error) from None
            try:
                # The first makes what all need: the CA, for one.
                await self._start(0, listeners)
                await asyncio.gather(
                    *(self._start(slot, listeners) for slot in range(1, settings.workers))
                )
                admin.ready = True
                listen = Address(host=settings.listen.host, port=listeners[0].getsockname()[1])
                self._said(listen, Address(host=settings.metrics.host, port=port))
                while not stop.is_set():
                    await _first(stop, reload)
                    if reload.is_set() and not stop.is_set():
                        reload.clear()
                        await self._replace_all(listeners, stop)
                admin.ready = False
            finally:
                self._stopping = True
                for one in listeners:
                    one.close()
                await self._end_all()
                admin.stop()
                _emptied(self._counters)
                _emptied(self._window)
            self._log.info("stopped")

    def _running(self) -> dict[str, int]:
        """Return the numbers of the processes that run, the parent's too."""
        running = {PARENT: os.getpid()}
        for slot, worker in enumerate(self._workers):
            if worker is not None and not worker.ended.is_set() and worker.process.pid is not None:
                running[str(slot)] = worker.process.pid
        return running

    async def _start(self, slot: int, listeners: list[socket.socket]) -> None:
        """Start a worker and let it take its place once it inspects flows.

        Raises:
            SettingsError: It does not come to that.
        """
        worker = self._spawn(listeners[slot])
        try:
            async with asyncio.timeout(START_SECONDS):
                await _first(worker.ready, worker.ended)
        except TimeoutError:
            worker.error = "did not start in time"
        if not worker.ready.is_set() or worker.ended.is_set():
            worker.retired = True
            worker.process.kill()
            raise SettingsError(worker.error or "a worker ended before it was ready")
        self._workers[slot] = worker
        task = asyncio.create_task(self._watch(slot, worker, listeners))
        self._restarts.add(task)
        task.add_done_callback(self._restarts.discard)

    def _spawn(self, listener: socket.socket) -> _Worker:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["addons.preload"])
        ours, theirs = context.Pipe()
        arguments = (self._settings, listener, self._key, theirs)
        process = context.Process(target=self._work, args=arguments)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        loop = asyncio.get_running_loop()

        def hear() -> None:
            try:
                said = ours.recv()
            except (EOFError, OSError):
                loop.remove_reader(ours.fileno())
                return
            if said:
                worker.error = said
            elif worker.ready.is_set():
                worker.lingers.set()
            else:
                worker.ready.set()

        def end() -> None:
            loop.remove_reader(process.sentinel)
            # What it said last comes before its end.
            while ours.poll():
                before = worker.error
                hear()
                if worker.error == before:
                    break
            loop.remove_reader(ours.fileno())
            process.join()
            mark_process_dead(process.pid, path=str(self._counters))
            worker.ended.set()

        loop.add_reader(ours.fileno(), hear)
        loop.add_reader(process.sentinel, end)
        return worker

    async def _watch(self, slot: int, worker: _Worker, listeners: list[socket.socket]) -> None:
        """Start a worker again that ended unasked."""
        await worker.ended.wait()
        if worker.retired or self._stopping:
            return
        self._log.error("worker.died", worker=slot, status=worker.process.exitcode)
        self._processes.restarts.inc()
        short = time.monotonic() - worker.began < SHORT_LIFE
        while not self._stopping:
            if short:
                await asyncio.sleep(PAUSE)
            try:
                await self._start(slot, listeners)
            except SettingsError as error:
                self._log.error("worker.failed", worker=slot, error=str(error))
                short = True
            else:
                self._log.info("worker.started", worker=slot)
                return

    async def _replace_all(self, listeners: list[socket.socket], stop: asyncio.Event) -> None:
        """Replace worker after worker; a setting that can't be used leaves the old ones be."""
        try:
            self._settings.load_policy()
            for slot in range(len(self._workers)):
                if stop.is_set():
                    return
                old = self._workers[slot]
                await self._start(slot, listeners)
                if old is not None:
                    await self._end(old)
            await self._end_lingering(len(self._workers))
        except SettingsError as error:
            self._log.error("reload.failed", error=str(error))
        else:
            self._log.info("reloaded")

    async def _end_all(self) -> None:
        for task in list(self._restarts):
            task.cancel()
        await asyncio.gather(*(self._end(worker) for worker in self._workers if worker))
        await self._end_lingering(0)

    async def _end(self, worker: _Worker) -> None:
        worker.retired = True
        if worker.ended.is_set():
            return
        worker.process.terminate()
        try:
            async with asyncio.timeout(self._settings.drain_timeout + END_SECONDS):
                await _first(worker.lingers, worker.ended)
        except TimeoutError:
            worker.process.kill()
            await worker.ended.wait()
        if not worker.ended.is_set():
            self._lingering.append(worker)

    async def _end_lingering(self, most: int) -> None:
        """End those that read uploads on, the oldest first, but for so many."""
        self._lingering = [worker for worker in self._lingering if not worker.ended.is_set()]
        while len(self._lingering) > most:
            worker = self._lingering.pop(0)
            worker.process.kill()
            await worker.ended.wait()


async def _first(*events: asyncio.Event) -> None:
    """Wait until one of them is set."""
    waiting = {asyncio.ensure_future(event.wait()) for event in events}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def _emptied(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        for file in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                file.unlink()
    except OSError as error:
        raise SettingsError(f"--data-dir: {folder}: {error.strerror}") from None
