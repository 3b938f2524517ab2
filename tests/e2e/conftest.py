"""The real proxy, real servers and synthetic leaks for the end-to-end tests."""

from __future__ import annotations

import zlib
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import trustme

from bench import patients
from bench.proxy import DLP, Proxy
from bench.servers import FtpServer, HttpServer, HttpsServer
from bench.ways import ways

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bench.ways import Way

PEOPLE = 40


@pytest.fixture(scope="session", autouse=True)
def _curl(require_command: Callable[[str, str], str]) -> None:
    require_command("curl", "curl")


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The authority that the proxy trusts for servers."""
    return trustme.CA()


@pytest.fixture(scope="session")
def http() -> Iterator[HttpServer]:
    """An HTTP/1.1 server."""
    with HttpServer() as server:
        yield server


@pytest.fixture(scope="session")
def https(authority: trustme.CA) -> Iterator[HttpsServer]:
    """A server that speaks HTTP/2 and HTTP/1.1 over TLS."""
    with HttpsServer(authority) as server:
        yield server


@pytest.fixture(scope="session")
def ftp() -> Iterator[FtpServer]:
    """An FTP server."""
    with FtpServer() as server:
        yield server


@pytest.fixture(scope="session")
def upstream_env(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which a proxy trusts `authority`."""
    pem = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(pem))
    return {"DLP_UPSTREAM_CA": str(pem)}


@pytest.fixture(scope="session")
def proxy(
    tmp_path_factory: pytest.TempPathFactory,
    upstream_env: dict[str, str],
    http: HttpServer,
    https: HttpsServer,
    ftp: FtpServer,
) -> Iterator[Proxy]:
    """The proxy that tests share; it ends before the servers, which wait for its connections."""
    del http, https, ftp
    data = tmp_path_factory.mktemp("proxy") / "data"
    with Proxy(data, env=upstream_env, command=DLP) as proxy:
        yield proxy


@pytest.fixture
def start_proxy(tmp_path: Path, upstream_env: dict[str, str]) -> Iterator[Callable[..., Proxy]]:
    """Start a proxy of the test's own, with settings as environment variables."""
    with ExitStack() as stack:

        def start(**env: str) -> Proxy:
            return stack.enter_context(Proxy(tmp_path / "data", env=upstream_env | env))

        yield start


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """A number that is always the same for this test, and for no other."""
    return zlib.crc32(request.node.nodeid.encode())


@pytest.fixture
def nirs(seed: int) -> list[str]:
    """The identifiers of the people in `leak`, bare."""
    return [patient.nir for patient in patients.patients(PEOPLE, seed)]


@pytest.fixture
def leak(seed: int) -> bytes:
    """Health data of people whom no other test knows."""
    return patients.leak_csv(PEOPLE, seed=seed)


@pytest.fixture
def orders(seed: int) -> bytes:
    """An ordinary file."""
    return patients.orders_csv(200, seed=seed)


@pytest.fixture
def name(seed: int) -> str:
    """A file name that no other test uses, without a digit for a detector to look at."""
    return "file-" + "".join(chr(ord("a") + int(digit)) for digit in str(seed))


@pytest.fixture
def way(
    request: pytest.FixtureRequest,
    proxy: Proxy,
    http: HttpServer,
    https: HttpsServer,
    ftp: FtpServer,
) -> Way:
    """The way out that the test asks for by name, through the shared proxy."""
    return next(way for way in ways(proxy, http, https, ftp) if way.name == request.param)
