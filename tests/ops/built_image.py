"""The image as a container; `make image` builds it and runs these, `make test` does not."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import trustme

from bench import patients
from bench.curl import curl
from bench.servers import HttpsServer
from tests.parsers import test_databases, test_office, test_ole, test_pdf, test_rtf
from tests.parsers.conftest import leak, orders  # noqa: F401 - fixtures
from tests.postgresql import Postgresql, postgresql  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IMAGE = "localhost/dlp"
NAME = "dlp-built-image"
PROXY, METRICS = "127.0.0.1:8080", "127.0.0.1:9464"
# Bytes. What is said of it in docs/deploy/install.md.
LARGEST = 200_000_000
# As docs/deploy/install.md says to run it; the limits are those of the machine that tries it.
OPTIONS = (
    *("--read-only", "--tmpfs=/tmp", "--cap-drop=all", "--security-opt=no-new-privileges"),
    *(
        "--network=host",
        "--cgroups=disabled",
        "--ulimit=nofile=8192:8192",
        "--ulimit=nproc=8192:8192",
    ),
)


def podman(*args: str) -> tuple[str, ...]:
    return ("podman", *os.environ["STORE"].split(), "--cgroup-manager=cgroupfs", *args)


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(podman(*args), capture_output=True, text=True, check=False, timeout=120)


def execute(*args: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the container."""
    return run("exec", NAME, *args)


def ready() -> bool:
    with closing(http.client.HTTPConnection(METRICS, timeout=5)) as connection:
        try:
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Whoever vouches for the servers."""
    return trustme.CA()


@pytest.fixture(scope="module")
def server(authority: trustme.CA) -> Iterator[HttpsServer]:
    with HttpsServer(authority) as server:
        yield server


@pytest.fixture(scope="module")
def container(
    authority: trustme.CA,
    postgresql: Postgresql,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """Start the image, keeping incidents in PostgreSQL; yield the folder that is its /data."""
    base = tmp_path_factory.getbasetemp()
    data, files = base / "data", base / "files"
    files.mkdir()
    data.mkdir()
    os.chown(data, 10001, 10001)
    authority.cert_pem.write_to_path(str(base / "servers.pem"))
    for folder in (base, *base.parents[:2]):
        folder.chmod(0o755)
    mounts = (
        f"-v={data}:/data",
        f"-v={files}:/files:ro",
        f"-v={base / 'servers.pem'}:/etc/servers.pem:ro",
    )
    settings = ("-e=DLP_UPSTREAM_CA=/etc/servers.pem", f"-e=DLP_DATABASE={postgresql.database()}")
    command = podman(
        "run", "--rm", "--init=false", f"--name={NAME}", *OPTIONS, *mounts, *settings, IMAGE
    )
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise AssertionError(process.communicate()[1])
            time.sleep(0.1)
        yield data
        run("stop", "--time=10", NAME)
        process.communicate()
    # Asked to end, it ended by itself.
    assert process.returncode == 0


def test_it_is_as_small_as_is_said() -> None:
    assert int(run("image", "inspect", "--format={{.Size}}", IMAGE).stdout) < LARGEST


def test_it_stops_a_leak_and_passes_orders(container: Path, server: HttpsServer) -> None:
    trust = ("--cacert", str(container / "ca" / "mitmproxy-ca-cert.pem"))
    body = patients.orders_csv(50)
    passed = curl(f"{server.url}/orders", "-T", "{file}", *trust, proxy=PROXY, send=body)
    assert passed.status == 200, passed.log
    assert [record.body for record in server.records.of("/orders")] == [body]
    stopped = curl(
        f"{server.url}/leak", "-T", "{file}", *trust, proxy=PROXY, send=patients.leak_csv(20)
    )
    assert stopped.status == 403
    assert server.records.of("/leak") == []
    # Told by PostgreSQL, through Debian's libpq.
    listed = json.loads(execute("dlp", "incident", "list", "--json").stdout.splitlines()[0])
    assert stopped.incident in json.dumps(listed)


def test_it_has_no_rights_and_no_shell(container: Path) -> None:
    del container
    status = execute("python", "-c", "print(open('/proc/1/status').read())").stdout
    told = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    assert told["Uid"].split() == ["10001"] * 4
    assert int(told["CapEff"], 16) == int(told["CapBnd"], 16) == 0
    assert (told["NoNewPrivs"].strip(), told["Seccomp"].strip()) == ("1", "2")
    assert "Read-only" in execute("python", "-c", "open('/opt/dlp/x', 'w')").stderr
    assert execute("sh", "-c", "true").returncode == 127


def test_it_finds_itself_well(container: Path) -> None:
    del container
    assert run("healthcheck", "run", NAME).returncode == 0
    doctor = execute("dlp", "doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "libarchive" not in doctor.stdout


def test_every_kind_of_document_is_read(
    container: Path,
    leak: list[list[str]],  # noqa: F811
    tmp_path: Path,
) -> None:
    files = container.with_name("files")
    written: dict[str, bytes] = {
        **{kind: write(leak, tmp_path) for kind, write in test_databases.WRITERS.items()},
        **{kind: write(leak) for kind, write in test_office.WRITERS.items()},
        **{kind: write(leak) for kind, write in test_ole.WRITERS.items()},
        "pdf": test_pdf.table(leak),
        "rtf": test_rtf.table(leak),
    }
    for kind, document in written.items():
        (files / kind).write_bytes(document)
    (files / "a.csv").write_bytes(patients.leak_csv(30))
    for program, name in (("7z", "a.7z"), ("zip", "a.zip")):
        if shutil.which(program):
            command = [program, *(["a"] if program == "7z" else []), name, "a.csv"]
            subprocess.run(command, cwd=files, check=True, stdout=subprocess.DEVNULL)
    done = execute("dlp", "scan", "--json", "/files")
    found: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    told = {one["source"].rpartition("/")[2]: one for one in found}
    assert set(told) == {file.name for file in files.iterdir()}
    unread = {
        name: one for name, one in told.items() if one["uninspectable"] or one["subjects"] < 30
    }
    assert unread == {}


def test_reports_are_written(container: Path) -> None:
    report = execute("dlp", "report", "breach", "--since=1d", "--pdf", "-o", "/data/report.pdf")
    assert report.returncode == 0, report.stderr
    assert (container / "report.pdf").read_bytes().startswith(b"%PDF")


def test_postgresql_is_spoken_to_by_debians_library(container: Path) -> None:
    del container
    told = execute("python", "-c", "import psycopg; print(psycopg.pq.__impl__)").stdout
    assert (told.strip(), psycopg.pq.__impl__) == ("python", "binary")
