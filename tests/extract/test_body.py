"""What wraps a body is opened, in any nesting, within the budget."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import struct
import subprocess
import zlib
from collections.abc import Callable

import brotli
import lz4.frame
import pytest
import zstandard

from bench.patients import leak_csv
from dlp.extract.body import BodyReader
from dlp.extract.budget import Budget, UninspectableError
from dlp.inspection import Core, Inspection
from dlp.types import Uninspectable

TEXT = "Numéro de sécurité sociale : 2 55 08 14 168 025 38\n".encode() * 50


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def read(
    body: bytes,
    content_encoding: str = "",
    content_type: str = "",
    budget: Budget | None = None,
    cut: int = 0,
) -> tuple[bytes, str]:
    reader = BodyReader(
        content_type=content_type, content_encoding=content_encoding, budget=budget or Budget()
    )
    cut = cut or len(body) or 1
    segments = [s for i in range(0, len(body), cut) for s in reader.feed(body[i : i + cut])]
    segments += reader.finish()
    # What may be in another encoding than it seems is read as it is, too.
    segments = [s for s in segments if not s.path.endswith("/bytes")]
    return b"".join(s.data for s in segments), segments[-1].path if segments else ""


CODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "gzip in capitals": ("GZIP", gzip.compress),
    "two gzip members": ("gzip", lambda d: gzip.compress(d[:100]) + gzip.compress(d[100:])),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstandard.compress),
    "two zstd frames": (
        "zstd",
        lambda d: zstandard.compress(d[:100]) + zstandard.compress(d[100:]),
    ),
    "stacked": ("gzip, br", lambda d: brotli.compress(gzip.compress(d))),
    "identity": ("identity", bytes),
    "gzip by content": ("", gzip.compress),
    "zstd by content": ("", zstandard.compress),
    "bzip2 by content": ("", bz2.compress),
    "two bzip2 streams": ("", lambda d: bz2.compress(d[:100]) + bz2.compress(d[100:])),
    "xz by content": ("", lzma.compress),
    "lz4 by content": ("", lz4.frame.compress),
    "two lz4 frames": ("", lambda d: lz4.frame.compress(d[:100]) + lz4.frame.compress(d[100:])),
    "lzma by content": ("", lambda d: lzma.compress(d, lzma.FORMAT_ALONE)),
    "gz in xz in bz2": ("", lambda d: bz2.compress(lzma.compress(gzip.compress(d)))),
    "br around gz by content": ("br", lambda d: brotli.compress(gzip.compress(d))),
}


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("cut", [0, 1, 7])
def test_what_is_packed_is_read(coding: str, cut: int) -> None:
    header, pack = CODINGS[coding]
    assert read(pack(TEXT), header, cut=cut)[0] == TEXT


COMMANDS = {
    "lz4": ("lz4", ["-c", "-BD"]),
    "lz4 with its content's size": ("lz4", ["-c", "--content-size", "-9"]),
    "xz": ("xz-utils", ["-c", "-T2", "--block-size=64KiB"]),
    "xz, as lzma": ("xz-utils", ["-c", "--format=lzma"]),
    "zstd": ("zstd", ["-c", "-q", "--long=27", "-19"]),
    "gzip": ("gzip", ["-c"]),
    "bzip2": ("bzip2", ["-c"]),
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("cut", [0, 100])
def test_what_commands_pack_is_read(
    name: str, cut: int, require_command: Callable[[str, str], str]
) -> None:
    package, arguments = COMMANDS[name]
    command = require_command(name.split(" ", 1)[0].rstrip(","), package)
    text = b"".join(b"%d;255081416802538;Durand\n" % number for number in range(9000))
    packed = subprocess.run([command, *arguments], input=text, stdout=subprocess.PIPE, check=True)
    assert read(packed.stdout, cut=cut)[0] == text


@pytest.mark.parametrize("pack", [zstandard.compress, lz4.frame.compress])
@pytest.mark.parametrize("cut", [0, 1])
def test_frames_that_are_skipped_hide_nothing(pack: Callable[[bytes], bytes], cut: int) -> None:
    skipped = struct.pack("<II", 0x184D2A53, 5) + b"hello"
    body = skipped + pack(TEXT) + skipped + pack(TEXT)
    assert read(body, cut=cut)[0] == b"hello" + TEXT * 2


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("cut", [0, 1, 3])
def test_wide_text_is_read(encoding: str, cut: int) -> None:
    text = TEXT.decode()
    assert text in read(text.encode(encoding), cut=cut)[0].decode()


@pytest.mark.parametrize("page", ["cp037", "cp273", "cp500", "cp1140"])
@pytest.mark.parametrize("cut", [0, 1, 3])
def test_mainframes_text_is_read(page: str, cut: int) -> None:
    # Lines end with a character of its own, or are of a fixed width.
    for end in ("\x85", "  "):
        text = "".join(f"{255081416802538 + n};DURAND JEAN;12/08/1955{end}" for n in range(40))
        found = read(text.encode(page), cut=cut)[0].decode()
        assert found == text.replace("\x85", "\n")


def test_the_path_tells_what_was_opened() -> None:
    assert read(lzma.compress(gzip.compress(TEXT)))[1] == "body/xz/gzip"


@pytest.mark.parametrize("cut", range(1, 12))
def test_forms_are_decoded_however_they_are_cut(cut: int) -> None:
    body = b"a=1+85%2005&b=%2531%2585&c=100%&d=%zz"
    expected = b"a=1 85 05\nb=1\x85\nc=100%\nd=%zz"
    assert read(body, content_type="application/x-www-form-urlencoded", cut=cut)[0] == expected


@pytest.mark.parametrize("name", ["sdch", "compress", "gzip, nope"])
def test_an_unknown_coding_is_uninspectable(name: str) -> None:
    with pytest.raises(UninspectableError) as caught:
        read(TEXT, name)
    assert caught.value.reason is Uninspectable.UNKNOWN_ENCODING


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("damage", ["cut", "not packed"])
def test_damage_is_uninspectable(coding: str, damage: str) -> None:
    packed = CODINGS[coding][1](TEXT)
    body = packed[: len(packed) // 2] if damage == "cut" else b"\x07\x07" + TEXT
    with pytest.raises(UninspectableError) as caught:
        read(body, coding)
    assert caught.value.reason is Uninspectable.CORRUPT


@pytest.mark.parametrize(
    "first",
    [
        codecs.BOM_UTF16_LE,
        codecs.BOM_UTF16_BE,
        codecs.BOM_UTF32_LE,
        codecs.BOM_UTF32_BE,
        codecs.BOM_UTF16_LE + ("Bonjour à tous. " * 40).encode("utf-16-le"),
        ("Bonjour à tous. " * 40).encode("utf-16-be"),
        ("Bonjour a tous. " * 80).encode("cp1140"),
    ],
)
@pytest.mark.parametrize("step", [1000, 1_000_000])
def test_text_that_begins_like_another_encoding_is_read(
    core: Core, first: bytes, step: int
) -> None:
    body = first + leak_csv(40)
    inspection = Inspection(core)
    for at in range(0, len(body), step):
        inspection.feed(body[at : at + step])

    assert inspection.finish().evidence.subjects == 40


@pytest.mark.parametrize("charset", ["idna", "rot13", "hex", "undefined", "hz", "utf-7", "utf-16"])
def test_whatever_charset_is_claimed_text_is_read(core: Core, charset: str) -> None:
    inspection = Inspection(core, content_type=f"text/csv; charset={charset}")
    inspection.feed(leak_csv(40))

    assert inspection.finish().evidence.subjects == 40


BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": lambda: gzip.compress(bytes(50_000_000)),
    "br": lambda: brotli.compress(bytes(50_000_000), quality=5),
    "zstd": lambda: zstandard.compress(bytes(50_000_000)),
    "bz2": lambda: bz2.compress(bytes(50_000_000)),
    "xz": lambda: lzma.compress(bytes(50_000_000), preset=1),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_at_the_budget(name: str) -> None:
    with pytest.raises(UninspectableError) as caught:
        read(BOMBS[name](), "br" if name == "br" else "", budget=Budget(output=20_000_000))
    assert caught.value.reason is Uninspectable.BUDGET


def test_too_many_wrappings_end_at_the_budget() -> None:
    body = TEXT
    for _ in range(12):
        body = gzip.compress(body)
    with pytest.raises(UninspectableError) as caught:
        read(body)
    assert caught.value.reason is Uninspectable.BUDGET


def test_an_empty_body_is_nothing() -> None:
    assert read(b"")[0] == b""
    for coding in ("gzip", "deflate", "br", "zstd"):
        assert read(b"", coding)[0] == b""


@pytest.mark.parametrize("text", [b"BZh", b"BZhello", b"BZh91 rue des Exemples", b"PK\x03"])
def test_text_that_begins_like_an_archive_is_text(text: bytes) -> None:
    assert read(text)[0] == text


@pytest.mark.parametrize("name", ["gzip", "zstd", "bz2", "xz"])
@pytest.mark.parametrize("trailing", [b"\0" * 20, b"\x1f not a member", b"BZ", b"255081416802538"])
@pytest.mark.parametrize("cut", [0, 1])
def test_what_follows_a_stream_is_read_as_it_is(name: str, trailing: bytes, cut: int) -> None:
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "zstd": zstandard.compress,
        "bz2": bz2.compress,
        "xz": lzma.compress,
    }
    read_back = read(packers[name](TEXT) + trailing, cut=cut)[0]
    assert read_back.startswith(TEXT)
    # Two bytes that could still have begun another stream are no text.
    assert read_back == TEXT + trailing or len(trailing) == 2


@pytest.mark.parametrize("step", [0, 1, 7])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_folded_lines_are_put_together(read: Callable[..., object], end: bytes, step: int) -> None:
    cards = (
        end.join([b"BEGIN:VCARD", b"NOTE:NIR 2550814", b" 16802538", b"", b"END:VCARD", b""]) * 9
    )

    assert read(cards, step=step) == {"body": [cards.replace(end + b" ", b"")]}
