"""Runs the real curl, and reads its answer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Answer", "curl", "find_curl"]

# Seconds curl gets for all of a transfer; only a proxy that hangs takes so long.
MAX_TIME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        exit_status: Of curl; 0 for any HTTP answer.
        status: HTTP status, or the last reply of an FTP server; 0 when nothing came back.
        version: HTTP version of the answer, as `1.1` or `2`.
        headers: Of the last answer, without those of a CONNECT; names in lower case.
        body: The body.
        log: What curl told on standard error.
    """

    exit_status: int
    status: int
    version: str
    headers: dict[str, str]
    body: bytes
    log: str

    @property
    def incident(self) -> str:
        """Number of the incident that the answer names, or empty."""
        found = re.search(r"^< 552.*?(DLP-\d{6}-[0-9A-Z]+)", self.log, re.MULTILINE)
        return self.headers.get("x-dlp-incident") or (found[1] if found else "")

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


def find_curl() -> str | None:
    """Return where curl is, if it is."""
    return shutil.which("curl")


def curl(url: str, *args: str, proxy: str | None = None, send: bytes = b"") -> Answer:
    """Run curl once, whatever a configuration of this machine says.

    Args:
        url: Where to.
        *args: More arguments; `{file}` in them is the path of a file that holds `send`.
        proxy: HOST:PORT of a proxy, or None to go without.
        send: What to send.
    """
    with tempfile.TemporaryDirectory(prefix="curl-") as folder:
        head, body, file = (Path(folder, name) for name in ("head", "body", "file.csv"))
        file.write_bytes(send)
        command = [find_curl() or "curl", "-q", "-sS", "-v", "--max-time", str(MAX_TIME)]
        command += ["--noproxy", "", "--suppress-connect-headers"]
        command += ["-x", f"http://{proxy}"] if proxy else []
        command += ["-D", str(head), "-o", str(body), "-w", "%{response_code} %{http_version}"]
        done = subprocess.run(
            [*command, *(arg.replace("{file}", str(file)) for arg in args), url],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": folder},
        )
        status, _, version = done.stdout.decode("ascii").partition(" ")
        return Answer(
            exit_status=done.returncode,
            status=int(status or 0),
            version=version,
            headers=_headers(head.read_text("latin-1") if head.exists() else ""),
            body=body.read_bytes() if body.exists() else b"",
            log=done.stderr.decode("utf-8", "replace"),
        )


def _headers(text: str) -> dict[str, str]:
    """Return the headers of the last of several heads, as of a 100 before a 200."""
    heads = [head for head in text.replace("\r\n", "\n").split("\n\n") if head.strip()]
    headers = {}
    for line in heads[-1].splitlines()[1:] if heads else ():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers
