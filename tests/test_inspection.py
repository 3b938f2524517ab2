"""What may leave before a message has ended: no byte of a leak, all else sooner or later."""

from __future__ import annotations

import base64
import gc
import gzip
import io
import lzma
import random
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import patients
from dlp.clean import HOLD_BACK, PIECE
from dlp.inspection import Core, Inspection
from dlp.policy.load import preset
from dlp.types import Action, Uninspectable

WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor".split()
# What is kept back of an ordinary text: what follows a byte, and the piece it came in.
WINDOW = HOLD_BACK + 2 * PIECE


def prose(size: int, seed: int) -> bytes:
    chance = random.Random(seed)
    lines: list[str] = []
    length = 0
    while length < size:
        lines.append(" ".join(chance.choice(WORDS) for _ in range(12)))
        length += len(lines[-1]) + 1
    return "\n".join(lines).encode() + b"\n"


def rows(size: int, seed: int) -> bytes:
    return patients.orders_csv(size // 100, seed)[:size].rpartition(b"\n")[0] + b"\n"


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


FILLERS = {"prose": prose, "rows": rows, "noise": noise}


def leave(
    core: Core, chunks: list[bytes], *, content_encoding: str = ""
) -> tuple[int, Inspection, bool]:
    """Return how many bytes left before the message was stopped or ended, and whether it was."""
    inspection = Inspection(core, content_encoding=content_encoding)
    sent = 0
    for chunk in chunks:
        inspection.feed(chunk)
        if inspection.verdict() is not None:
            return sent, inspection, True
        assert inspection.clean >= sent
        sent = inspection.clean
    return sent, inspection, inspection.finish().verdict.action.stops


def cut(data: bytes, seed: int) -> list[bytes]:
    chance = random.Random(seed)
    chunks = []
    start = 0
    largest = chance.choice([5_000, 65_535, 300_000])
    while start < len(data):
        size = chance.randint(1, largest)
        chunks.append(data[start : start + size])
        start += size
    return chunks


@pytest.mark.parametrize("filler", FILLERS)
@settings(max_examples=15)
@given(
    seed=st.integers(0, 1000),
    before=st.integers(0, 700_000),
    between=st.integers(0, 300_000),
    after=st.integers(0, 300_000),
)
def test_nothing_from_the_first_patient_on_leaves(
    core: Core, filler: str, seed: int, before: int, between: int, after: int
) -> None:
    fill = FILLERS[filler]
    first, second = (f"\nnir {p.nir}, \n".encode() for p in patients.patients(2, seed))
    head = fill(before, seed)
    body = head + first + fill(between, seed + 1) + second + fill(after, seed + 2)

    sent, _, stopped = leave(core, cut(body, seed))

    assert stopped
    assert sent <= len(head) + 5


@pytest.mark.parametrize("make", [patients.leak_csv, patients.leak_jsonl, patients.leak_sql])
@settings(max_examples=10)
@given(seed=st.integers(0, 1000), before=st.integers(0, 400_000))
def test_nothing_of_a_file_of_patients_leaves(
    core: Core, make: Callable[[int, int], bytes], seed: int, before: int
) -> None:
    head = prose(before, seed)
    leak = make(30, seed)

    sent, _, stopped = leave(core, cut(head + b"\n" + leak + prose(200_000, seed), seed))

    assert stopped
    assert sent <= len(head)


@pytest.mark.parametrize("filler", FILLERS)
def test_ordinary_content_leaves_as_it_comes(core: Core, filler: str) -> None:
    body = FILLERS[filler](900_000, 7)

    sent, _, stopped = leave(core, cut(body, 7))

    assert not stopped
    assert sent >= len(body) - WINDOW - 300_000


def test_what_is_packed_by_deflate_leaves_as_it_comes(core: Core) -> None:
    body = gzip.compress(prose(3_000_000, 1), 1)

    sent, _, _ = leave(core, [body[i : i + 4096] for i in range(0, len(body), 4096)])

    assert sent >= len(body) // 2


def test_a_leak_packed_by_deflate_does_not(core: Core) -> None:
    head = gzip.compress(noise(600_000, 1), 1)
    body = head + gzip.compress(patients.leak_csv(40))

    sent, _, stopped = leave(core, cut(body, 3), content_encoding="gzip")

    assert stopped
    assert 0 < sent <= len(head)


def test_an_archive_is_held_to_its_end(core: Core) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", prose(1_000_000, 1))

    sent, _, stopped = leave(core, cut(out.getvalue(), 1))

    assert not stopped
    assert sent == 0


def test_a_number_that_turns_out_to_be_noise_lets_go_again(core: Core) -> None:
    chance = random.Random(6)
    valid = next(patients.patients(1, 6)).nir.replace(" ", "")
    others = [f"{valid[:8]}{chance.randrange(10**7):07}" for _ in range(2_000)]
    table = "\n".join(f"{i};{number}" for i, number in enumerate(others))
    body = f"id;ref\n1;{valid}\n{table}\n".encode()
    head, tail = prose(300_000, 1), prose(400_000, 2)

    sent, inspection, _ = leave(core, cut(head + b"\n" + body + tail, 5))

    assert not inspection.finish().verdict.action.stops
    assert sent > len(head) + len(body)


def test_what_cannot_be_read_is_stopped_where_that_shows(core: Core) -> None:
    body = gzip.compress(noise(400_000, 1), 1)
    broken = body[:250_000] + bytes(1000) + body[251_000:]

    sent, _, stopped = leave(core, cut(broken, 2))

    assert stopped
    assert sent < 251_000


def test_what_policy_lets_pass_unread_leaves_unread() -> None:
    monitor = Core.build(policy=preset("monitor"), key=b"0123456789abcdef" * 2)
    body = b"\x1f\x8b\x08" + noise(400_000, 1)

    sent, inspection, stopped = leave(monitor, cut(body, 2))

    assert not stopped
    assert sent == len(body)
    assert inspection.finish().evidence.uninspectable is not None


def test_the_early_verdict_is_that_of_the_whole(core: Core) -> None:
    body = patients.leak_csv(5_000)
    inspection = Inspection(core)
    inspection.feed(body[:70_000])
    early = inspection.verdict()
    inspection.feed(body[70_000:])
    whole = inspection.finish()

    assert early is not None
    assert early.verdict == whole.verdict
    assert early.verdict.action is Action.QUARANTINE
    assert early.evidence.subjects < whole.evidence.subjects == 5_000


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return out.getvalue()


PDF = b"%PDF-1.4\n" + b"x" * 600


@pytest.mark.parametrize(
    ("body", "coding", "kinds"),
    [
        (b"PK, says a text", "", ()),
        (PDF, "", ("pdf",)),
        (gzip.compress(PDF), "gzip", ("pdf",)),
        (gzip.compress(PDF), "", ("gzip", "pdf")),
        (zipped("report.txt", PDF), "", ("pdf", "zip")),
        (zipped("[Content_Types].xml", b"<Types/>"), "", ("office", "zip")),
        (b'{"file": "' + base64.b64encode(zipped("a", PDF)) + b'"}', "", ("pdf", "zip")),
    ],
)
def test_a_kind_is_told_by_the_bytes_and_not_by_who_sends_them(
    core: Core, body: bytes, coding: str, kinds: tuple[str, ...]
) -> None:
    for size in (len(body), 7):
        inspection = Inspection(core, content_type="text/plain", content_encoding=coding)
        inspection.text("url", "/a?file=" + base64.b64encode(gzip.compress(b"a" * 99)).decode())
        for start in range(0, len(body), size):
            inspection.feed(body[start : start + size])
        assert inspection.finish().evidence.kinds == kinds


@pytest.mark.parametrize("name", ["gzip", "zip", "xz"])
def test_what_is_there_of_an_archive_that_was_cut_off_counts(core: Core, name: str) -> None:
    leak = patients.leak_csv(60, seed=3)
    whole = {"gzip": gzip.compress, "zip": _zipped, "xz": lzma.compress}[name](leak)
    inspection = Inspection(core)
    inspection.feed(whole[: len(whole) // 2])

    evidence = inspection.finish().evidence
    assert evidence.uninspectable is Uninspectable.CORRUPT
    assert evidence.subjects > 5


def _zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.csv", data)
    return out.getvalue()


@pytest.mark.parametrize("body", [b"{}", prose(100_000, 1), rows(60_000, 2), noise(70_000, 3)])
def test_an_inspection_leaves_nothing_for_the_collector(core: Core, body: bytes) -> None:
    gc.collect()
    inspection = Inspection(core)
    inspection.text("url", "https://example.org/?q=lorem")
    inspection.feed(body)
    inspection.finish()
    del inspection

    assert gc.collect() == 0
