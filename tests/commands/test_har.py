"""A HAR file is inspected request by request, and what is none as the text it is."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from bench import patients
from dlp.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

LEAK = patients.leak_csv(20, seed=3)


def entry(method: str, url: str, **posted: Any) -> dict[str, Any]:
    headers = [{"name": "Accept", "value": "*/*"}]
    request: dict[str, Any] = {"method": method, "url": url, "headers": headers}
    return {"request": request | ({"postData": posted} if posted else {})}


def scan(path: Path, content: str, *args: str) -> tuple[int, list[dict[str, Any]]]:
    path.write_text(content, "utf-8")
    done = CliRunner().invoke(cli, ["scan", "--json", str(path), *args])
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


def test_each_request_has_its_own_verdict(tmp_path: Path) -> None:
    nirs = "&".join(f"nir={one.nir}" for one in patients.patients(3, seed=3))
    archive = {
        "log": {
            "entries": [
                entry("GET", "https://a.example/page?q=1"),
                entry("POST", "https://b.example/up", mimeType="text/csv", text=LEAK.decode()),
                entry("GET", f"https://c.example/find?{nirs}"),
                entry(
                    "PUT",
                    "http://d.example:8080/up",
                    mimeType="application/octet-stream",
                    text=base64.b64encode(LEAK).decode(),
                    encoding="base64",
                ),
                entry(
                    "POST",
                    "https://e.example/form",
                    mimeType="application/x-www-form-urlencoded",
                    params=[{"name": "name", "value": "x"}],
                ),
            ]
        }
    }

    status, told = scan(tmp_path / "session.har", json.dumps(archive))

    assert status == 1
    assert [one["source"].rpartition(".har")[2] for one in told] == [
        "#1 GET a.example:443",
        "#2 POST b.example:443",
        "#3 GET c.example:443",
        "#4 PUT d.example:8080",
        "#5 POST e.example:443",
    ]
    stopped = [one["action"] == "quarantine" for one in told]
    assert stopped == [False, True, True, True, False]


def test_rules_see_where_a_request_went(tmp_path: Path) -> None:
    policy = tmp_path / "p.yaml"
    policy.write_text(
        "name: p\nrules:\n"
        "  - {name: partner, action: log, when: {destination: {suffix: b.example}}}\n"
        "  - {name: people, action: block, when: {subjects: 2}}\n",
        "utf-8",
    )
    requests = [entry("POST", f"https://{h}.example/", text=LEAK.decode()) for h in "bc"]
    archive = json.dumps({"log": {"entries": requests}})
    _, told = scan(tmp_path / "s.har", archive, "--policy", str(policy))
    assert [one["rule"] for one in told] == ["partner", "people"]


def test_what_is_no_archive_is_scanned_as_it_is(tmp_path: Path) -> None:
    for content in (LEAK.decode(), json.dumps({"log": {"entries": [{"leak": LEAK.decode()}]}})):
        status, told = scan(tmp_path / "x.har", content)
        assert (status, len(told)) == (1, 1)


def test_a_request_whose_body_the_archive_lacks_is_no_clean_one(tmp_path: Path) -> None:
    entries = [
        # As browsers export a large upload, a short one, and one whose length they don't know.
        entry("PUT", "https://b.example/up"),
        entry("POST", "https://a.example/", mimeType="text/plain", text="hello"),
        entry("GET", "https://c.example/"),
        entry("POST", "https://d.example/", mimeType="text/csv", text=LEAK.decode()),
    ]
    for one, size in zip(entries, (70_000_000, 5, -1, len(LEAK) * 2), strict=True):
        one["request"]["bodySize"] = size
    path = tmp_path / "s.har"
    path.write_text(json.dumps({"log": {"entries": entries}}), "utf-8")

    done = CliRunner().invoke(cli, ["scan", str(path)])

    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        f"dlp: {path}#1 PUT b.example:443: the archive holds less of its body than was sent"
    ]
    assert done.stdout.splitlines()[-1] == "4 inputs: 2 allowed, 1 quarantined, 1 not inspected"
