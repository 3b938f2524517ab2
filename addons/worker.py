"""One worker: mitmproxy with the addons that make it a data-loss-prevention proxy."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from mitmproxy import master, options
from mitmproxy.addons import core as mitmproxy_core
from mitmproxy.addons import proxyauth, proxyserver, tlsconfig, upstream_auth

from addons.authority import OwnAuthority, publish
from addons.bulletin import Bulletin
from addons.drip import Drip
from addons.engine.accepting import Accepting, accept_on
from addons.engine.deadlines import Deadlines
from addons.engine.draining import drained
from addons.engine.ftp_sessions import FtpSessions
from addons.engine.handover import Handovers
from addons.engine.hooks import EngineMaster
from addons.engine.http import Engine
from addons.engine.next_layer import InspectingNextLayer
from addons.engine.pacing import pace_connections
from addons.ftp_gateway import FtpGateway
from addons.ftp_tunnel import FtpTunnel
from addons.gauges import Gauges
from addons.giving_back import give_back
from addons.http import HttpTraffic
from addons.identity import Identity, networks, within
from addons.inspector import MessageInspector
from addons.keeper import Housekeeping
from addons.lingering import linger
from addons.live import LiveTraffic
from addons.live_allowlist import LiveAllowlist
from addons.live_policy import LivePolicy, Shadow
from addons.messages import UNTRACED, Tracing
from addons.opaque import OpaqueTraffic
from addons.recorder import Recorder
from addons.remote import serve
from addons.shared import SharedWholes
from addons.sharing import Owners
from addons.spool import Spools
from addons.stores import Stores, siem
from addons.uploads import Uploading
from addons.upstream import around, authorities
from addons.watchdog import watch
from addons.wholes import Wholes
from dlp import logs
from dlp.certificates import authority
from dlp.evidence.errors import EvidenceError
from dlp.inspection import Core
from dlp.metrics import Metrics
from dlp.policy.model import Policy
from dlp.settings import Settings, SettingsError

__all__ = ["Worker"]


class Worker:
    """Everything that inspects flows, built around one listening socket."""

    def __init__(
        self,
        settings: Settings,
        listener: socket.socket,
        core: Core,
        shadow: Policy | None,
        stores: Stores,
        spools: Path,
        metrics: Metrics,
        bulletin: Bulletin | None,
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._log = logs.get()
        self.metrics = metrics
        self._shadow = None if shadow is None else Shadow(shadow, metrics)
        self._allow = LiveAllowlist(stores.allow, metrics)
        self._siem = siem(settings, metrics)
        self._keeping = Housekeeping(
            stores.keeper, metrics, self._siem.act, settings.data_dir / "keeping.lock"
        )
        self._tracing = _tracing(settings.traces)
        self._vault = stores.vault
        clock = partial(datetime.now, UTC)
        recorder = Recorder(
            keys=stores.keys,
            ledger=stores.ledger,
            vault=stores.vault,
            pending=stores.pending,
            metrics=metrics,
            clock=clock,
            listeners=(self._siem.incident,),
            allow=self._allow,
        )
        self._inspector = MessageInspector(
            core=replace(core, allowlist=self._allow.allowlist),
            recorder=recorder,
            metrics=metrics,
            clock=clock,
            timeout=settings.inspect_timeout,
            drip=Drip(settings.subject_window, metrics, bulletin),
            tracing=self._tracing,
            hold_limit=settings.hold_limit,
            make_spool=Spools(spools, settings.spool_limit),
            shadow=self._shadow,
            allow=self._allow,
        )
        self._handovers = Handovers(settings.data_dir / "workers") if settings.workers > 1 else None
        self._sessions = FtpSessions(self._handovers)
        self._wholes = Wholes(self._inspector)
        self._owners = Owners(settings.data_dir / "workers", bulletin.cipher) if bulletin else None
        uploading = Uploading(self._inspector, SharedWholes(self._wholes, self._owners))
        self._http = HttpTraffic(self._inspector, metrics, settings.contact, uploading)
        self._auth = proxyauth.ProxyAuth()
        self._identity = Identity(self._auth, networks(settings.trusted_hops))
        self._opaque = OpaqueTraffic(
            self._inspector,
            lambda: datetime.now().astimezone().date().isoformat(),
            self._identity.user,
        )
        self._engine = Engine(
            hold_limit=self._http.hold_limit,
            sessions=self._sessions,
            begin=self._http.begin,
            trust=self._opaque.trust,
        )
        self._ftp = FtpTunnel(self._inspector, self._identity.user)
        followed = [("live", settings.policy, core.policy, self._inspector.adopt)]
        if shadow is not None and self._shadow is not None:
            followed.append(("shadow", settings.shadow_policy, shadow, self._shadow.adopt))
        self._policies = [LivePolicy(*one, metrics) for one in followed]

    async def run(
        self,
        stop: asyncio.Event,
        started: Callable[[], None],
        draining: Callable[[], None],
        lingers: Callable[[], asyncio.Event] | None = None,
    ) -> None:
        """Run until `stop`, and on for uploads that other workers get parts of.

        Args:
            stop: Ends it.
            started: Called once flows are inspected.
            draining: Called once no more are taken.
            lingers: Called where uploads under way are read here that go on elsewhere; returns what
                ends that, too.
        """
        trusted = authorities(self._settings)
        gateway = FtpGateway(ssl.create_default_context(cafile=trusted))
        self._engine.gateway_port, self._engine.gateway_token = await gateway.start()
        engine = self._master(trusted)
        balancers = networks(self._settings.proxy_protocol)
        accepting = Accepting(
            lambda address: within(address, balancers),
            transparent=self._settings.mode == "transparent",
        )
        pace_connections(self._engine.paces, accepting)
        accept_on(self._listener, accepting)
        running = asyncio.create_task(engine.run())
        server: proxyserver.Proxyserver = engine.addons.get("proxyserver")
        has_ended = False
        try:
            await _listening(server, running)
            aside = self._beside(server)
            if self._handovers is not None:
                (instance,) = server.servers
                self._handovers.listen(accepting.through(instance.handle_stream))
            if self._owners is not None:
                await self._owners.listen(partial(serve, wholes=self._wholes))
            started()
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            draining()
            await self._drain(server)
            for task in aside:
                task.cancel()
            has_ended = True
        finally:
            engine.shutdown()
            await asyncio.gather(running, return_exceptions=True)
            await gateway.stop()
            if self._handovers is not None:
                self._handovers.close()
            await _close_connections(server)
            if has_ended and lingers is not None:
                await linger(self._wholes, lingers)
            if self._owners is not None:
                self._owners.close()
            self._inspector.close()
            with contextlib.suppress(EvidenceError):
                self._allow.flush()
            self._siem.close()
            await asyncio.to_thread(self._tracing.close)

    def _beside(self, server: proxyserver.Proxyserver) -> list[asyncio.Task[None]]:
        """Begin what goes on beside the flows."""
        gauges = Gauges(
            self.metrics,
            self._settings.data_dir,
            server.active_connections,
            lambda: self._inspector.held,
            self._vault.bodies,
        )
        aside = [asyncio.create_task(work.run()) for work in (gauges, self._keeping)]
        watched = watch(self._settings.inspect_timeout, lambda: self._inspector.threads.stuck)
        allowed = self._allow.run(self._inspector.adopt_allowlist)
        aside += [asyncio.create_task(work) for work in (allowed, watched, give_back())]
        deadlines = Deadlines(
            server.connections.values,
            self._settings.request_timeout,
            self._settings.idle_timeout,
            self._too_slow,
        )
        others = (deadlines.run(), *(policy.run() for policy in self._policies))
        return aside + [asyncio.create_task(work) for work in others]

    def reload(self) -> None:
        """Look at the policies' files now."""
        for policy in self._policies:
            policy.reload()

    def _master(self, authorities: Path) -> master.Master:
        settings = self._settings
        opts = options.Options(
            listen_host=settings.listen.host,
            listen_port=settings.listen.port,
            confdir=str(settings.data_dir / "ca"),
        )
        engine = EngineMaster(opts)
        engine.addons.add(
            mitmproxy_core.Core(),
            proxyserver.Proxyserver(),
            InspectingNextLayer(self._engine),
            self._tls(),
            self._auth,
            self._identity,
            upstream_auth.UpstreamAuth(),
            self._http,
            self._ftp,
            LiveTraffic(self._inspector),
            self._opaque,
        )
        opts.update(
            http3=False,
            validate_inbound_headers=True,
            tcp_timeout=max(1, round(settings.idle_timeout)),
        )
        around(opts, settings)
        opts.update(ssl_verify_upstream_trusted_ca=str(authorities))
        if settings.client_certs is not None:
            opts.update(client_certs=str(settings.client_certs))
        return engine

    def _too_slow(self, awaited: str) -> None:
        self.metrics.given_up.labels(awaited).inc()
        self._log.info("client.given_up", awaited=awaited)

    def _tls(self) -> tlsconfig.TlsConfig:
        settings = self._settings
        folder = settings.data_dir / "ca"
        own = authority(settings, datetime.now(UTC))
        try:
            publish(folder, own)
        except OSError as error:
            raise SettingsError(f"--data-dir: {folder}: {error.strerror}") from None
        if own is None:
            return tlsconfig.TlsConfig()
        assert settings.ca_cert is not None
        return OwnAuthority(own, settings.ca_cert, folder)

    async def _drain(self, server: proxyserver.Proxyserver) -> None:
        """Take no new flows, and let those under way end while there is time."""
        self._log.info("draining", connections=server.active_connections())
        await server.servers.update([])
        await drained(
            server.connections.values,
            lambda: self._http.in_flight + self._ftp.in_flight,
            self._settings.drain_timeout,
        )
        self._http.draining = True


def _tracing(receiver: str) -> Tracing:
    if not receiver:
        return UNTRACED
    # Imported late: most have none, and it takes a while.
    from addons.tracing import SpanTracing  # noqa: PLC0415

    return SpanTracing(receiver)


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
