"""The real proxy on PostgreSQL and a bucket, telling a SIEM, by one setting each."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import TYPE_CHECKING

from bench import patients
from bench.curl import curl
from bench.proxy import Proxy, run_dlp

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def eventually(check: Callable[[], bool]) -> None:
    for _ in range(600):
        if check():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to that")


def test_what_was_stopped_is_seen_from_another_machine(
    require_command: Callable[[str, str], str],
    postgresql: object,
    bucket: tuple[str, str],
    tmp_path: Path,
) -> None:
    require_command("curl", "curl")
    heard = bytearray()
    siem = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        connection, _ = siem.accept()
        with connection:
            while data := connection.recv(4096):
                heard.extend(data)

    threading.Thread(target=listen, daemon=True).start()
    env = {
        "DLP_DATABASE": postgresql.database(),  # type: ignore[attr-defined]
        "DLP_VAULT": bucket[0],
        "DLP_VAULT_ENDPOINT": bucket[1],
        "no_proxy": "127.0.0.1",
    }
    here = env | {"DLP_SIEM_SYSLOG": f"tcp://127.0.0.1:{siem.getsockname()[1]}"}
    leak = patients.leak_csv(20, seed=8)
    with Proxy(tmp_path / "data", env=here) as proxy:
        answer = curl("http://192.0.2.1:1/", "-T", "{file}", proxy=proxy.listen, send=leak)
        assert answer.status == 403
        eventually(lambda: not list((tmp_path / "data" / "vault").glob("*.age")))
        eventually(lambda: answer.incident.encode() in heard)
    siem.close()
    # The other machine has the keys, and nothing else.
    (tmp_path / "there").mkdir()
    (tmp_path / "data" / "keys").rename(tmp_path / "there" / "keys")
    there = env | {"DLP_DATA_DIR": str(tmp_path / "there")}
    listed = run_dlp("quarantine", "list", "--json", env=there)
    assert [json.loads(line)["id"] for line in listed.stdout.splitlines()] == [answer.incident]
    out = tmp_path / "body"
    opened = run_dlp("quarantine", "open", answer.incident, "-o", str(out), env=there)
    assert opened.returncode == 0, opened.stderr
    assert out.read_bytes() == leak
    report = tmp_path / "report.pdf"
    made = run_dlp("report", "breach", "--since", "1d", "-o", str(report), env=there)
    assert made.returncode == 0, made.stderr
    assert report.read_bytes().startswith(b"%PDF-")
    text = run_dlp("report", "breach", "--incident", answer.incident, "--lang", "en", env=there)
    assert "20" in text.stdout
    assert answer.incident in text.stdout.replace("\\", "")
    assert (
        run_dlp("report", "breach", env=there).returncode,
        run_dlp("report", "breach", "--incident", "DLP-0", env=there).returncode,
    ) == (2, 2)
    assert run_dlp("audit", "verify", env=there).returncode == 0
