"""From a stopped message to a reviewer's decision, with the real proxy, servers and commands."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from bench.proxy import Proxy, run_dlp
from bench.ways import Way, ways

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.servers import FtpServer, HttpServer, HttpsServer


@pytest.mark.parametrize(
    "way",
    ["HTTPS, HTTP/2", "HTTP/1.1, web form", "FTP over HTTP", "FTP in a tunnel"],
    indirect=True,
)
def test_what_was_stopped_can_be_sent_after_all(
    proxy: Proxy, way: Way, name: str, leak: bytes, upstream_env: dict[str, str]
) -> None:
    number = way.send(proxy, name, leak).incident
    env = upstream_env | {"DLP_DATA_DIR": str(proxy.data_dir), "DLP_REVIEWER": "alice"}

    if way.name.startswith("HTTPS"):
        stranger = {"DLP_DATA_DIR": str(proxy.data_dir), "DLP_REVIEWER": "alice"}
        untrusted = run_dlp("quarantine", "release", number, "--forward", env=stranger)
        assert (untrusted.returncode, "upstream_ca" in untrusted.stderr) == (2, True)
    forwarded = run_dlp("quarantine", "release", number, "--forward", env=env)
    again = run_dlp("quarantine", "release", number, "--forward", env=env)
    report = run_dlp("report", "breach", "--incident", number, "--lang", "en", env=env).stdout
    corrected = run_dlp("quarantine", "release", number, "--outcome", "false-positive", env=env)
    audited = run_dlp("audit", "list", "--json", env=env).stdout.splitlines()
    shown = json.loads(run_dlp("incident", "show", number, "--json", env=env).stdout)
    once_more = way.send(proxy, name, leak)

    assert forwarded.returncode == 0, forwarded.stderr
    assert way.arrived(name) == leak
    assert (again.returncode, "already decided" in again.stderr) == (2, True)
    assert "Loss of confidentiality" in report
    assert "its outcome is now false-positive" in corrected.stdout
    assert json.loads(audited[-1])["details"] == {"outcome": "false-positive", "before": "none"}
    assert (shown["review"], shown["outcome"]) == ("released", "false-positive")
    assert shown["forwarded"].startswith("the server answered 2")
    assert shown["reviewer"].startswith("alice (")
    # It was sent once, and no release is left over.
    assert once_more.status in (403, 552)


def test_a_server_that_is_gone_is_tried_again(
    proxy: Proxy, name: str, leak: bytes, authority: object
) -> None:
    del authority
    from bench.curl import curl
    from bench.servers import HttpServer

    with HttpServer() as server:
        url = f"http://127.0.0.1:{server.port}/{name}"
        number = curl(url, "-T", "{file}", proxy=proxy.listen, send=leak).incident
    failed = proxy.dlp("quarantine", "release", number, "--forward")
    shown = json.loads(proxy.dlp("incident", "show", number, "--json").stdout)
    assert failed.returncode == 2
    assert failed.stderr.count("\n") == 1
    assert shown["forwarded"].startswith("failed")


@pytest.mark.parametrize("way", ["HTTP/1.1"], indirect=True)
def test_a_body_is_opened_with_the_private_key_and_that_is_written_down(
    proxy: Proxy, way: Way, name: str, leak: bytes, tmp_path: Path
) -> None:
    number = way.send(proxy, name, leak).incident
    key, out = proxy.data_dir / "keys" / "vault.key", tmp_path / "body.csv"
    (tmp_path / "wrong.key").write_text("AGE-SECRET-KEY-1NONE\n")

    wrong = proxy.dlp("quarantine", "open", number, "--key", str(tmp_path / "wrong.key"))
    opened = proxy.dlp("quarantine", "open", number, "-o", str(out))
    request = proxy.dlp("quarantine", "open", number, "--key", str(key), "--request")
    over = proxy.dlp("quarantine", "open", number, "-o", str(out))
    listed = [json.loads(line) for line in proxy.dlp("audit", "list", "--json").stdout.splitlines()]
    verified = proxy.dlp("audit", "verify")

    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "not a private age key" in wrong.stderr
    assert opened.returncode == 0, opened.stderr
    assert out.read_bytes() == leak
    assert out.stat().st_mode & 0o777 == 0o600
    assert request.stdout.startswith(f"PUT http://127.0.0.1:{way.server.port}/{name}")
    assert (over.returncode, "is there already" in over.stderr) == (2, True)
    acts = [entry for entry in listed if entry["subject"] == number]
    assert [(entry["act"], entry["details"]["what"]) for entry in acts] == [
        ("quarantine.open-refused", "body"),
        ("quarantine.open", "body"),
        ("quarantine.open", "request"),
        ("quarantine.open-refused", "body"),
    ]
    assert "not a private age key" in acts[0]["details"]["why"]
    assert (verified.returncode, "sound" in verified.stdout) == (0, True)


def test_from_full_quarantine_to_summary(
    start_proxy: Callable[..., Proxy],
    http: HttpServer,
    https: HttpsServer,
    ftp: FtpServer,
    name: str,
    leak: bytes,
) -> None:
    proxy = start_proxy(DLP_QUARANTINE_LIMIT="20000")
    way = ways(proxy, http, https, ftp)[0]
    kept, dropped = (way.send(proxy, f"{name}/{n}", leak) for n in "ab")

    assert (kept.status, dropped.status) == (403, 403)
    assert way.untouched(name)
    assert proxy.metric("dlp_quarantine_dropped_total", reason="full") == 1
    assert proxy.metric("dlp_evidence_errors_total", store="vault") == 1
    lost = json.loads(proxy.dlp("incident", "show", dropped.incident, "--json").stdout)
    assert (lost["body_kept"], lost["body_lost"]) == (False, "full")

    assert "which?" in proxy.dlp("quarantine", "purge").stderr
    asked = proxy.dlp("quarantine", "purge", kept.incident)
    assert (asked.returncode, "--yes" in asked.stderr) == (2, True)
    assert kept.incident in proxy.dlp("quarantine", "list").stdout
    purged = proxy.dlp("quarantine", "purge", kept.incident, "--yes")
    assert "1 sealed body deleted" in purged.stdout
    assert proxy.dlp("quarantine", "list").stdout == "The quarantine is empty.\n"
    assert way.send(proxy, f"{name}/c", leak).status == 403
    assert "DLP-" in proxy.dlp("quarantine", "list").stdout

    proxy.dlp("quarantine", "reject", kept.incident)
    proxy.dlp("quarantine", "release", dropped.incident, "--outcome", "false-positive")
    summary = json.loads(proxy.dlp("incident", "summary", "--json").stdout)
    assert (summary["incidents"], summary["open"]) == (3, 1)
    assert (summary["true"], summary["false"], summary["precision"]) == (1, 1, 0.5)
    table = proxy.dlp("incident", "list", "--open").stdout
    assert kept.incident not in table
    assert "precision" not in table
    assert "precision 0.50" in proxy.dlp("incident", "list").stdout

    # Whoever moves a folder without its private key is told what is missing.
    shutil.move(proxy.data_dir / "keys" / "vault.key", proxy.data_dir / "elsewhere")
    absent = proxy.dlp("quarantine", "open", dropped.incident)
    assert (absent.returncode, "--key" in absent.stderr) == (2, True)
