"""What a request does for an upload of several requests is told from its head."""

from __future__ import annotations

import pytest

from dlp.between.steps import Act, Step, listed, sessions, step_of

PART, COMPLETE, ABORT, APART = Act.PART, Act.COMPLETE, Act.ABORT, Act.APART
TUS = {"tus-resumable": "1.0.0"}
DROPBOX = "/2/files/upload_session/"
SHAREPOINT = "/_api/web/GetFileById('1')/"


@pytest.mark.parametrize(
    ("method", "target", "headers", "expected"),
    [
        (
            "PUT",
            "/b/k?partNumber=3&uploadId=u",
            {},
            Step(act=PART, upload="h/b/k?u", start=3, firsts=(1,), numbered=True),
        ),
        (
            "PUT",
            "/b/k?partNumber=3&uploadId=u",
            {"content-encoding": "aws-chunked"},
            Step(act=PART, upload="h/b/k?u", start=3, firsts=(1,), numbered=True),
        ),
        (
            "PUT",
            "/b/k?partNumber=3&uploadId=u",
            {"content-encoding": "gzip"},
            Step(act=APART, upload="h/b/k?u"),
        ),
        (
            "PUT",
            "/b/k?partNumber=3&uploadId=u",
            {"x-amz-copy-source": "/a/b"},
            Step(act=APART, upload="h/b/k?u"),
        ),
        ("POST", "/b/k?uploadId=u", {}, Step(act=COMPLETE, upload="h/b/k?u", numbered=True)),
        ("DELETE", "/b/k?uploadId=u", {}, Step(act=ABORT, upload="h/b/k?u")),
        ("GET", "/b/k?uploadId=u", {}, None),
        ("POST", "/b/k?uploads", {}, None),
        (
            "PUT",
            "/u?id=x&chunk=4",
            {"content-range": "bytes 5-14/20"},
            Step(act=PART, upload="h/u?[('id', 'x')]", start=5, size=10, total=20),
        ),
        (
            "PUT",
            "/u",
            {"content-range": "bytes 5-14/*"},
            Step(act=PART, upload="h/u", start=5, size=10, of_client=True),
        ),
        (
            "PUT",
            "/u",
            {"content-range": "bytes */20"},
            Step(act=COMPLETE, upload="h/u", total=20, of_client=True),
        ),
        ("PUT", "/u", {"content-range": "bytes 0-19/20"}, None),
        ("PUT", "/u", {"content-range": "bytes */*"}, None),
        ("PATCH", "/w", {"x-update-range": "bytes=5-14"}, None),
        (
            "PATCH",
            "/f/1",
            TUS | {"upload-offset": "70"},
            Step(act=PART, upload="h/f/1", start=70, is_open_ended=True),
        ),
        (
            "POST",
            "/f/1",
            {"upload-offset": "70", "x-http-method-override": "PATCH", "upload-length": "99"},
            Step(act=PART, upload="h/f/1", start=70, total=99),
        ),
        (
            "PATCH",
            "/f/1",
            {"upload-offset": "70", "upload-complete": "?1"},
            Step(act=PART, upload="h/f/1", start=70, last=True),
        ),
        (
            "POST",
            "/f",
            TUS | {"upload-length": "9", "content-type": "application/offset+octet-stream"},
            Step(act=PART, upload="", total=9),
        ),
        ("POST", "/f", TUS | {"upload-length": "9"}, None),
        ("PATCH", "/f/1", TUS | {"upload-offset": "-1"}, None),
        ("DELETE", "/f/1", TUS, Step(act=ABORT, upload="h/f/1")),
        (
            "PUT",
            "/remote.php/dav/uploads/me/8a/00002",
            {},
            Step(
                act=PART,
                upload="h/remote.php/dav/uploads/me/8a/",
                start=2,
                firsts=(0, 1),
                numbered=True,
            ),
        ),
        (
            "MOVE",
            "/remote.php/dav/uploads/me/8a/.file",
            {},
            Step(act=COMPLETE, upload="h/remote.php/dav/uploads/me/8a/"),
        ),
        (
            "DELETE",
            "/remote.php/dav/uploads/me/8a/",
            {},
            Step(act=ABORT, upload="h/remote.php/dav/uploads/me/8a/"),
        ),
        ("PUT", "/uploads/avatars/42", {}, None),
        ("POST", f"{DROPBOX}start", {}, Step(act=PART, upload="")),
        (
            "POST",
            f"{DROPBOX}append_v2",
            {"dropbox-api-arg": '{"cursor": {"session_id": "s", "offset": 9}}'},
            Step(act=PART, upload="dropbox s", start=9),
        ),
        (
            "POST",
            f"{DROPBOX}finish",
            {"dropbox-api-arg": '{"cursor": {"session_id": "s", "offset": 9}}'},
            Step(act=PART, upload="dropbox s", start=9, last=True),
        ),
        ("POST", f"{DROPBOX}append_v2", {"dropbox-api-arg": "[["}, None),
        ("POST", f"{DROPBOX}finish_batch", {}, Step(act=COMPLETE, upload="")),
        (
            "POST",
            f"{SHAREPOINT}StartUpload(uploadId=guid'A-1')",
            {},
            Step(act=PART, upload=f"h{SHAREPOINT}a-1"),
        ),
        (
            "POST",
            f"{SHAREPOINT}finishupload(uploadid=guid%27A-1%27,fileoffset=70)",
            {},
            Step(act=PART, upload=f"h{SHAREPOINT}a-1", start=70, last=True),
        ),
        ("POST", "/api?id=1", {}, None),
    ],
)
def test_steps_are_recognised(
    method: str, target: str, headers: dict[str, str], expected: Step | None
) -> None:
    path, _, query = target.partition("?")
    assert step_of(method, "h", path, query, headers) == expected


def test_a_request_to_complete_an_upload_lists_its_parts() -> None:
    body = b"<C><Part><PartNumber>1</PartNumber></Part><s3:PartNumber> 20 </s3:PartNumber></C>"
    assert listed(body) == [1, 20]
    assert sessions(b'{"entries": [{"cursor": {"session_id": "s", "offset": 9}}]}') == ["dropbox s"]
