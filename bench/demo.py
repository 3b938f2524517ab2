"""The proxy at work: the same leak and the same ordinary file, sent by every way out."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import trustme
from rich import box
from rich.console import Console
from rich.table import Table

from bench import patients
from bench.curl import Answer, curl, find_curl
from bench.proxy import NotReadyError, Proxy
from bench.servers import FtpServer, HttpServer, HttpsServer
from bench.ways import ways

__all__ = ["main"]

PATIENTS = 200
ORDERS = 400
# So that the table fits into a terminal of ordinary width, and into the README.
WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One file sent by one way, and what became of it."""

    way: str
    what: str
    content: bytes
    leak: bool
    answer: Answer
    arrived: bytes
    untouched: bool = False

    @property
    def stopped(self) -> bool:
        """Whether the proxy said that it stopped it."""
        return self.answer.status in (403, 552) and bool(self.answer.incident)

    @property
    def held(self) -> bool:
        """Whether the promise held: no byte of a leak got out, all of a file arrived."""
        if self.leak:
            return self.stopped and self.untouched
        return not self.stopped and self.arrived == self.content


def main() -> int:
    """Run the demo; the exit status is 0 only if everything held."""
    parser = argparse.ArgumentParser(prog="python -m bench.demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep the proxy's folder afterwards")
    keep = parser.parse_args().keep
    if find_curl() is None:
        print("demo: curl is missing; install the package `curl`", file=sys.stderr)
        return 2
    # A request to end is answered like Ctrl-C: everything that was started is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(highlight=False)
    console.width = min(WIDTH, console.width) if console.is_terminal else WIDTH
    folder = Path(tempfile.mkdtemp(prefix="dlp-demo-"))
    try:
        return _show(console, _send_all(console, folder), folder if keep else None)
    except NotReadyError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _send_all(console: Console, folder: Path) -> list[Sent]:
    """Send the leak and the ordinary file by every way."""
    leak, orders = patients.leak_csv(PATIENTS), patients.orders_csv(ORDERS)
    files = (("patients.csv", f"{PATIENTS} patients", leak), ("orders.csv", "orders", orders))
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "servers-ca.pem"))
    env = {"DLP_UPSTREAM_CA": str(folder / "servers-ca.pem")}
    sent = []
    with ExitStack() as stack:
        status = stack.enter_context(console.status("Starting the proxy and the servers"))
        http, ftp = stack.enter_context(HttpServer()), stack.enter_context(FtpServer())
        https = stack.enter_context(HttpsServer(authority))
        proxy = stack.enter_context(Proxy(folder / "data", env=env))
        for number, way in enumerate(ways(proxy, http, https, ftp)):
            status.update(f"Sending: {way.name}")
            answers = [way.send(proxy, f"{number}-{file}", body) for file, _, body in files]
            sent += [
                Sent(
                    way=way.name,
                    what=what,
                    content=body,
                    leak=body is leak,
                    answer=answer,
                    arrived=way.arrived(f"{number}-{file}"),
                    untouched=way.untouched(f"{number}-{file}"),
                )
                for (file, what, body), answer in zip(files, answers, strict=True)
            ]
        (ftp.root / "stock.csv").write_bytes(orders)
        answer = curl(f"ftp://127.0.0.1:{ftp.port}/stock.csv", proxy=proxy.listen)
        sent.append(
            Sent(
                way="FTP over HTTP, GET",
                what="fetched",
                content=orders,
                leak=False,
                answer=answer,
                arrived=answer.body,
            )
        )
    return sent


def _show(console: Console, sent: list[Sent], kept: Path | None) -> int:
    """Print the table and what it says in words; return the exit status."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for title in ("Way out", "Sent", "Answer", "Arrived", "Incident"):
        table.add_column(title, overflow="fold")
    previous = ""
    for one in sent:
        table.add_row(
            "" if one.way == previous else one.way,
            f"{one.what}, {_size(one.content)}",
            f"{one.answer.status} {'stopped' if one.stopped else 'passed'}",
            _arrived(one),
            one.answer.incident,
            style=("red" if one.leak else "green") if one.held else "bold white on red",
        )
        previous = one.way
    leaked = sum(one.leak and not one.held for one in sent)
    broken = sum(not one.leak and not one.held for one in sent)
    leaks = f"{leaked} leaks were NOT stopped" if leaked else "Every leak was stopped"
    files = (
        f"{broken} ordinary files did NOT arrive as they were"
        if broken
        else "every ordinary file arrived byte for byte"
    )
    good = not leaked and not broken
    console.print(table)
    console.print(f"{leaks}; {files}.", style="bold green" if good else "bold red")
    incident = next((one.answer.incident for one in sent if one.answer.incident), "ID")
    where = f"--data-dir {kept / 'data'}" if kept else "(after a demo with --keep)"
    console.print(f"To look at an incident: dlp incident show {incident} {where}", soft_wrap=True)
    return 0 if good else 1


def _arrived(one: Sent) -> str:
    if not one.arrived:
        return "nothing"
    same = "identical" if one.arrived == one.content else "NOT the same"
    return f"{_size(one.arrived)}, {same}"


def _size(content: bytes) -> str:
    return f"{len(content)} B" if len(content) < 1000 else f"{len(content) / 1000:.0f} kB"


if __name__ == "__main__":
    sys.exit(main())
