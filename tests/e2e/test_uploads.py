"""Archives and documents that are uploaded in parts: whole ones pass, leaks never become a file."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import signal
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from reportlab.pdfgen.canvas import Canvas

from bench.proxy import Proxy
from bench.servers.uploads import CHUNKS, UploadServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def store() -> Iterator[UploadServer]:
    """A server that takes files in parts."""
    with UploadServer() as server:
        yield server


@dataclass(frozen=True)
class Sent:
    """A request."""

    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


type Send = Callable[[Sent], Answer]
type Protocol = Callable[[str, list[bytes], Send], list[Sent]]


@pytest.fixture
def send(proxy: Proxy, store: UploadServer) -> Send:
    """Send a request to the store through the proxy."""
    return lambda sent: through(proxy, store, sent)


def through(proxy: Proxy, store: UploadServer, sent: Sent) -> Answer:
    host, _, port = proxy.listen.rpartition(":")
    connection = HTTPConnection(host, int(port), timeout=90)
    try:
        connection.request(sent.method, store.url + sent.path, sent.body, sent.headers)
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, headers, answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def workers(
    tmp_path_factory: pytest.TempPathFactory, upstream_env: dict[str, str], store: UploadServer
) -> Iterator[Proxy]:
    """Two workers, to either of which a connection may fall."""
    del store
    env = upstream_env | {"DLP_WORKERS": "2"}
    with Proxy(tmp_path_factory.mktemp("workers") / "data", env=env) as proxy:
        yield proxy


def children(proxy: Proxy) -> list[int]:
    """Return the processes that accept connections: the children of the one they are copies of."""
    assert proxy._process is not None

    def of(pid: int) -> list[int]:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(one) for task in tasks for one in (task / "children").read_text().split()]

    return [worker for child in of(proxy._process.pid) for worker in of(child)]


def noise(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def as_zip(text: bytes, seed: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("picture.jpg", b"\xff\xd8\xff" + noise(seed, 30_000))
        archive.writestr("table.csv", text)
        archive.writestr("other.jpg", b"\xff\xd8\xff" + noise(seed + 1, 30_000))
    return out.getvalue()


def as_xlsx(text: bytes, _seed: int) -> bytes:
    book = openpyxl.Workbook()
    for line in text.decode().splitlines():
        book.active.append(line.split(";"))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_pdf(text: bytes, _seed: int) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number, line in enumerate(text.decode().splitlines()):
        canvas.drawString(50, 800 - 15 * (number % 50), line)
        if number % 50 == 49:
            canvas.showPage()
    canvas.save()
    return out.getvalue()


def as_gzip(text: bytes, seed: int) -> bytes:
    return gzip.compress(noise(seed, 40_000).hex().encode() + b"\n" + text, mtime=0)


WRITERS = {"zip": as_zip, "xlsx": as_xlsx, "pdf": as_pdf, "gzip": as_gzip}


def cut(content: bytes, count: int = 4) -> list[bytes]:
    size = -(-len(content) // count)
    return [content[at : at + size] for at in range(0, len(content), size)]


def offsets(parts: list[bytes]) -> list[int]:
    return [sum(map(len, parts[:number])) for number in range(len(parts))]


def by_range(name: str, parts: list[bytes], _send: Send) -> list[Sent]:
    total = sum(map(len, parts))
    return [
        Sent(
            "PUT", f"/up/{name}", part, {"Content-Range": f"bytes {a}-{a + len(part) - 1}/{total}"}
        )
        for a, part in zip(offsets(parts), parts, strict=True)
    ]


def by_s3(name: str, parts: list[bytes], _send: Send) -> list[Sent]:
    listing = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>x</ETag></Part>"
        for number, _ in enumerate(parts, 1)
    )
    return [
        *(
            Sent("PUT", f"/b/{name}?partNumber={number}&uploadId={name}", part)
            for number, part in enumerate(parts, 1)
        ),
        Sent("POST", f"/b/{name}?uploadId={name}", f"<C>{listing}</C>".encode()),
    ]


def by_tus(name: str, parts: list[bytes], send: Send) -> list[Sent]:
    always = {"Tus-Resumable": "1.0.0"}
    total = str(sum(map(len, parts)))
    send(Sent("POST", f"/tus/{name}", headers=always | {"Upload-Length": total}))
    return [
        Sent("PATCH", f"/tus/{name}", part, always | {"Upload-Offset": str(at)})
        for at, part in zip(offsets(parts), parts, strict=True)
    ]


def by_nextcloud(name: str, parts: list[bytes], _send: Send) -> list[Sent]:
    folder = f"/remote.php/dav/uploads/me/{name}"
    return [
        *(Sent("PUT", f"{folder}/{number:05}", part) for number, part in enumerate(parts, 1)),
        Sent("MOVE", f"{folder}/.file", headers={"Destination": f"/files/me/{name}"}),
    ]


def by_dropbox(name: str, parts: list[bytes], send: Send) -> list[Sent]:
    base = "/2/files/upload_session/"
    start = Sent("POST", f"{base}start", parts[0], {"Dropbox-API-Arg": "{}"})
    started = send(start)
    if started.status != 200:
        return [start]
    session = json.loads(started.body)["session_id"]

    def argument(at: int) -> dict[str, str]:
        commit = {"path": f"/{name}"}
        cursor = {"session_id": session, "offset": at}
        return {"Dropbox-API-Arg": json.dumps({"cursor": cursor, "commit": commit})}

    sent = [
        Sent("POST", f"{base}append_v2", part, argument(at))
        for at, part in zip(offsets(parts), parts, strict=True)
    ][1:]
    return [*sent, Sent("POST", f"{base}finish", headers=argument(sum(map(len, parts))))]


def by_sharepoint(name: str, parts: list[bytes], _send: Send) -> list[Sent]:
    session = name.replace("-", "")
    calls = ["Start", *["Continue"] * (len(parts) - 2), "Finish"]
    return [
        Sent(
            "POST",
            f"/_api/web/GetFileById('1')/{call}Upload(uploadId=guid'{session}'"
            + (f",fileOffset={at})" if at else ")"),
            part,
        )
        for call, at, part in zip(calls, offsets(parts), parts, strict=True)
    ]


# What decides where something was read, rather than that it could not be.
LEAKS = {
    "identifiers-of-several-people",
    "identifier-announced",
    "identifier-beside-health",
    "people-with-health-information",
}


def in_form(fields: dict[str, str], part: bytes) -> tuple[bytes, dict[str, str]]:
    """Return a form as browsers write it, and its head."""
    mark = "----WebKitFormBoundaryq3J"
    lines = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    file = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="blob"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = "".join([*lines, file]).encode() + part + f"\r\n--{mark}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={mark}"}


def by_form(ways: int) -> Protocol:
    """Return how chunks are sent by the page of a row in `CHUNKS`."""
    named, numbered, counted = CHUNKS[ways]
    first = int("Number" in numbered)

    def requests(name: str, parts: list[bytes], _send: Send) -> list[Sent]:
        return [
            Sent(
                "POST",
                "/form",
                *in_form({named: name, numbered: str(number), counted: str(len(parts))}, part),
            )
            for number, part in enumerate(parts, first)
        ]

    return requests


def by_blueimp(name: str, parts: list[bytes], send: Send) -> list[Sent]:
    found = []
    for sent in by_range(name, parts, send):
        body, head = in_form({}, sent.body)
        found.append(Sent("POST", sent.path, body, sent.headers | head))
    return found


PROTOCOLS: dict[str, Protocol] = {
    "range": by_range,
    "s3": by_s3,
    "tus": by_tus,
    "nextcloud": by_nextcloud,
    "dropbox": by_dropbox,
    "sharepoint": by_sharepoint,
    "dropzone": by_form(0),
    "resumable": by_form(1),
    "flow": by_form(2),
    "fineuploader": by_form(3),
    "plupload": by_form(4),
    "blueimp": by_blueimp,
}


# Every protocol with what is read from its end; one of them with all kinds.
WAYS = [
    (protocol, kind)
    for protocol in PROTOCOLS
    for kind in (WRITERS if protocol == "range" else ("pdf",))
]


def stored(store: UploadServer, name: str) -> bytes | None:
    return store.files.get(name) or store.files.get(name.replace("-", ""))


@pytest.mark.parametrize(("protocol", "kind"), WAYS)
def test_a_clean_file_arrives(
    protocol: str, kind: str, send: Send, store: UploadServer, name: str, seed: int, orders: bytes
) -> None:
    content = WRITERS[kind](orders, seed)
    requests = PROTOCOLS[protocol](name, cut(content), send)

    answers = [send(request).status for request in requests]

    assert all(200 <= status < 300 for status in answers), answers
    assert stored(store, name) == content


@pytest.mark.parametrize(("protocol", "kind"), WAYS)
def test_a_leak_never_becomes_a_file(
    protocol: str,
    kind: str,
    proxy: Proxy,
    send: Send,
    store: UploadServer,
    name: str,
    seed: int,
    leak: bytes,
) -> None:
    content = WRITERS[kind](leak, seed)
    requests = PROTOCOLS[protocol](name, cut(content), send)

    answers = [send(request) for request in requests]
    first = next(number for number, answer in enumerate(answers) if answer.status == 403)
    assert {answer.status for answer in answers[first:]} == {403}
    assert len({answer.headers["x-dlp-incident"] for answer in answers[first:]}) == 1
    shown = proxy.dlp("incident", "show", answers[-1].headers["x-dlp-incident"], "--json")
    assert json.loads(shown.stdout)["rule"] in LEAKS
    if protocol != "tus":
        assert stored(store, name) is None
    else:
        assert len(stored(store, name) or b"") < len(content)


@pytest.mark.parametrize("kind", WRITERS)
def test_parts_may_come_at_once_and_in_any_order(
    kind: str, send: Send, store: UploadServer, name: str, seed: int, orders: bytes, leak: bytes
) -> None:
    for file, text in ((name, orders), (f"{name}-leak", leak)):
        content = WRITERS[kind](text, seed)
        *parts, end = by_s3(file, cut(content, 8), send)
        random.Random(seed).shuffle(parts)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(send, parts))
        answers.append(send(end))
        if text is orders:
            assert {answer.status for answer in answers} == {200}
            assert store.files[file] == content
        else:
            assert answers[-1].status == 403
            assert file not in store.files


def test_a_part_may_be_sent_again_but_not_with_other_bytes(
    send: Send, store: UploadServer, name: str, seed: int, orders: bytes
) -> None:
    content = as_zip(orders, seed)
    parts = cut(content)
    requests = by_s3(name, parts, send)

    answers = [send(one).status for one in (requests[0], requests[1], requests[0], requests[1])]
    changed = replace(requests[1], body=noise(seed, len(parts[1])))
    refused = send(changed)
    answers += [send(one).status for one in requests[2:]]

    assert set(answers) == {200}
    assert refused.status == 503
    assert b"changed" in refused.body
    assert store.files[name] == content


@pytest.mark.parametrize("kind", WRITERS)
def test_wherever_it_is_cut(
    kind: str, send: Send, store: UploadServer, name: str, seed: int, orders: bytes, leak: bytes
) -> None:
    chance = random.Random(seed)
    for text in (orders, leak):
        content = WRITERS[kind](text, seed)
        ends = [1, 3, 29, 31, 511, 513, len(content) - 23, len(content) - 1]
        for place in (*ends, *chance.sample(range(32, len(content) - 32), 8)):
            file = f"{name}-{len(store.files)}-{place}"
            parts = by_range(file, [content[:place], content[place:]], send)
            statuses = {send(one).status for one in parts}
            assert statuses == {200} if text is orders else 403 in statuses, place
            assert store.files.get(file) == (content if text is orders else None), place


@pytest.mark.parametrize("back", [1, 700, 3_000])
def test_a_server_may_ask_for_the_end_of_a_part_once_more(
    send: Send, store: UploadServer, name: str, seed: int, orders: bytes, leak: bytes, back: int
) -> None:
    for file, text in ((name, orders), (f"{name}-leak", leak)):
        content = as_zip(text, seed)
        first, *rest = by_range(file, cut(content), send)
        # Of the second part, the server has kept less than all.
        at = len(first.body) * 2 - back
        again = by_range(
            file, [content[:at], content[at : at + 9_000], content[at + 9_000 :]], send
        )
        store.files.pop(file, None)
        statuses = [send(one).status for one in (first, rest[0])]
        store.parts[f"/up/{file}"] = {0: content[:at]}
        other = replace(again[1], body=noise(seed, len(again[1].body)))
        refused = send(other).status
        statuses += [send(one).status for one in again[1:]]
        if text is orders:
            assert (set(statuses), refused) == ({200}, 503)
            assert store.files[file] == content
        else:
            assert statuses[-1] == 403
            assert file not in store.files


def test_the_parts_of_an_upload_are_those_it_is_completed_from(
    send: Send, store: UploadServer, name: str, seed: int, orders: bytes
) -> None:
    requests = by_s3(name, cut(as_zip(orders, seed)), send)
    *parts, end = requests
    fewer = replace(end, body=end.body.replace(b"<PartNumber>2<", b"<PartNumber>3<"))

    assert {send(one).status for one in parts} == {200}
    assert send(fewer).status == 503
    assert name not in store.files
    assert send(end).status == 200
    # Clients that had no answer ask again.
    assert send(end).status == 200


def test_of_an_upload_whose_beginning_was_not_seen_text_alone_passes(
    proxy: Proxy,
    send: Send,
    name: str,
    seed: int,
    orders: bytes,
) -> None:
    def rest(file: str, content: bytes) -> list[Answer]:
        return [send(one) for one in by_s3(file, cut(content, 3), send)[1:3]]

    text = rest(f"{name}-text", orders)
    packed = rest(name, as_zip(orders, seed))

    assert {answer.status // 100 for answer in text} == {2}
    assert packed[0].status == 403
    shown = proxy.dlp("incident", "show", packed[0].headers["x-dlp-incident"], "--json")
    assert json.loads(shown.stdout)["uninspectable"] == "partial"


@pytest.mark.parametrize("kind", ["zip", "pdf"])
@pytest.mark.parametrize("protocol", ["range", "s3", "tus", "dropbox"])
def test_parts_are_read_as_one_whichever_worker_they_fall_to(
    protocol: str,
    kind: str,
    workers: Proxy,
    store: UploadServer,
    name: str,
    seed: int,
    orders: bytes,
    leak: bytes,
) -> None:
    def send(sent: Sent) -> Answer:
        return through(workers, store, sent)

    clean, leaking = WRITERS[kind](orders, seed), WRITERS[kind](leak, seed)
    arrived = PROTOCOLS[protocol](name, cut(clean, 6), send)
    assert {send(one).status // 100 for one in arrived} == {2}
    assert stored(store, name) == clean

    answers = [send(one) for one in PROTOCOLS[protocol](f"leak-{name}", cut(leaking, 6), send)]
    assert answers[-1].status == 403
    shown = workers.dlp("incident", "show", answers[-1].headers["x-dlp-incident"], "--json")
    assert json.loads(shown.stdout)["rule"] in LEAKS
    assert protocol == "tus" or stored(store, f"leak-{name}") is None


def test_what_a_killed_worker_had_read_is_a_beginning_that_was_not_seen(
    workers: Proxy, store: UploadServer, name: str, seed: int, orders: bytes
) -> None:
    def send(sent: Sent) -> Answer:
        return through(workers, store, sent)

    first, *rest = by_s3(name, cut(as_zip(orders, seed), 3), send)
    other, *text = by_s3(f"text-{name}", cut(orders, 3), send)
    assert (send(first).status, send(other).status) == (200, 200)

    for pid in children(workers):
        os.kill(pid, signal.SIGKILL)

    assert {send(one).status for one in rest} == {403}
    assert {send(one).status for one in text} == {200}
    assert name not in store.files
    assert store.files[f"text-{name}"] == orders


def test_a_replaced_worker_reads_on_what_it_has_begun_with_and_no_longer(
    tmp_path: Path, store: UploadServer, name: str, seed: int, orders: bytes, leak: bytes
) -> None:
    def until(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.05)

    with Proxy(tmp_path / "data", env={"DLP_WORKERS": "2"}) as proxy:

        def send(sent: Sent) -> Answer:
            return through(proxy, store, sent)

        def reload(times: int) -> None:
            proxy.signal(signal.SIGHUP)
            until(lambda: sum(one["event"] == "reloaded" for one in proxy.events) == times)

        content = as_zip(orders, seed)
        first, *rest = by_s3(name, cut(content, 4), send)
        bad, *worse = by_s3(f"leak-{name}", cut(as_zip(leak, seed), 4), send)
        left, *_ = by_s3(f"left-{name}", cut(as_zip(orders, seed + 1), 4), send)
        assert [send(one).status for one in (first, bad)] == [200, 200]
        before = children(proxy)

        reload(1)
        assert set(children(proxy)) & set(before)
        assert send(rest[0]).status == 200
        reload(2)
        assert {send(one).status for one in rest[1:]} == {200}
        answers = [send(one) for one in worse]

        assert store.files[name] == content
        assert answers[-1].status == 403
        assert f"leak-{name}" not in store.files
        shown = proxy.dlp("incident", "show", answers[-1].headers["x-dlp-incident"], "--json")
        assert json.loads(shown.stdout)["rule"] in LEAKS

        # What is not to end in the upload's time ends with the proxy.
        assert send(left).status == 200
        reload(3)
        pids = children(proxy)
        assert len(pids) > 2
        proxy.signal()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
