"""Starts the proxy: one worker in this process, or several under a supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import shlex
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from addons import listening
from addons.admin import Admin
from addons.bulletin import Bulletin
from addons.spool import spool_folder
from addons.stores import Stores
from addons.supervisor import Supervisor
from addons.worker import Worker
from dlp import __version__, logs
from dlp.certificates import authority, check_client_certs
from dlp.evidence.errors import EvidenceError
from dlp.inspection import Core
from dlp.metrics import Metrics
from dlp.parsers.pool import ParserPool
from dlp.policy.model import Policy
from dlp.settings import Address, Settings, SettingsError

__all__ = ["serve"]


# Seconds after which a thread that inspects lets the event loop have its turn.
SWITCH_INTERVAL = 0.001


def serve(settings: Settings) -> None:
    """Run the proxy until it is told to stop.

    Raises:
        SettingsError: It can't start; nothing of it is left running.
    """
    policy = settings.load_policy()
    settings.load_shadow_policy()
    _check(settings)
    _prepare(settings.data_dir)
    _open_many()
    said = partial(_say_ready, settings, policy)
    if settings.workers > 1:
        asyncio.run(Supervisor(settings, work, said).run())
        return
    with listening.bound(settings.listen) as (listener,):
        asyncio.run(_alone(settings, listener, said))


def work(settings: Settings, listener: socket.socket, key: bytes, parent: Connection) -> None:
    """Be one of several workers; runs in a process of its own.

    Args:
        settings: As the parent has them.
        listener: Where to accept connections.
        key: Seals what the workers tell each other.
        parent: Told nothing once flows are inspected, and why if they can't be; its end is ours.
    """
    # A terminal sends it to all; the parent says what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    logs.configure()
    try:
        asyncio.run(_as_worker(settings, listener, key, parent))
    except SettingsError as error:
        parent.send(str(error))
        sys.exit(2)


async def _alone(
    settings: Settings, listener: socket.socket, said: Callable[[Address, Address], None]
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with _proxy(settings, listener) as proxy:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, proxy.reload)
        admin = Admin(proxy.metrics.registry)
        try:
            port = admin.start(settings.metrics.host, settings.metrics.port)
        except OSError as error:
            raise listening.cannot_listen("metrics", settings.metrics, error) from None

        def started() -> None:
            admin.ready = True
            listen = Address(host=settings.listen.host, port=listener.getsockname()[1])
            said(listen, Address(host=settings.metrics.host, port=port))

        def draining() -> None:
            admin.ready = False

        try:
            await proxy.run(stop, started, draining)
            logs.get().info("stopped")
        finally:
            admin.stop()


async def _as_worker(
    settings: Settings, listener: socket.socket, key: bytes, parent: Connection
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)

    over = asyncio.Event()

    def orphaned() -> None:
        loop.remove_reader(parent.fileno())
        stop.set()
        over.set()

    def lingers() -> asyncio.Event:
        with contextlib.suppress(OSError):
            parent.send("")
        return over

    loop.add_reader(parent.fileno(), orphaned)
    bulletin = Bulletin(settings.data_dir / "window", key, settings.subject_window)
    with _proxy(settings, listener, bulletin) as proxy:
        await proxy.run(stop, lambda: parent.send(""), lambda: None, lingers)


def _open_many() -> None:
    """Have as many files and connections open as this process may ask for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextlib.contextmanager
def _proxy(
    settings: Settings, listener: socket.socket, bulletin: Bulletin | None = None
) -> Iterator[Worker]:
    sys.setswitchinterval(SWITCH_INTERVAL)
    policy, shadow = settings.load_policy(), settings.load_shadow_policy()
    try:
        spools = spool_folder(settings.data_dir)
        stores = Stores.open(settings)
    except EvidenceError as error:
        raise SettingsError(str(error)) from None
    except OSError as error:
        raise SettingsError(f"--data-dir: {error.filename}: {error.strerror}") from None
    metrics = Metrics()
    pool = ParserPool(
        told=metrics.parsed,
        seconds=settings.document_timeout,
        memory=settings.document_memory,
    )
    with contextlib.closing(stores.database), contextlib.closing(pool) as parsers:
        core = Core.build(
            policy=policy,
            key=stores.keys.hmac_key,
            parsers=parsers,
            limits=settings.limits(),
        )
        core.detectors.warm()
        try:
            worker = Worker(settings, listener, core, shadow, stores, spools, metrics, bulletin)
        except EvidenceError as error:
            raise SettingsError(str(error)) from None
        # All of this stays, and to look through it takes the collector a tenth of a second or two,
        # in which every flow would stand still.
        gc.collect()
        gc.freeze()
        yield worker


def _say_ready(settings: Settings, policy: Policy, listen: Address, metrics: Address) -> None:
    ca = settings.data_dir / "ca" / "mitmproxy-ca-cert.pem"
    logs.get().info(
        "ready",
        listen=str(listen),
        metrics=str(metrics),
        ca=str(ca),
        curl=f"curl -x http://{listen} --cacert {shlex.quote(str(ca))} https://example.org/",
        policy=policy.name,
        policy_version=policy.version,
        version=__version__,
    )


def _check(settings: Settings) -> None:
    """See that files of certificates can be used, and that settings agree with each other."""
    now = datetime.now(UTC)
    authority(settings, now)
    check_client_certs(settings, now)
    for name in ("upstream_proxy", "proxy_auth"):
        given = getattr(settings, name)
        if settings.mode != "explicit" and given and str(given):
            raise SettingsError(f"{name}: only with the mode explicit")


def _prepare(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = data_dir / f".probe-{os.getpid()}"
        probe.touch(0o600)
        probe.unlink()
    except OSError as error:
        raise SettingsError(f"--data-dir: {data_dir}: {error.strerror}") from None
