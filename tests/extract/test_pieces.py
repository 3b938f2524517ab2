"""Base64, base32, hexadecimal in pieces, and base85 that nothing marks, as Python writes them."""

from __future__ import annotations

import base64
import gzip
import json
import random
import string
import zlib
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.patients import leak_csv, patients
from dlp.extract import radix
from dlp.extract.joined import Joined
from dlp.inspection import Core, Inspection
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from dlp.extract.content import Opening

type Read = Callable[..., dict[str, list[bytes]]]

WORDS = "Élodie Durand Zoé Martin diabète cancer enceinte rue avenue Lyon Rennes grippe".split()
_DRAW = random.Random(7)
TEXT = "".join(
    f"2550814168{_DRAW.randrange(10**5):05};{' '.join(_DRAW.choices(WORDS, k=4))};{n}\n"
    for n in range(120)
).encode()


def pieces(size: int, between: str, text: str) -> str:
    return between.join(text[at : at + size] for at in range(0, len(text), size))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def listed(size: int, text: str, indent: int | None = None) -> str:
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    return json.dumps({"name": "export", "parts": parts, "n": len(parts)}, indent=indent)


PIECES: dict[str, Callable[[bytes], str]] = {
    "groups of 4": lambda d: pieces(4, " ", b64(d)),
    "groups of 5": lambda d: pieces(5, " ", b64(d)),
    "groups of 8, dashes": lambda d: pieces(8, "-", base64.b64encode(d, b"+/").decode()),
    "a column": lambda d: pieces(7, "\r\n", b64(d)),
    "a list of strings of 20": lambda d: listed(20, b64(d)),
    "a list of strings of 76": lambda d: listed(76, b64(d)),
    "a list of strings of 1000": lambda d: listed(1000, b64(d)),
    "a list, indented": lambda d: listed(6, b64(d), indent=2),
    "URL-safe": lambda d: listed(20, base64.urlsafe_b64encode(d).decode().rstrip("=")),
    "lines, indented": lambda d: "data: |\n    " + pieces(60, "\n    ", b64(d)),
    "lines, quoted": lambda d: "> " + pieces(60, "\n> ", b64(d)),
    "behind words": lambda d: f"Voici le fichier demandé : {pieces(6, ' ', b64(d))}. Cordialement",
    "base32": lambda d: pieces(8, " ", base64.b32encode(d).decode()),
    "hexadecimal in fours": lambda d: pieces(4, " ", d.hex()),
    "hexadecimal in lists": lambda d: listed(20, d.hex()),
}
BASE85: dict[str, Callable[[bytes], str]] = {
    "Ascii85": lambda d: base64.a85encode(d).decode(),
    "Ascii85, wrapped": lambda d: base64.a85encode(d, wrapcol=76).decode(),
    "Ascii85 in JSON": lambda d: json.dumps({"d": base64.a85encode(d).decode()}),
    "Ascii85, wrapped, in JSON": lambda d: json.dumps(
        {"d": base64.a85encode(d, wrapcol=76).decode()}
    ),
    "base85": lambda d: base64.b85encode(d).decode(),
    "base85 in JSON": lambda d: json.dumps({"a": "b", "d": base64.b85encode(d).decode()}),
    "base85, wrapped": lambda d: pieces(76, "\n", base64.b85encode(d).decode()),
    "base85 in YAML": lambda d: f"patients: {base64.b85encode(d).decode()}\nnext: 1\n",
}
WAYS = PIECES | BASE85
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "gzip": gzip.compress,
    "zlib": zlib.compress,
}


def all_of(texts: dict[str, list[bytes]]) -> bytes:
    return b"\0".join(text for found in texts.values() for text in found)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("packed", PACKED)
def test_pieces_are_put_together(read: Read, way: str, packed: str) -> None:
    texts = read(WAYS[way](PACKED[packed](TEXT * 3)).encode())

    assert TEXT * 2 in all_of(texts)


@pytest.mark.parametrize("way", WAYS)
def test_a_leak_in_pieces_is_stopped(core: Core, way: str) -> None:
    inspection = Inspection(core)
    inspection.feed(WAYS[way](leak_csv(60)).encode())
    result = inspection.finish()

    assert result.verdict.action.stops
    assert result.evidence.subjects == 60


@pytest.mark.parametrize(
    "row",
    [
        lambda cells: ";".join(map(b64, cells)),
        lambda cells: json.dumps(dict(zip("abc", map(b64, cells), strict=True))),
        lambda cells: "\n".join(f"attribute:: {b64(cell)}" for cell in cells),
        lambda cells: "".join(f"<v>{b64(cell)}</v>" for cell in cells),
    ],
)
def test_a_table_of_encoded_cells_is_a_table(read: Read, row: Callable[[list[bytes]], str]) -> None:
    rows = [line.split(b";") for line in TEXT.splitlines()]
    texts = read("\n".join(map(row, rows)).encode())

    decoded = b"".join(texts["body/base64"])
    assert all(cell in decoded for cells in rows for cell in cells)


def source(seed: int) -> random.Random:
    return random.Random(seed)


ORDINARY = {
    "words": "Le patient de la chambre est parti ce matin avec sa femme. " * 200,
    "words in capitals": "LE PATIENT DE LA CHAMBRE EST PARTI CE MATIN AVEC SA FEMME. " * 99,
    "years": " ".join(str(source(n).randrange(1950, 2026)) for n in range(4000)),
    "codes": "\n".join(f"{source(n).randrange(1 << 32):08x}" for n in range(2000)),
    "numbers": ";".join(str(source(n).randrange(10**8)) for n in range(2000)),
    "passwords": "\n".join(
        "".join(source(n).choices(string.ascii_letters + string.digits, k=16)) for n in range(999)
    ),
    "check sums": json.dumps(
        {f"package{n}": f"sha512-{b64(source(n).randbytes(64))}" for n in range(300)}, indent=1
    ),
    "tokens": json.dumps([b64(source(n).randbytes(18)) for n in range(600)]),
    "a program": "function f(a,B){return this.C[a]?D.e(B):new F(a,{G:B},function(){I()})};" * 90,
    "signs": "".join(map(chr, source(1).choices(range(33, 127), k=20_000))),
    "names": "\n".join("MARTIN;Jean;DUPONT;Zoé;LYON;GARNIER;Paul" for _ in range(400)),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_text_is_read_once(read: Read, name: str) -> None:
    assert "body/" not in " ".join(path for path in read(ORDINARY[name].encode()))


def test_rows_of_encoded_cells_stay_rows(read: Read) -> None:
    written = b"\n".join(
        b";".join(map(base64.b64encode, line.split(b";"))) for line in TEXT.splitlines()
    )

    assert TEXT.strip() in b"".join(read(b"nir;mots;n\n" + written)["body/base64"])


def test_damage_in_pieces_is_told(read: Read) -> None:
    packed = gzip.compress(random.Random(1).randbytes(9000))[:-2000]

    assert read(PIECES["groups of 4"](packed).encode(), may_fail=True) == {
        "": [Uninspectable.CORRUPT.encode()]
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", [1, 1009])
def test_what_is_read_does_not_depend_on_steps(read: Read, way: str, step: int) -> None:
    body = WAYS[way](TEXT).encode()

    assert read(body, step=step) == read(body)


@given(
    size=st.integers(0, 9000),
    before=st.integers(0, 90_000),
    cuts=st.lists(st.integers(0, 120_000), max_size=6),
    way=st.sampled_from(sorted(WAYS)),
    again=st.sampled_from(sorted(WAYS)),
)
def test_cuts_do_not_matter(
    read: Read, size: int, before: int, cuts: list[int], way: str, again: str
) -> None:
    begin = "Bonjour, a1 B2 c3D; " * (before // 20)
    body = f"{begin}{WAYS[way](TEXT[:size])}\n{{}}\n{WAYS[again](TEXT[:size])}".encode()

    assert read(body, cuts=cuts) == read(body)


@given(
    parts=st.lists(st.text('\\"/nrub01Az{<', max_size=12).map(str.encode), min_size=1, max_size=5),
    coding=st.sampled_from([radix.ASCII85, radix.BASE85, radix.Z85]),
)
def test_what_no_encoded_string_escapes_ends_it_wherever_it_is_cut(
    parts: list[bytes], coding: radix.Coding
) -> None:
    def read(parts: list[bytes]) -> tuple[bytes, bool]:
        reader = Joined(coding, b"\r\n", cast("Opening", None), escaped=True)
        out = b""
        for part in parts:
            out += reader.decode(part)
            if reader.over:
                assert reader.left <= len(part)
                break
        return out, reader.over

    assert read(parts) == read([b"".join(parts)])


def test_objects_in_strings_of_strings_are_read(core: Core) -> None:
    text = json.dumps([asdict(one) for one in patients(40)], ensure_ascii=False)
    for _ in range(4):
        text = json.dumps({"level": "INFO", "message": text}, ensure_ascii=False)
        inspection = Inspection(core)
        for at in range(0, len(text), 997):
            inspection.feed(text[at : at + 997].encode())
        assert inspection.finish().evidence.subjects == 40
