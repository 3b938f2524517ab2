"""The running proxy: builds everything, starts it in order, drains it, stops it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shlex
import signal
import socket
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import certifi
from cryptography.x509 import load_pem_x509_certificates
from mitmproxy import master, options
from mitmproxy.addons import core as mitmproxy_core
from mitmproxy.addons import proxyauth, proxyserver, tlsconfig, upstream_auth

from addons.admin import Admin
from addons.engine.ftp_sessions import FtpSessions
from addons.engine.http import Engine
from addons.engine.next_layer import InspectingNextLayer
from addons.engine.pacing import pace_connections
from addons.ftp_gateway import FtpGateway
from addons.ftp_tunnel import FtpTunnel
from addons.gauges import Gauges
from addons.http import HttpTraffic
from addons.identity import Identity, networks
from addons.inspector import MessageInspector
from addons.keeper import Housekeeping
from addons.live import LiveTraffic
from addons.live_allowlist import LiveAllowlist
from addons.live_policy import LivePolicy, Shadow
from addons.opaque import OpaqueTraffic
from addons.spool import Spool, spool_folder
from addons.stores import Stores, siem
from dlp import __version__, logs
from dlp.evidence.errors import EvidenceError
from dlp.inspection import Core
from dlp.metrics import Metrics
from dlp.parsers.pool import ParserPool
from dlp.policy.model import Policy
from dlp.settings import Address, Settings, SettingsError

__all__ = ["serve"]

DRAIN_STEP = 0.05


def serve(settings: Settings) -> None:
    """Run the proxy until it is told to stop.

    Raises:
        SettingsError: It can't start; nothing of it is left running.
    """
    policy, shadow = settings.load_policy(), settings.load_shadow_policy()
    _prepare(settings.data_dir)
    try:
        spools = spool_folder(settings.data_dir)
        stores = Stores.open(settings)
    except EvidenceError as error:
        raise SettingsError(str(error)) from None
    except OSError as error:
        raise SettingsError(f"--data-dir: {error.filename}: {error.strerror}") from None
    metrics = Metrics()
    pool = ParserPool(told=metrics.parsed)
    with contextlib.closing(stores.database), contextlib.closing(pool) as parsers:
        core = Core.build(policy=policy, key=stores.keys.hmac_key, parsers=parsers)
        try:
            proxy = _Proxy(settings, core, shadow, stores, spools, metrics)
        except EvidenceError as error:
            raise SettingsError(str(error)) from None
        asyncio.run(proxy.run())


class _Proxy:
    def __init__(
        self,
        settings: Settings,
        core: Core,
        shadow: Policy | None,
        stores: Stores,
        spools: Path,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._log = logs.get()
        self._admin = Admin(metrics.registry)
        self._shadow = None if shadow is None else Shadow(shadow, metrics)
        self._allow = LiveAllowlist(stores.allow, metrics)
        self._siem = siem(settings, metrics)
        self._keeping = Housekeeping(stores.keeper, metrics, self._siem.act)
        self._vault = stores.vault
        self._inspector = MessageInspector(
            core=replace(core, allowlist=self._allow.allowlist),
            keys=stores.keys,
            ledger=stores.ledger,
            vault=stores.vault,
            pending=stores.pending,
            metrics=metrics,
            clock=lambda: datetime.now(UTC),
            timeout=settings.inspect_timeout,
            window=settings.subject_window,
            listeners=(self._siem.incident,),
            hold_limit=settings.hold_limit,
            make_spool=partial(Spool, spools, max(settings.hold_limit, settings.spool_limit)),
            shadow=self._shadow,
            allow=self._allow,
        )
        self._sessions = FtpSessions()
        self._http = HttpTraffic(self._inspector, metrics, settings.contact)
        self._auth = proxyauth.ProxyAuth()
        self._identity = Identity(self._auth, networks(settings.trusted_hops))
        self._opaque = OpaqueTraffic(
            self._inspector,
            lambda: datetime.now().astimezone().date().isoformat(),
            self._identity.user,
        )
        self._engine = Engine(
            hold_limit=settings.hold_limit,
            sessions=self._sessions,
            begin=self._http.begin,
            trust=self._opaque.trust,
        )
        self._ftp = FtpTunnel(self._inspector, self._identity.user)
        self._metrics = metrics
        self._policy = core.policy
        followed = [("live", settings.policy, core.policy, self._inspector.adopt)]
        if shadow is not None and self._shadow is not None:
            followed.append(("shadow", settings.shadow_policy, shadow, self._shadow.adopt))
        self._policies = [LivePolicy(*one, metrics) for one in followed]

    async def run(self) -> None:
        settings = self._settings
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._reload)
        _must_be_free("listen", settings.listen)
        try:
            metrics_port = self._admin.start(settings.metrics.host, settings.metrics.port)
        except OSError as error:
            raise _cannot_listen("metrics", settings.metrics, error) from None
        gateway = FtpGateway()
        self._engine.gateway_port, self._engine.gateway_token = await gateway.start()
        engine = self._master()
        pace_connections(self._engine.paces)
        running = asyncio.create_task(engine.run())
        server: proxyserver.Proxyserver = engine.addons.get("proxyserver")
        try:
            await _listening(server, running)
            if not server.listen_addrs():
                raise SettingsError(f"--listen: {settings.listen} could not be listened on")
            listen = Address(host=settings.listen.host, port=server.listen_addrs()[0][1])
            metrics = Address(host=settings.metrics.host, port=metrics_port)
            gauges = Gauges(
                self._metrics, settings.data_dir, server.active_connections, self._vault.bodies
            )
            aside = [asyncio.create_task(work.run()) for work in (gauges, self._keeping)]
            aside.append(asyncio.create_task(self._allow.run(self._inspector.adopt_allowlist)))
            aside += [asyncio.create_task(policy.run()) for policy in self._policies]
            self._admin.ready = True
            ca = settings.data_dir / "ca" / "mitmproxy-ca-cert.pem"
            self._log.info(
                "ready",
                listen=str(listen),
                metrics=str(metrics),
                ca=str(ca),
                curl=f"curl -x http://{listen} --cacert {shlex.quote(str(ca))} https://example.org/",
                policy=self._policy.name,
                policy_version=self._policy.version,
                version=__version__,
            )
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            await self._drain(server)
            for task in aside:
                task.cancel()
        finally:
            self._admin.ready = False
            engine.shutdown()
            await asyncio.gather(running, return_exceptions=True)
            await gateway.stop()
            self._admin.stop()
            self._inspector.close()
            with contextlib.suppress(EvidenceError):
                self._allow.flush()
            self._siem.close()
            await _close_connections(server)
            self._log.info("stopped")

    def _reload(self) -> None:
        for policy in self._policies:
            policy.reload()

    def _master(self) -> master.Master:
        settings = self._settings
        opts = options.Options(
            listen_host=settings.listen.host,
            listen_port=settings.listen.port,
            confdir=str(settings.data_dir / "ca"),
        )
        engine = master.Master(opts)
        engine.addons.add(
            mitmproxy_core.Core(),
            proxyserver.Proxyserver(),
            InspectingNextLayer(self._engine),
            tlsconfig.TlsConfig(),
            self._auth,
            self._identity,
            upstream_auth.UpstreamAuth(),
            self._http,
            self._ftp,
            LiveTraffic(self._inspector),
            self._opaque,
        )
        opts.update(http3=False, validate_inbound_headers=True)
        _around(opts, settings)
        if settings.upstream_ca is not None:
            opts.update(ssl_verify_upstream_trusted_ca=str(_bundle(settings)))
        return engine

    async def _drain(self, server: proxyserver.Proxyserver) -> None:
        """Take no new flows, and let those under way end while there is time."""
        self._admin.ready = False
        self._log.info("draining", connections=server.active_connections())
        await server.servers.update([])
        deadline = asyncio.get_running_loop().time() + self._settings.drain_timeout
        while (
            self._http.in_flight or self._ftp.in_flight
        ) and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(DRAIN_STEP)
        self._http.draining = True


def _around(opts: options.Options, settings: Settings) -> None:
    """Set who may use the proxy, and through which one it goes on."""
    auth = settings.proxy_auth
    if auth:
        try:
            opts.update(proxyauth=auth if auth.startswith("ldap") else f"@{auth}")
        except Exception:  # noqa: BLE001 - whatever the client of a directory raises
            raise SettingsError(f"proxy_auth: {auth.partition(':')[0]}: can't be used") from None
    if settings.upstream_proxy:
        opts.update(mode=[f"upstream:{settings.upstream_proxy}"])
        if settings.upstream_auth:
            opts.update(upstream_auth=settings.upstream_auth)


def _prepare(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = data_dir / f".probe-{os.getpid()}"
        probe.touch(0o600)
        probe.unlink()
    except OSError as error:
        raise SettingsError(f"--data-dir: {data_dir}: {error.strerror}") from None


def _bundle(settings: Settings) -> Path:
    """Write the usual authorities and the extra ones to one file, as mitmproxy wants them."""
    assert settings.upstream_ca is not None
    path = settings.data_dir / "ca" / "upstream.pem"
    try:
        extra = settings.upstream_ca.read_bytes()
        # What mitmproxy can't load it only reports when a client connects.
        load_pem_x509_certificates(extra)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + extra)
    except OSError as error:
        raise SettingsError(f"--upstream-ca: {settings.upstream_ca}: {error.strerror}") from None
    except ValueError:
        raise SettingsError(
            f"--upstream-ca: {settings.upstream_ca}: holds no PEM certificate"
        ) from None
    return path


def _must_be_free(flag: str, address: Address) -> None:
    """Find out before anything is started whether an address can be listened on."""
    try:
        family = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address.host, address.port))
            probe.listen(1)
    except OSError as error:
        raise _cannot_listen(flag, address, error) from None


def _cannot_listen(flag: str, address: Address, error: OSError) -> SettingsError:
    reason = "already in use" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
    return SettingsError(f"--{flag}: {address}: {reason}")


async def _listening(server: proxyserver.Proxyserver, running: asyncio.Task[None]) -> None:
    """Wait until the engine has tried to listen."""
    while not server.is_running and not running.done():
        await asyncio.sleep(0.01)
    if running.done():
        await running


async def _close_connections(server: proxyserver.Proxyserver) -> None:
    """Cut what did not end in time: without the rest of its message, no server takes it whole."""
    for handler in list(server.connections.values()):
        for transport in list(handler.transports.values()):
            if transport.handler is not None:
                transport.handler.cancel("shutdown")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            while server.connections:
                await asyncio.sleep(0.01)
