"""Documents on their way out, and in `dlp scan`."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from reportlab.pdfgen.canvas import Canvas

from bench.curl import curl
from bench.proxy import Proxy, run_dlp
from bench.servers.http import HttpServer


def pdf(lines: list[str]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number, line in enumerate(lines):
        canvas.drawString(50, 800 - 15 * (number % 50), line)
        if number % 50 == 49:
            canvas.showPage()
    canvas.save()
    return out.getvalue()


def xlsx(lines: list[str]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line.split(";"))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WRITERS: dict[str, Callable[[list[str]], bytes]] = {"pdf": pdf, "xlsx": xlsx}


@pytest.mark.parametrize("kind", WRITERS)
# Small messages are inspected where they come in, which may not wait for a parser.
@pytest.mark.parametrize("count", [5, 200])
def test_a_leak_is_stopped_and_an_ordinary_document_passes(
    kind: str,
    count: int,
    proxy: Proxy,
    http: HttpServer,
    name: str,
    leak: bytes,
    orders: bytes,
) -> None:
    write = WRITERS[kind]
    url = f"{http.url}/{name}"
    stopped = write(leak.decode().splitlines()[: count + 1])
    answer = curl(url, "-T", "{file}", proxy=proxy.listen, send=stopped)
    assert answer.status == 403
    assert not http.records.of(f"/{name}")

    passed = write(orders.decode().splitlines()[: count + 1])
    answer = curl(url, "-T", "{file}", proxy=proxy.listen, send=passed)
    assert answer.status == 200
    assert [record.body for record in http.records.of(f"/{name}")] == [passed]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_scanning_reads_documents(jobs: str, tmp_path: Path, leak: bytes, orders: bytes) -> None:
    for number in range(3):
        (tmp_path / f"orders{number}.xlsx").write_bytes(xlsx(orders.decode().splitlines()))
    done = run_dlp("scan", "-j", jobs, str(tmp_path))
    assert done.returncode == 0, done.stdout
    (tmp_path / "patients.pdf").write_bytes(pdf(leak.decode().splitlines()))
    assert run_dlp("scan", "-j", jobs, str(tmp_path)).returncode == 1
