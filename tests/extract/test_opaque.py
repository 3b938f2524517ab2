"""Bytes of chance: what is skipped in them, and what is still found."""

from __future__ import annotations

import base64
import gzip
import io
import pickle
import random
import tomllib
import zipfile
import zlib
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench.patients import leak_csv, patients
from dlp.detect.headers import header_at
from dlp.extract import beside, opaque, runs
from dlp.extract.opaque import QUIET, RUN, by_chance, is_opaque
from dlp.inspection import Core, Inspection

LINES = b"Some lines of text.\n"
VECTORS = Path(__file__).parents[1] / "vectors"
NUMBERS = tuple(patient.nir.encode() for patient in patients(40))


def found(core: Core, data: bytes, *cuts: int) -> list[tuple[str, int]]:
    inspection = Inspection(core)
    at = 0
    for cut in sorted(cut % (len(data) + 1) for cut in cuts):
        inspection.feed(data[at:cut])
        at = cut
    inspection.feed(data[at:])
    evidence = inspection.finish().evidence
    return [(one.detector, one.distinct) for one in evidence.findings]


@pytest.mark.parametrize("size", [3_000, 30_000])
def test_bytes_of_chance_are_opaque(size: int) -> None:
    block = random.Random(1).randbytes(size)

    assert is_opaque(block)
    assert is_opaque(zlib.compress(leak_csv(2_000))[:size])
    assert not is_opaque(LINES * (size // len(LINES)))


def test_where_bytes_of_chance_are_cut_off_makes_no_text_of_them() -> None:
    chance = random.Random(3)

    read = [is_opaque(chance.randbytes(9_000 + more)) for more in range(2_500)]

    assert read.count(False) < 5


def test_what_chance_takes_for_a_table_ends_with_its_header(core: Core) -> None:
    header = b"\n\n" + b";".join((b"nom", b"prenom", b"date de naissance")) + b"\n"
    data = header + b"a;b;c\n" + random.Random(4).randbytes(40_000).replace(b"\n", b"\n;;;;")
    table, at = header_at(data, data.index(b"nom"), core.detectors.vocabulary) or (None, 0)

    assert table is not None
    assert sum(1 for _ in table.rows(data[at:])) < 20
    assert table.ended


def test_a_table_in_another_alphabet_goes_on(core: Core) -> None:
    header = "nom;prenom;date de naissance;commentaire\n".replace(";", "\x01")
    row = "Иванова;Анна;14/09/1948;беременность\n".replace(";", "\x01")
    data = (header + row * 200).encode()
    table, at = header_at(data, 0, core.detectors.vocabulary) or (None, 0)

    assert table is not None
    assert sum(1 for _ in table.rows(data[at:])) == 200


def test_a_few_lines_of_text_among_bytes_of_chance_are_no_opaque_block() -> None:
    block = random.Random(1).randbytes(30_000)

    assert not is_opaque(block[:9_000] + LINES * 100 + block[9_000:])
    assert not is_opaque(block[:9_000] + "Du texte. ".encode("utf-16-le") * 150 + block[9_000:])


TEXTS = {
    "French": "Né à Sète, hépatite déjà traitée, fièvre élevée le 12 à l'hôpital. ",
    "Vietnamese": "Nguyễn Văn An bị bệnh tiểu đường từ năm ngoái ở Đà Nẵng. ",
    "Greek": "Η ασθενής Ελένη έχει άσθμα, διαβήτη. ",
    "percent": "".join(f"%{byte:02x}" for byte in b"Durand;1948-09-14;asthme\n"),
    "JSON": "".join(f"\\u{ord(sign):04x}" for sign in "Durand;1948-09-14;asthme\n"),
    "base85": base64.b85encode(leak_csv(3)).decode()[:500],
    "separators": "DURAND\x1fANNE\x1f1948\x1fASTHME\x1e",
    "fields of C": "DURAND\0\0ANNE\0\0\0ASTHME\0\0",
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-32-le"])
@pytest.mark.parametrize("size", [250, 450, 700, 1_500])
def test_text_that_makes_up_half_of_a_piece_is_no_opaque_block(
    monkeypatch: pytest.MonkeyPatch, text: str, encoding: str, size: int
) -> None:
    # Bytes that are no even mix, as those of pictures.
    skewed = bytes([*range(240), *range(32, 48)])
    block = bytearray(random.Random(size).randbytes(32_768).translate(skewed))
    block[9_300 : 9_300 + size] = (text.encode(encoding) * 60)[:size]

    with monkeypatch.context() as patch:
        patch.setattr(opaque, "_SURE", 0)
        half = not is_opaque(bytes(block))

    assert is_opaque(bytes(block)) is not half
    assert half or size < 450 or (text, encoding) == ("Greek", "utf-8")


@pytest.mark.parametrize("joint", [b"", b" ", b".", b"-"])
def test_numbers_among_bytes_of_chance_are_found(core: Core, joint: bytes) -> None:
    chance = random.Random(2)
    data = b"".join(
        chance.randbytes(3_000) + b"\0" + joint.join((n[:1], n[1:3], n[3:5], n[5:])) + b"\0"
        for n in NUMBERS
    )

    assert is_opaque(data[:32_768])
    assert ("fr_nir", len(NUMBERS)) in found(core, data)


@pytest.mark.parametrize("shift", [*range(-18, 4), 700])
@pytest.mark.parametrize("encode", [bytes, base64.b64encode, bytes.hex])
def test_what_lies_across_the_ends_of_blocks_of_chance_is_found(
    core: Core, shift: int, encode: Callable[[bytes], bytes | str]
) -> None:
    # Of seeds, one by which chance writes no word beside them that speaks against a number.
    data = bytearray(random.Random(shift + 100).randbytes(7 * 32_768))
    for number, nir in enumerate(NUMBERS[:6], 1):
        # As long as a line, with a sign around it that is none of either.
        written = encode(nir if encode is bytes else b"NIR: %s, asthme." % nir)
        text = b"\0%s\0" % (written if isinstance(written, bytes) else written.encode())
        at = number * 32_768 + shift
        data[at : at + len(text)] = text

    assert ("fr_nir", 6) in found(core, bytes(data))
    assert found(core, bytes(data)) == found(core, bytes(data), 50_000, 98_304, 98_310)


def zipped(text: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", text)
    return out.getvalue()


@pytest.mark.parametrize("shift", [-70, -21, -12, -3, 0, 5, 9_000])
@pytest.mark.parametrize(
    "wrap",
    [
        gzip.compress,
        zipped,
        lambda text: text.decode().encode("utf-16-le"),
        lambda text: b"\0[%s]\0" % b", ".join(b"%d" % byte for byte in text),
    ],
    ids=["gzip", "zip", "utf-16", "list"],
)
def test_what_is_wrapped_among_bytes_of_chance_is_found(
    core: Core, shift: int, wrap: Callable[[bytes], bytes]
) -> None:
    numbers = [number for number in NUMBERS if number.isdigit()][:20]
    data = random.Random(shift + 70).randbytes(5 * 32_768)
    at = 2 * 32_768 + shift
    data = data[:at] + wrap(b"\n".join(numbers)) + data[at:]

    assert ("fr_nir", len(numbers)) in found(core, data)
    assert found(core, data, at + 3, at + 70, at + 40_000) == found(core, data)


def test_no_identifier_is_shorter_than_what_is_looked_for_in_bytes_of_chance(core: Core) -> None:
    assert min(min(one.lengths) for one in core.detectors.alone) > QUIET


@settings(max_examples=20)
@given(
    seed=st.integers(0, 1_000),
    cuts=st.lists(st.integers(0, 200_000), max_size=8),
    places=st.lists(st.integers(0, 120_000), max_size=4),
)
def test_cuts_do_not_matter_where_text_stands_among_bytes_of_chance(
    core: Core, seed: int, cuts: list[int], places: list[int]
) -> None:
    data = random.Random(seed).randbytes(120_000)
    text = leak_csv(12)
    escaped = b"".join(b"%%%02x" % byte for byte in text)
    for number, place in enumerate(places):
        data = data[:place] + (text, escaped)[number % 2] + data[place:]

    assert found(core, data, *cuts) == found(core, data)


def written(text: bytes) -> list[bytes]:
    """Return the runs in a text that are long enough to be looked at."""
    return [run for run in RUN.findall(text) if len(run) > QUIET]


def test_what_chance_writes_is_passed_over() -> None:
    chance = random.Random(5)
    signs = [bytes([byte]) for byte in range(256) if RUN.fullmatch(bytes([byte]))]

    runs = [b"".join(chance.choices(signs, k=QUIET + 1)) for _ in range(2_000)]

    assert sum(map(by_chance, runs)) > 0.85 * len(runs)


@pytest.mark.parametrize("run", ["Xffffffffff", "azJJJJJJJJJ", "UUUUUUUUUUUU"])
def test_what_pictures_write_is_passed_over(run: str) -> None:
    assert by_chance(run.encode())


@pytest.mark.parametrize(
    "text",
    ["VIH positif", "Durand;Anne", "HEPATITE C+", "A+;O-;12/03", "A" * 28, "Pie XIII rue"],
)
def test_no_words_are_what_chance_writes(text: str) -> None:
    assert not by_chance(text.encode())


@pytest.mark.parametrize("file", sorted(VECTORS.glob("*.toml")), ids=lambda file: file.stem)
def test_no_identifier_is_what_chance_writes(file: Path) -> None:
    cases = tomllib.loads(file.read_text("utf-8")).get("positive", [])

    for case in cases:
        for text in (case["value"], case.get("canonical", ""), case["value"].lower()):
            assert not any(map(by_chance, written(text.encode()))), text


PLANTS: dict[str, bytes] = {
    "numbers": b"\0".join(NUMBERS[:6]),
    "a table": leak_csv(8),
    "base64": b"\0%s\0" % base64.b64encode(leak_csv(8)),
    "hexadecimal": b"\0%s\0" % leak_csv(8).hex().encode(),
    "gzip": gzip.compress(leak_csv(30)),
    "UTF-16": leak_csv(8).decode().encode("utf-16-le"),
    "integers": array("q", [int(n) for n in NUMBERS if n.isdigit()][:30]).tobytes(),
    "floats": array("d", [int(n) for n in NUMBERS if n.isdigit()][:30]).tobytes(),
    "a pickle": pickle.dumps([int(n) for n in NUMBERS if n.isdigit()][:30]),
    "a list": b"\0%s\0" % ", ".join(map(str, leak_csv(2))).encode(),
}
NOTHING = {
    "what chance writes": b"\0aB3-xY9_zQw.R\0",
    "chance": random.Random(6).randbytes(40_000),
}


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("place", [5_000, 33_000])
def test_what_is_read_in_any_way_is_found_among_bytes_of_chance(
    core: Core, plant: str, place: int
) -> None:
    data = random.Random(place).randbytes(70_000)

    assert not found(core, data)
    assert found(core, data[:place] + PLANTS[plant] + data[place:])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Those of the table are in the archive, too, which is read before it or after.
@example(seed=0, planted=[("gzip", 0), ("a table", 0)], size=31_203)
@given(
    seed=st.integers(0, 1_000),
    planted=st.lists(
        st.tuples(st.sampled_from(sorted(PLANTS | NOTHING)), st.integers(0, 70_000)), max_size=4
    ),
    size=st.integers(2_000, 100_000),
)
def test_nothing_is_found_where_bytes_of_chance_are_passed_over_that_was_not_before(
    core: Core,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    planted: list[tuple[str, int]],
    size: int,
) -> None:
    data = random.Random(seed).randbytes(size)
    for name, place in planted:
        data = data[:place] + (PLANTS | NOTHING)[name] + data[place:]
    gated = found(core, data)
    with monkeypatch.context() as patch:
        patch.setattr(beside, "_quiet_until", lambda *_: 0)
        assert gated == found(core, data)


LINED: dict[str, Callable[[bytes], bytes]] = {
    "lines": base64.encodebytes,
    "lines of mails": lambda data: base64.encodebytes(data).replace(b"\n", b"\r\n"),
    "one line": base64.b64encode,
    "URL-safe": base64.urlsafe_b64encode,
}
AMONG = {
    "a table": leak_csv(8),
    "a line": b"nir: " + NUMBERS[0] + b"\n",
    "a line as long": b"+".join(NUMBERS)[:76] + b"\n",
    "numbers": b"/".join(NUMBERS[:6]),
    "lines of numbers": b"\n".join(NUMBERS[:30]),
}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 1_000),
    form=st.sampled_from(sorted(LINED)),
    planted=st.lists(
        st.tuples(st.sampled_from(sorted(AMONG)), st.integers(0, 200_000)), max_size=2
    ),
    inside=st.booleans(),
)
def test_nothing_is_found_where_base64_of_bytes_of_chance_is_passed_over_that_was_not_before(
    core: Core,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    form: str,
    planted: list[tuple[str, int]],
    *,
    inside: bool,
) -> None:
    chance = random.Random(seed).randbytes(150_000)
    packed = gzip.compress(leak_csv(30))
    data = LINED[form](chance[:90_000] + packed + chance[90_000:] if inside else chance)
    for name, place in planted:
        data = data[:place] + AMONG[name] + data[place:]
    gated = found(core, data)
    with monkeypatch.context() as patch:
        patch.setattr(runs, "is_mixed", lambda _: False)
        assert gated == found(core, data)


@pytest.mark.parametrize("form", LINED)
def test_base64_of_bytes_of_chance_is_told_from_that_of_text(form: str) -> None:
    mixed = LINED[form](random.Random(3).randbytes(60_000))[:32_768]

    assert opaque.is_mixed(mixed)
    assert not opaque.is_mixed(LINED[form](leak_csv(300))[:32_768])
    assert not any(opaque.is_mixed(mixed[:9_000] + one + mixed[9_000:]) for one in AMONG.values())
