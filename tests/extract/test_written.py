"""Bytes that are written out as text, by other programs where there are any."""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import json
import lzma
import random
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

type Read = Callable[..., dict[str, list[bytes]]]

TEXT = "".join(
    f"{255081416802538 + n};Élodie Durand;diabète de type 2;\t{n:02}\r\n" for n in range(40)
).encode()


LISTS: dict[str, Callable[[bytes], str]] = {
    "Node": lambda d: json.dumps({"file": {"type": "Buffer", "data": list(d)}}),
    "compact": lambda d: json.dumps({"data": list(d)}, separators=(",", ":")),
    "indented": lambda d: json.dumps({"data": list(d)}, indent=4),
    "Uint8Array": lambda d: json.dumps({str(n): byte for n, byte in enumerate(d)}),
    "Java": lambda d: str([byte - 256 if byte > 127 else byte for byte in d]),
    "Python": lambda d: repr(bytearray(d).hex(" ")),
    "decimal": lambda d: " ".join(map(str, d)),
    "colons": lambda d: d.hex(":"),
    "dashes": lambda d: d.hex("-").upper(),
    "C": lambda d: "unsigned char a[] = {\n" + ",\n".join(
        ", ".join(f"0x{byte:02x}" for byte in d[at : at + 12]) for at in range(0, len(d), 12)
    ) + "\n};\n",
    "C, short": lambda d: "{" + ",".join(f"{byte:#x}" for byte in d) + "}",
    "a column": lambda d: "\r\n".join(map(str, d)),
    "semicolons": lambda d: ";".join(map(str, d)),
    "tabs": lambda d: "\t".join(map(str, d)),
    "dots": lambda d: ".".join(map(str, d)),
    "dashes, decimal": lambda d: "-".join(map(str, d)),
    "strings": lambda d: json.dumps({"data": list(map(str, d))}),
    "hexadecimal, a column": lambda d: d.hex("\n"),
    "hexadecimal strings": lambda d: json.dumps([f"{byte:02X}" for byte in d]),
    "octal": lambda d: " ".join(f"{byte:03o}" for byte in d),
    "octal, a column": lambda d: "\n".join(f"{byte:o}" for byte in d),
    "octal literals": lambda d: str(list(map(oct, d))),
    "binary": lambda d: " ".join(f"{byte:08b}" for byte in d),
    "quoted-printable, all": lambda d: "".join(
        f"={byte:02X}" + "=\r\n" * (n % 24 == 23) for n, byte in enumerate(d)
    ),
    "Ascii85": lambda d: f"Fichier :\n{base64.a85encode(d, adobe=True, wrapcol=60).decode()} fin",
}  # fmt: skip
COMMANDS = {
    "xxd": ["xxd"],
    "xxd -i": ["xxd", "-i"],
    "xxd -b": ["xxd", "-b"],
    "xxd -g1": ["xxd", "-g1"],
    "od": ["od"],
    "od -b": ["od", "-b"],
    "od -c": ["od", "-c"],
    "od -t x1": ["od", "-t", "x1"],
    "od -An -tx1": ["od", "-An", "-tx1"],
    "od -A x -t x1z": ["od", "-A", "x", "-t", "x1z"],
    "od -x": ["od", "-x"],
    "hexdump": ["hexdump"],
    "hexdump -C": ["hexdump", "-C"],
    "uuencode": ["perl", "-0777", "-ne", r'print "begin 644 a\n", pack("u", $_), "`\nend\n"'],
}  # fmt: skip


def decoded(texts: dict[str, list[bytes]], name: str) -> bytes:
    """Return what was written out in a way."""
    return b"".join(
        text for path, found in texts.items() if path.endswith(f"/{name}") for text in found
    )


@pytest.mark.parametrize("way", LISTS)
@pytest.mark.parametrize("step", [0, 1, 1009])
def test_lists_of_bytes_are_read(read: Read, way: str, step: int) -> None:
    texts = read(LISTS[way](TEXT).encode(), step=step)

    assert decoded(texts, "ascii85" if way == "Ascii85" else "bytes") == TEXT


@pytest.mark.parametrize("way", LISTS)
def test_what_lists_hold_is_opened(read: Read, way: str) -> None:
    texts = read(LISTS[way](gzip.compress(TEXT * 5)).encode())

    assert decoded(texts, "gzip") == TEXT * 5


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("step", [0, 1, 1009])
def test_dumps_are_read(read: Read, tmp_path: Path, command: str, step: int) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(TEXT)
    try:
        done = subprocess.run([*COMMANDS[command], str(file)], stdout=subprocess.PIPE, check=True)
    except FileNotFoundError as error:
        pytest.skip(f"needs {error.filename}")

    texts = read(b"Voici\n\n" + done.stdout + b"\nfin\n", step=step)
    ways = {"uuencode": "uuencode", "xxd -i": "bytes", "od -An -tx1": "bytes"}
    assert decoded(texts, ways.get(command, "dump")) == TEXT


def test_uuencode_in_a_json_string_is_read(read: Read) -> None:
    data = bytes(range(256)) * 3 + gzip.compress(TEXT)
    lines = [binascii.b2a_uu(data[at : at + 45]).decode() for at in range(0, len(data), 45)]
    text = f"begin 644 a.gz\n{''.join(lines)}`\nend\n"

    for written in (text, json.dumps({"file": text}), text.replace("\n", "\r\n")):
        assert decoded(read(written.encode()), "gzip") == TEXT


@pytest.mark.parametrize("step", [0, 1, 1009])
@pytest.mark.parametrize("before", [b"", b"Voici :\n\n"])
def test_uuencode_without_its_first_line_is_read(read: Read, before: bytes, step: int) -> None:
    """As Perl's pack("u") writes it."""
    lines = b"".join(binascii.b2a_uu(TEXT[at : at + 45]) for at in range(0, len(TEXT), 45))

    assert decoded(read(before + lines, step=step), "uuencode") == TEXT


def yenc(data: bytes, *, part: bool = False) -> bytes:
    """http://www.yenc.org/yenc-draft.1.3.txt."""
    body = b""
    for byte in data:
        moved = (byte + 42) % 256
        body += bytes([0x3D, (moved + 64) % 256]) if moved in b"\0\n\r=" else bytes([moved])
    at, lines = 0, b""
    while at < len(body):
        end = at + 128 + (body[at + 127 : at + 128] == b"=")
        lines += body[at:end] + b"\r\n"
        at = end
    head = b"=ybegin line=128 size=%d name=a.csv\r\n" % len(data)
    head += b"=ypart begin=1 end=%d\r\n" % len(data) if part else b""
    return head + lines + b"=yend size=%d\r\n" % len(data)


@pytest.mark.parametrize("step", [0, 1, 1009])
@pytest.mark.parametrize("part", [False, True])
def test_yenc_is_read(read: Read, step: int, *, part: bool) -> None:
    every = TEXT + bytes(range(256)) * 3
    texts = read(b"Voici\r\n" + yenc(every, part=part) + b"fin\r\n", step=step)
    packed = read(yenc(gzip.compress(TEXT * 5)), step=step)

    assert decoded(texts, "yenc") == decoded({"/a": read(every)["body"]}, "a")
    assert decoded(packed, "gzip") == TEXT * 5


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("step", [0, 1, 1009])
def test_percent_encoded_archives_are_read(read: Read, packer: str, times: int, step: int) -> None:
    data = PACKERS[packer](TEXT * 5)
    forms = [quote_plus(data), quote(data), "".join(f"%{byte:02x}" for byte in data)]
    for form in forms:
        written = form
        for _ in range(times - 1):
            written = quote_plus(written)
        for body in (written, f"a=1&file={written}&b=2", json.dumps({"url": f"/?q={written}"})):
            assert decoded(read(body.encode(), step=step), packer) == TEXT * 5


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("odd", [44, 45])
@pytest.mark.parametrize("zero", [b" ", b"`"])
def test_long_uuencode_is_read_whatever_its_lines_are(
    read: Read, ends: bytes, odd: int, zero: bytes
) -> None:
    data = b"head" + random.Random(3).randbytes(100_000)
    sizes = [45] * 1000 + [odd] + [45] * 2000
    lines, at = [], 0
    for size in sizes:
        if piece := data[at : at + size]:
            lines.append(binascii.b2a_uu(piece).rstrip(b"\n").replace(b" ", zero))
        at += size
    body = ends.join([b"begin 644 a", *lines, b"`", b"end", b""])

    whole = read(body)

    assert [decoded(whole, "uuencode")] == read(data)["body"]
    assert read(body, step=5000) == whole


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([random.Random(n).randrange(400) for n in range(9000)]),
        json.dumps([[0, 1, 2, 3] * 8] * 900),
        "10 20 30 40 50 60 70 80 90 100 110 120 130\n" * 900,
        "10.5;20.1;30.7;40.2;50.9;60.6;70.0\n" * 900,
        "192.168.10.20\n192.168.10.21\n" * 900,
        "12:30:45 12:30:46 12:30:47\n" * 900,
        "\n".join(str(random.Random(n).randrange(30, 100)) for n in range(3000)),
        "11001100;10101010;0;1;1\n" * 900,
        "Adresse MAC : 00:1a:2b:3c:4d:5e\n" * 900,
        "a <~ b <~ c begin 644 is where it begins 0000000\n" * 900,
        "0000000 1111111 2222222\n" * 900,
        '{"0": 5, "1": 7}' * 900,
        uuid.UUID(int=5).hex * 900,
    ],
)
def test_columns_of_numbers_are_no_bytes(read: Read, text: str) -> None:
    assert list(read(text.encode())) in (["body"], ["body", "body/hex"])


@pytest.mark.parametrize("before", ["0X", "0x", "x", "9", "10", "é", "", " "])
@pytest.mark.parametrize("sign", ["0x", "0X", r"\x", ""])
@pytest.mark.parametrize("apart", [", ", "; ", ":", " ", ""])
def test_reading_ends_whatever_stands_before_a_list(
    read: Read, before: str, sign: str, apart: str
) -> None:
    body = before + apart.join(f"{sign}{byte:02x}" for byte in TEXT[:60])
    assert read(body.encode())["body"]


@pytest.mark.parametrize("way", LISTS)
@given(
    # With nothing before it, noise could be the mark of a format, and damaged.
    size=st.integers(1, 900),
    cuts=st.lists(st.integers(0, 6000), max_size=6),
    noise=st.binary(max_size=40),
)
def test_cuts_do_not_matter(read: Read, way: str, size: int, cuts: list[int], noise: bytes) -> None:
    body = LISTS[way](TEXT[:size]).encode() + noise + LISTS["colons"](TEXT[:200]).encode()

    assert read(body, cuts=cuts, may_fail=True) == read(body, may_fail=True)
