"""The running proxy: whether it answers, and what it does with a leak and an ordinary file."""

from __future__ import annotations

import http.client
import http.server
import re
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from dlp import __version__
from dlp.doctor import sample
from dlp.doctor.check import Check, bad, note, ok
from dlp.doctor.interception import interception
from dlp.inspection import Core, Inspection
from dlp.types import Channel, FlowInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.policy.model import Policy
    from dlp.settings import Address, Settings

__all__ = ["traffic"]

# Seconds; a proxy that takes longer for a small file has other troubles.
TIMEOUT = 30
# Listening on every address, it answers on these.
ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not listened on
_KEY = bytes(16)
SELF_TEST = "self-test"
UNKNOWN_SENDER = 407
# What the proxy answers of itself to a message that it does not pass on.
REFUSALS = frozenset({403, UNKNOWN_SENDER, 502, 503})
ANOTHER = "another program has its port"


def traffic(settings: Settings, policy: Policy | None) -> Iterator[Check]:
    """Look at the running proxy from a client's side."""
    yield from _metrics(settings.metrics)
    if policy is None:
        return
    if settings.mode != "explicit":
        advice = "send one yourself, from where clients are"
        yield note(SELF_TEST, f"mode {settings.mode}: not done, nobody asks it as a proxy", advice)
        return
    try:
        with _server() as server:
            tested = [*_selftest(settings, policy, server)]
        yield from tested
        asked = any(check.name == SELF_TEST for check in tested)
        if not asked:
            host = ANY.get(settings.listen.host, settings.listen.host)
            yield interception(settings, (host, settings.listen.port), TIMEOUT)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        advice = "start it with `dlp serve`; is `listen` the address it was started with?"
        yield bad(SELF_TEST, f"{settings.listen}: {reason}", advice)
    except http.client.HTTPException:
        yield bad(SELF_TEST, f"{settings.listen}: does not speak HTTP", ANOTHER)


def _reach(address: Address) -> http.client.HTTPConnection:
    host = ANY.get(address.host, address.host)
    return http.client.HTTPConnection(host, address.port, timeout=TIMEOUT)


def _metrics(address: Address) -> Iterator[Check]:
    pages = {}
    try:
        for page in ("/-/healthy", "/-/ready", "/metrics"):
            with closing(_reach(address)) as connection:
                connection.request("GET", page)
                answer = connection.getresponse()
                pages[page] = answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        advice = "start it with `dlp serve`; is `metrics` the address it was started with?"
        yield bad("proxy", f"{address}: {reason}", advice)
        return
    build = re.search(r'^dlp_build_info\{version="([^"]*)"', pages["/metrics"][1], re.MULTILINE)
    if build is None:
        yield bad("proxy", f"{address}: is not this proxy's", ANOTHER)
    elif pages["/-/ready"][0] != 200:
        yield bad(
            "proxy", "not ready", "it starts or ends; look again in a minute, then at its log"
        )
    elif build[1] != __version__:
        advice = "restart the proxy, if it was upgraded"
        yield note("proxy", f"runs {build[1]}, this is {__version__}", advice)
    else:
        yield ok("proxy", f"ready, {build[1]}, metrics on {address}")


def _selftest(settings: Settings, policy: Policy, server: _Server) -> Iterator[Check]:
    host, port = server.server_address[:2]
    flow = FlowInfo(
        channel=Channel.HTTP,
        client="127.0.0.1",
        host=str(host),
        port=int(port),
        method=sample.METHOD,
    )
    leak, ordinary = sample.leak(), sample.ordinary()
    status, incident = _send(settings, server, sample.LEAK_PATH, leak)
    arrived = sample.LEAK_PATH in server.bodies
    expected = _verdict(policy, flow, leak)
    if status == UNKNOWN_SENDER:
        advice = "send one yourself, by the credentials of someone who may use the proxy"
        yield note(SELF_TEST, "the proxy asks who sends (proxy_auth), so it was not done", advice)
        return
    if not arrived and status not in REFUSALS:
        yield bad(SELF_TEST, f"{settings.listen}: answers {status}, as no proxy does", ANOTHER)
        return
    if status == 403 and incident and not arrived:
        found = f"a made-up leak was stopped, incident {incident}"
        yield ok("a leak is stopped", found)
    elif arrived and not expected:
        advice = "nothing is wrong if that is what the policy is for: see docs/tuning.md"
        yield note("a leak is stopped", "it passed, as the policy says", advice)
    else:
        found = f"answer {status}, {'the server got it' if arrived else 'the server got nothing'}"
        advice = "look at the proxy's log; does it run with this policy? Send nothing real by it"
        yield bad("a leak is stopped", found, advice)
    status, incident = _send(settings, server, sample.ORDINARY_PATH, ordinary)
    if server.bodies.get(sample.ORDINARY_PATH) == ordinary and status == 200:
        yield ok("an ordinary file passes", "it arrived, byte for byte")
    else:
        found = f"answer {status}" + (f", incident {incident}" if incident else "")
        advice = f"`dlp incident show {incident}` says why" if incident else "look at its log"
        yield bad("an ordinary file passes", found, advice)


def _verdict(policy: Policy, flow: FlowInfo, body: bytes) -> bool:
    """Tell whether `policy` stops `body`."""
    inspection = Inspection(
        Core.build(policy=policy, key=_KEY), flow=flow, content_type=sample.TYPE
    )
    inspection.feed(body)
    return inspection.finish().verdict.action.stops


def _send(settings: Settings, server: _Server, path: str, body: bytes) -> tuple[int, str]:
    host, port = server.server_address[:2]
    with closing(_reach(settings.listen)) as connection:
        url = f"http://{host!s}:{port}{path}"
        connection.request(sample.METHOD, url, body, {"Content-Type": sample.TYPE})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("X-DLP-Incident", "")


class _Server(http.server.ThreadingHTTPServer):
    """A server that keeps what it is sent, by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: dict[str, bytes] = {}


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """Keep the body."""
        length = int(self.headers.get("Content-Length", "0"))
        self.server.bodies[self.path] = self.rfile.read(length)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def _server() -> Iterator[_Server]:
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
