"""CBOR and MessagePack, written by other libraries."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import cbor2
import msgpack  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

type Read = Callable[..., dict[str, list[bytes]]]

PATIENTS = [
    {
        "nom": "Durand",
        "nir": "255081416802538",
        "number": 255081416802538,
        "as a fraction": 255081416802538.0,
        "note": 'une "note"\nsur deux lignes',
        "list": [True, False, None, -5, 1.5, {}, []],
        "raw": b"1 85 05 78 006 084 36",
    }
] * 3
WRITERS: dict[str, Callable[[object], bytes]] = {
    "cbor": cbor2.dumps,
    "cbor, canonical": lambda o: cbor2.dumps(o, canonical=True),
    "cbor, marked": lambda o: b"\xd9\xd9\xf7" + cbor2.dumps(o),
    "cbor, lengths unknown": lambda o: cbor2.dumps(o, indefinite_containers=True),
    "msgpack": msgpack.packb,
}


def items(texts: dict[str, list[bytes]]) -> list[object]:
    (text,) = next(found for path, found in texts.items() if path.endswith("/items"))
    decoder, found, at = json.JSONDecoder(strict=False), [], 0
    written = text.decode().strip()
    while at < len(written):
        item, at = decoder.raw_decode(written, at)
        found.append(item)
        at += len(written[at:]) - len(written[at:].lstrip())
    return found


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("step", [0, 1, 7])
def test_items_are_read_as_json(read: Read, writer: str, step: int) -> None:
    (found,) = items(read(WRITERS[writer](PATIENTS), step=step))

    expected = [{**p, "as a fraction": p["number"], "raw": p["raw"].decode()} for p in PATIENTS]  # type: ignore[attr-defined]
    # Escapes of lines are undone in every text.
    assert found == expected


@pytest.mark.parametrize("pack", [cbor2.dumps, msgpack.packb])
@pytest.mark.parametrize(
    "value",
    [
        [["Durand", 255081416802538], ["Martin", 1]],
        [["Durand", 255081416802538]] * 40,
        [255081416802538, 155081416802538],
        {"a": {}},
    ],
)
def test_small_bodies_are_recognised(
    read: Read, pack: Callable[[object], bytes], value: object
) -> None:
    assert items(read(pack(value))) == [value]


@pytest.mark.parametrize("body", [b"\xdc\0\0", b"\xdd\0\0\0\0", b"\x98\0", b"\xdc", b"\x98"])
def test_an_empty_array_is_no_text_and_no_fault(read: Read, body: bytes) -> None:
    assert list(read(body)) == ["body"]


def test_one_may_follow_another(read: Read) -> None:
    assert items(read(b"".join(map(cbor2.dumps, PATIENTS))))[2]["nom"] == "Durand"  # type: ignore[index]
    assert items(read(b"".join(map(msgpack.packb, PATIENTS))))[2]["nom"] == "Durand"  # type: ignore[index]


def test_dates_and_big_numbers_are_read(read: Read) -> None:
    born = datetime(1955, 8, 12, tzinfo=UTC)
    day = (date(1955, 8, 12) - date(1970, 1, 1)).days
    written = {
        "a": cbor2.CBORTag(1, int(born.timestamp())),
        "b": cbor2.CBORTag(100, day),
        "c": 255081416802538 << 32,
        "d": -(1 << 70),
    }
    (found,) = items(read(cbor2.dumps(written)))
    assert found == {"a": "1955-08-12", "b": "1955-08-12", "c": written["c"], "d": written["d"]}
    for moment in (born, born.replace(microsecond=500_000), born.replace(year=1985)):
        (found,) = items(read(msgpack.packb({"born": moment}, datetime=True)))
        assert found["born"].startswith(f"{moment:%Y-%m-%d}")  # type: ignore[index]


@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)))  # noqa: DTZ001
def test_dates_are_those_of_the_calendar(read: Read, moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC, microsecond=0)
    (found,) = items(read(msgpack.packb({"at": moment}, datetime=True)))
    whole = moment.strftime("%Y-%m-%d").rjust(10, "0")
    time = "" if moment.time() == datetime.min.time() else f"{moment:T%H:%M:%S}"
    assert found == {"at": whole + time}


@pytest.mark.parametrize("pack", [cbor2.dumps, msgpack.packb])
@pytest.mark.parametrize("count", [1, 1000])
def test_what_strings_hold_is_opened(
    read: Read, pack: Callable[[object], bytes], count: int
) -> None:
    text = b"nir;nom\n255081416802538;Durand\n" * count
    noise = random.Random(1).randbytes(3000)
    body = pack({"digest": noise[:32], "file": gzip.compress(text), "text": text, "noise": noise})

    texts = read(body, step=999)

    assert any([text] == found[:1] or text in found for found in texts.values())


def test_strings_in_chunks_are_put_together(read: Read) -> None:
    body = b"\xbf\x63nir\x7f\x642550\x6b81416802538\xff\xff"
    assert items(read(body)) == [{"nir": "255081416802538"}]
    assert cbor2.loads(body) == {"nir": "255081416802538"}


def test_damage_ends_in_the_bytes_as_they_are(read: Read) -> None:
    body = cbor2.dumps(PATIENTS * 3) + b"\x1c 1 85 05 78 006 084 36"
    texts = read(body)
    assert texts["body/cbor"][0].endswith(b"1 85 05 78 006 084 36")
    assert len(items(texts)) == 1


def test_a_declared_type_is_enough(read: Read) -> None:
    body = cbor2.dumps(255081416802538)
    assert items(read(body, "application/cbor")) == [255081416802538]
    assert items(read(msgpack.packb(255081416802538), "application/x-msgpack"))


@pytest.mark.parametrize(
    "body",
    [
        "“Bonjour à tous”, dit-elle, « la vie est belle »".encode("cp1252"),
        "«bonjour» …".encode("cp1252"),
        "ÜBER ALLES".encode("cp1252"),
        Path(zstandard.__file__).read_bytes(),
        *(b"\x82" + random.Random(seed).randbytes(600) for seed in range(50)),
        *(b"\xa2" + random.Random(seed).randbytes(600) for seed in range(50)),
    ],
)
def test_others_are_taken_for_neither(read: Read, body: bytes) -> None:
    assert not any(path.endswith("/items") for path in read(body))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=80),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=20), inner),
)


@given(
    _JSON, st.lists(st.integers(0, 500), max_size=4), st.sampled_from([cbor2.dumps, msgpack.packb])
)
def test_what_is_read_does_not_depend_on_cuts(
    read: Read, value: object, cuts: list[int], pack: Callable[[object], bytes]
) -> None:
    body = pack({"value": value})
    assert read(body, cuts=cuts) == read(body)
