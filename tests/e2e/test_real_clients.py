"""Programs that people use: untouched with ordinary data, and stopped with the leak."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import requests

from bench.servers import HttpServer, HttpsServer

if TYPE_CHECKING:
    from bench.proxy import Proxy

LIMIT = 60


@pytest.fixture
def env(proxy: Proxy, tmp_path: Path) -> dict[str, str]:
    """The environment in which programs find the proxy."""
    address = f"http://{proxy.listen}"
    return {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(("PIP_", "NPM_", "npm_"))
    } | {
        "HOME": str(tmp_path),
        "http_proxy": address,
        "https_proxy": address,
        "no_proxy": "",
        "SSL_CERT_FILE": str(proxy.ca),
        "NODE_EXTRA_CA_CERTS": str(proxy.ca),
    }


def run(env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(args, env=env, capture_output=True, text=True, timeout=LIMIT, check=False)


def test_requests(proxy: Proxy, https: HttpsServer, name: str, orders: bytes, leak: bytes) -> None:
    with requests.Session() as session:
        session.proxies = {"https": f"http://{proxy.listen}"}
        session.verify = str(proxy.ca)
        session.trust_env = False
        url = f"{https.url}/{name}"
        assert session.post(url, files={"file": ("orders.csv", orders)}).status_code == 200
        stopped = session.post(url, files={"file": ("export.csv", leak)})
    assert stopped.status_code == 403
    assert len(https.records.of(f"/{name}")) == 1


def test_httpx_with_many_requests_on_one_http2_connection(
    proxy: Proxy, https: HttpsServer, name: str, orders: bytes, leak: bytes
) -> None:
    import asyncio
    import ssl

    async def post() -> list[tuple[int, str]]:
        trust = ssl.create_default_context(cafile=str(proxy.ca))
        async with httpx.AsyncClient(
            http2=True, proxy=f"http://{proxy.listen}", verify=trust, timeout=LIMIT
        ) as client:
            bodies = [leak if number % 5 == 4 else orders for number in range(20)]
            answers = await asyncio.gather(
                *(client.post(f"{https.url}/{name}", content=body) for body in bodies)
            )
        return [(answer.status_code, answer.http_version) for answer in answers]

    answered = asyncio.run(post())

    assert [status for status, _ in answered] == [200, 200, 200, 200, 403] * 4
    assert {version for _, version in answered} == {"HTTP/2"}
    assert all(record.body == orders for record in https.records.of(f"/{name}"))


def test_wget(
    env: dict[str, str],
    http: HttpServer,
    require_command: Callable[[str, str], str],
    tmp_path: Path,
    name: str,
    orders: bytes,
    leak: bytes,
) -> None:
    wget = require_command("wget", "wget")
    for body, status in ((orders, 0), (leak, 8)):
        (tmp_path / "sent").write_bytes(body)
        args = ("-q", "-O", "-", f"--post-file={tmp_path / 'sent'}", f"{http.url}/{name}")
        assert run(env, wget, *args).returncode == status
    assert [record.body for record in http.records.of(f"/{name}")] == [orders]


@pytest.fixture
def repository(
    require_command: Callable[[str, str], str], tmp_path: Path
) -> Iterator[tuple[str, Path]]:
    """A bare repository behind git's own HTTP backend; its address and its folder."""
    git = require_command("git", "git")
    bare = tmp_path / "clinic.git"
    subprocess.run([git, "init", "-q", "-b", "main", "--bare", str(bare)], check=True)
    subprocess.run([git, "-C", str(bare), "config", "http.receivepack", "true"], check=True)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            length = int(self.headers.get("content-length", "0"))
            done = subprocess.run(
                [git, "http-backend"],
                env=os.environ
                | {
                    "GIT_PROJECT_ROOT": str(tmp_path),
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "REQUEST_METHOD": self.command,
                    "PATH_INFO": path,
                    "QUERY_STRING": query,
                    "CONTENT_TYPE": self.headers.get("content-type", ""),
                    "CONTENT_LENGTH": str(length),
                    "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
                },
                input=self.rfile.read(length),
                capture_output=True,
                check=True,
            )
            head, _, body = done.stdout.partition(b"\r\n\r\n")
            self.wfile.write(b"HTTP/1.0 200 OK\r\n" + head + b"\r\n\r\n" + body)

        do_POST = do_GET  # noqa: N815 - named by its base class

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/clinic.git", bare
    server.shutdown()
    thread.join()
    server.server_close()


def test_git_pushes_and_clones(
    env: dict[str, str],
    repository: tuple[str, Path],
    tmp_path: Path,
    orders: bytes,
    leak: bytes,
) -> None:
    url, bare = repository
    work = tmp_path / "work"
    env |= {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org"}
    env |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org"}
    subprocess.run(["git", "init", "-q", "-b", "main", str(work)], check=True)

    def push(name: str, content: bytes) -> subprocess.CompletedProcess[str]:
        (work / name).write_bytes(content)
        run(env, "git", "-C", str(work), "add", "-A")
        run(env, "git", "-C", str(work), "commit", "-qm", name)
        return run(env, "git", "-C", str(work), "push", "-q", url, "main")

    first = push("orders.csv", orders)
    assert first.returncode == 0, first.stderr
    cloned = run(env, "git", "clone", "-q", url, str(tmp_path / "clone"))
    assert cloned.returncode == 0, cloned.stderr
    assert (tmp_path / "clone" / "orders.csv").read_bytes() == orders

    def tip() -> str:
        return run(env, "git", "-C", str(bare), "rev-parse", "main").stdout

    before = tip()
    # As a file of its own, and as an addition to one that the server has.
    for name in ("export.csv", "orders.csv"):
        stopped = push(name, orders + leak)
        assert stopped.returncode != 0
        assert "403" in stopped.stderr
        assert tip() == before
        run(env, "git", "-C", str(work), "reset", "-q", "--hard", before.strip())
    again = push("orders.csv", orders + b"4711;2\n")
    assert again.returncode == 0, again.stderr
    assert tip() != before


def test_a_member_of_a_known_archive_that_changes_is_read(
    env: dict[str, str], repository: tuple[str, Path], tmp_path: Path, leak: bytes
) -> None:
    url, _ = repository
    work = tmp_path / "work"
    env |= {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org"}
    env |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org"}
    subprocess.run(["git", "init", "-q", "-b", "main", str(work)], check=True)

    def push(content: bytes) -> subprocess.CompletedProcess[str]:
        pictures = [random.Random(n).randbytes(20000) for n in range(5)]
        with zipfile.ZipFile(work / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for number, data in enumerate([*pictures, content, *pictures]):
                archive.writestr(zipfile.ZipInfo(f"{number}.bin"), data, zipfile.ZIP_DEFLATED)
        run(env, "git", "-C", str(work), "add", "-A")
        run(env, "git", "-C", str(work), "commit", "-qm", "export")
        return run(env, "git", "-C", str(work), "push", "-q", url, "main")

    # All of it but the end of one member is there already.
    text = random.Random(9).randbytes(9000).hex().encode()
    first = push(text)
    assert first.returncode == 0, first.stderr
    stopped = push(text + leak)
    assert "403" in stopped.stderr


def test_chromium_sends_a_form_and_fetches(
    env: dict[str, str],
    proxy: Proxy,
    http: HttpServer,
    require_command: Callable[[str, str], str],
    tmp_path: Path,
    name: str,
    nirs: list[str],
) -> None:
    chromium = require_command("chromium", "chromium")
    page = """<!doctype html><meta charset=utf-8><p id=out>…</p><script>
const send = async text => {
  const form = new FormData();
  form.append("file", new File([text], "export.csv"));
  const answer = await fetch("/NAME", {method: "POST", body: form});
  return answer.status + " " + (answer.headers.get("x-dlp-incident") || "");
};
(async () => {
  const ordinary = await send("commande;montant\\n1;20\\n");
  const leak = await send("nir;nom\\nPEOPLE\\n");
  document.getElementById("out").textContent = "done " + ordinary + " " + leak;
})();
</script>"""
    people = "\\n".join(f"{nir};Durand" for nir in nirs[:5])
    http.files[f"/{name}.html"] = page.replace("NAME", name).replace("PEOPLE", people).encode()
    shown = run(
        env,
        chromium,
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=8000"),
        *(f"--user-data-dir={tmp_path / 'profile'}", f"--proxy-server=http://{proxy.listen}"),
        *("--proxy-bypass-list=<-loopback>", "--dump-dom", f"{http.url}/{name}.html"),
    )

    assert "done 200  403 DLP-" in shown.stdout, shown.stdout + shown.stderr[-2000:]
    assert len(http.records.of(f"/{name}")) == 1


def test_pip_downloads_through_the_proxy(
    env: dict[str, str], http: HttpServer, tmp_path: Path
) -> None:
    import io
    import zipfile

    info = "ordinary-1.0.dist-info"
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("ordinary.py", "")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: ordinary\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    file = "ordinary-1.0-py3-none-any.whl"
    http.files[f"/{file}"] = wheel.getvalue()

    done = run(
        env,
        *(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-index"),
        *("--disable-pip-version-check", "-d", str(tmp_path), f"{http.url}/{file}"),
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / file).read_bytes() == wheel.getvalue()
