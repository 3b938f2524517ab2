"""A value that is cut where two parts of an upload meet is seen, in whatever order they come."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.between import uploads as module
from dlp.between.uploads import EDGE, Ends, Part, Uploads, edges, part_of

SECRET = b"185057800608491"


def send(uploads: Uploads, part: Part | None, body: bytes, client: str = "10.0.0.1") -> list[bytes]:
    assert part is not None
    return uploads.seams(client, part, body[:EDGE], body[-EDGE:], 0.0)


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "expected"),
    [
        ("PUT", "/b/k", "partNumber=3&uploadId=u", {}, Part(upload="h/b/k?u", start=3, end=4)),
        ("PATCH", "/f/1", "", {"upload-offset": "70"}, Part(upload="h/f/1", start=70, end=80)),
        ("PUT", "/u", "", {"content-range": "bytes 5-14/20"}, Part(upload="h/u", start=5, end=15)),
        (
            "PUT",
            "/u",
            "upload_id=x",
            {"content-range": "bytes 5-14/*"},
            Part(upload="h/u?[('upload_id', 'x')]", start=5, end=15),
        ),
        ("PATCH", "/w", "", {"x-update-range": "bytes=5-"}, Part(upload="h/w", start=5, end=15)),
        (
            "PUT",
            "/remote.php/dav/uploads/me/8a/00002",
            "",
            {},
            Part(upload="h/remote.php/dav/uploads/me/8a/", start=2, end=3),
        ),
        (
            "POST",
            "/2/files/upload_session/append_v2",
            "",
            {"dropbox-api-arg": '{"cursor": {"session_id": "s", "offset": 9}}'},
            Part(upload="dropbox s", start=9, end=19),
        ),
        (
            "POST",
            "/_api/web/GetFileById('1')/ContinueUpload(uploadId=guid'7c',fileOffset=9)",
            "",
            {},
            Part(upload="h/_api/web/GetFileById('1')/7c", start=9, end=19),
        ),
        ("PUT", "/uploads/8a/4", "", {}, Part(upload="h/uploads/8a/", start=4, end=5)),
        ("POST", "/api", "", {}, Part(upload="h/api")),
        ("PUT", "/b/k", "partNumber=x&uploadId=u", {}, Part(upload="h/b/k")),
        ("PATCH", "/f", "", {"upload-offset": "-1"}, Part(upload="h/f")),
        ("POST", "/f", "", {"dropbox-api-arg": "[["}, Part(upload="h/f")),
        ("PUT", "/u", "", {"content-range": "bytes */20"}, Part(upload="h/u")),
        ("GET", "/b/k", "partNumber=3&uploadId=u", {}, None),
    ],
)
def test_parts_are_recognised(
    method: str, path: str, query: str, headers: dict[str, str], expected: Part | None
) -> None:
    assert part_of(method, "h", path, query, headers, 10) == expected


@given(st.integers(1, len(SECRET) - 1), st.integers(1, 9))
def test_a_value_cut_between_numbered_parts_is_seen_in_any_order(cut: int, short: int) -> None:
    middle = SECRET[cut : cut + short]
    bodies = [b"x" * 9000 + SECRET[:cut], middle, SECRET[cut + short :] + b"y" * 9000]
    for order in permutations(range(3)):
        uploads = Uploads()
        found = []
        for number in order:
            found += send(uploads, Part(upload="u", start=number, end=number + 1), bodies[number])
        assert any(SECRET in seam for seam in found), order


@pytest.mark.parametrize("size", [1, 4, 7])
def test_a_value_spread_over_bodies_that_only_follow_each_other_is_seen(size: int) -> None:
    uploads = Uploads()
    found = []
    for at in range(0, len(SECRET), size):
        found += send(uploads, Part(upload="h/api"), SECRET[at : at + size])
    assert any(SECRET in seam for seam in found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"id": 185057}', b'{"id": 800608491}'),
        (b"name=Durand&page=1", b"name=Martin&page=2"),
        (b"<a>1</a>\n", b"<a>2</a>\n"),
    ],
)
def test_bodies_that_nothing_ties_together_have_no_seam(one: bytes, other: bytes) -> None:
    uploads = Uploads()
    send(uploads, Part(upload="h/api"), one)
    assert send(uploads, Part(upload="h/api"), other) == []


def test_uploads_of_others_have_no_seam_with_this_one() -> None:
    uploads = Uploads()
    send(uploads, Part(upload="u", start=1, end=2), SECRET[:7])
    assert send(uploads, Part(upload="v", start=2, end=3), SECRET[7:]) == []
    assert send(uploads, Part(upload="u", start=2, end=3), SECRET[7:], client="10.0.0.2") == []
    assert send(uploads, Part(upload="u", start=3, end=4), SECRET[7:]) == []


def test_of_a_form_the_file_is_what_meets_the_next_one() -> None:
    body = (
        b"--b\r\nContent-Disposition: form-data; name=chunk\r\n\r\n2\r\n"
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n'
        b"Content-Type: text/csv\r\n\r\n" + b"1" * 600 + b"2" * 600 + b"\r\n--b--\r\n"
    )
    head, tail = edges(body, "multipart/form-data; boundary=b")
    assert (head, tail) == (b"1" * EDGE, b"2" * EDGE)
    assert edges(b"abc", "text/plain") == (b"abc", b"abc")
    assert edges(b"--b\r\nnot a form", "multipart/form-data")[0] == b"--b\r\nnot a form"


@given(st.lists(st.binary(max_size=5000), max_size=5))
def test_the_ends_of_a_body_are_the_same_however_it_is_cut(pieces: list[bytes]) -> None:
    ends = Ends()
    for piece in pieces:
        ends.feed(piece)
    body = b"".join(pieces)
    short = len(body) <= 2 * module.ENDING
    assert ends.joined() == (body if short else body[: module.ENDING] + body[-module.ENDING :])


def test_memory_is_bounded_and_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENDS", 50)
    uploads = Uploads()
    for number in range(500):
        send(uploads, Part(upload=f"u{number // 7}", start=number, end=number + 1), b"z")
    assert 0 < len(uploads) <= 50

    uploads.seams("10.0.0.1", Part(upload="late"), b"", b"", module.KEPT_SECONDS + 1)
    assert len(uploads) == 1
