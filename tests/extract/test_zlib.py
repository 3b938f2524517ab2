"""zlib streams without a container, and the texts of pictures."""

from __future__ import annotations

import base64
import io
import random
import tarfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from dlp.extract.budget import UninspectableError
from dlp.types import Uninspectable

type Read = Callable[..., dict[str, list[bytes]]]

TEXT = b"nir;nom\n255081416802538;Durand\n" * 40
LONG = b"".join(b"%d;Durand\n" % number for number in range(50_000))


def found(texts: dict[str, list[bytes]]) -> list[bytes]:
    return [text for pieces in texts.values() for text in pieces]


def tarred(content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as writer:
        member = tarfile.TarInfo("a")
        member.size = len(content)
        writer.addfile(member, io.BytesIO(content))
    return out.getvalue()


PLACES: dict[str, Callable[[bytes], bytes]] = {
    "body": lambda d: d,
    "member": tarred,
    "part": lambda d: (
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + d + b"\r\n--b--"
    ),
    "base64": lambda d: b'{"file": "' + base64.b64encode(d) + b'"}',
    "hexadecimal": lambda d: b"0x" + d.hex().encode(),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("level", [1, 5, 6, 9])
@pytest.mark.parametrize("text", [TEXT, LONG], ids=["short", "long"])
def test_a_stream_is_opened(read: Read, place: str, level: int, text: bytes) -> None:
    assert text in found(read(PLACES[place](zlib.compress(text, level)), step=9999))


def test_what_follows_is_read(read: Read) -> None:
    assert any(text.endswith(b"255081") for text in found(read(zlib.compress(TEXT) + b"255081")))


@pytest.mark.parametrize(
    "body", [b"x^2 + y^2 = z", b"x^" + TEXT, b"x\x9c" + TEXT, b"x^", b"x\xda\x00" + TEXT]
)
def test_a_text_is_none(read: Read, body: bytes) -> None:
    assert found(read(body)) == [body]


def test_one_that_is_cut_off_is_damaged(read: Read) -> None:
    with pytest.raises(UninspectableError) as caught:
        read(zlib.compress(LONG)[:-10])
    assert caught.value.reason is Uninspectable.CORRUPT


def picture(*, noise: bool = False) -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "clear 255081416802538")
    texts.add_text("Comment", TEXT.decode(), zip=True)
    texts.add_itxt("Patient", "é" + TEXT.decode(), "fr", "Patiente", zip=True)
    texts.add_itxt("Short", "255081416802538", zip=True)
    image = Image.effect_noise((200, 200), 80) if noise else Image.new("RGB", (8, 8))
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=texts)
    return out.getvalue()


@pytest.mark.parametrize("step", [0, 1, 13])
def test_the_texts_of_a_picture_are_read(read: Read, step: int) -> None:
    texts = found(read(picture(), step=step))

    assert TEXT in texts
    assert "é".encode() + TEXT in texts
    assert b"255081416802538" in texts
    assert any(b"clear 255081416802538" in text for text in texts)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_what_cameras_write_is_read(read: Read, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "description 255081416802538"
    exif[0x9C9C] = "comment 255081416802538".encode("utf-16-le")
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, kind, exif=exif)

    texts = b"\n".join(found(read(out.getvalue())))

    assert b"description 255081416802538" in texts
    assert b"comment 255081416802538" in texts


@given(st.data())
def test_a_broken_picture_is_no_damage(read: Read, data: st.DataObject) -> None:
    body = bytearray(picture())
    for place in data.draw(st.lists(st.integers(8, len(body) - 1), max_size=5)):
        body[place] = data.draw(st.integers(0, 255))
    body = body[: data.draw(st.integers(8, len(body)))]
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=3))
    assert read(bytes(body), cuts=cuts) == read(bytes(body))


def test_pixels_are_no_text(read: Read) -> None:
    chance = random.Random(2)
    out = io.BytesIO()
    Image.frombytes("L", (100, 100), chance.randbytes(10_000)).save(out, "PNG")
    assert set(read(out.getvalue())) <= {"body/png", "body/png/utf-16"}


@pytest.mark.parametrize("window", [9, 12, 15, -9, -15])
@pytest.mark.parametrize("tail", [b"", b"12345678"])
@pytest.mark.parametrize("pack", [bytes, tarred])
def test_deflate_that_says_little_of_itself_is_read(
    read: Read, pack: Callable[[bytes], bytes], tail: bytes, window: int
) -> None:
    """Without a head, as in gzip and zip files; without gzip's head alone; of a small window."""
    for text in (TEXT, LONG):
        packer = zlib.compressobj(6, zlib.DEFLATED, window)
        body = packer.compress(pack(text)) + packer.flush() + tail

        assert any(text in one for one in found(read(body, step=1000)))


def test_what_chance_makes_is_no_deflate(read: Read) -> None:
    for seed in range(300):
        assert list(read(random.Random(seed).randbytes(600))) == ["body"]
