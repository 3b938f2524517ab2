"""Escapes of JSON, URLs and markup are undone, however the text is cut."""

from __future__ import annotations

import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract.escapes import Unescaper
from dlp.inspection import Core, Inspection

READ = {
    # RFC 8259, section 7; the pair is its example.
    r"2\u00a055\u202f08": "2\u00a055\u202f08",
    r"\u0032\u0035": "25",
    r"\uD834\uDD1E": "\U0001d11e",
    r"\ud834 alone": r"\ud834 alone",
    r"\ud834\u0041": r"\ud834" + "A",
    r"\ud834\\udd1e\\\n\d \\": "\U0001d11e\n\\d \\\\",
    r"12\/03\/1956": "12/03/1956",
    r"in JSON in JSON: \\u00e9\\\/": "in JSON in JSON: é/",
    r"a;b\n1;2\r\n3\\\\t4": "a;b\n1;2\r\n3\t4",
    r"C:\users\Paul": r"C:\users\Paul",
    # RFC 3986, section 2.1.
    "2%2055%2008": "2 55 08",
    "s%C3%A9curit%c3%a9": "sécurité",
    "twice %2520 and %252520": "twice   and  ",
    "50%, 20%s and %zz": "50%, 20%s and %zz",
    # HTML, section 13.5, and XML, section 4.1.
    "n&deg; s&eacute;curit&#233; &#xE9; &#50;&#x32;": "n° sécurité é 22",
    "AT&T; &unknown; &lt;b&gt; &quot; h&amp;c": 'AT&T; &unknown; <b> " h&c',
    "go=%2Fp%3Fnir%3D2%26q%3D%7B%22a%22%7D": 'go=/p?nir=2&q={"a"}',
    # ECMAScript, section 12.9.4; C, section 6.4.4.4; Python.
    r"\x31\x37 \u{31}\u{1D11E} \061\067\060 \U00000031": "17 1\U0001d11e 170 1",
    r"S\xc3\xa9curit\303\251": "Sécurité",
    r"'\x313730303537353132'::bytea": r"'\x313730303537353132'::bytea",
    r"D:\170057512345673.pdf C:\1234": r"D:\170057512345673.pdf C:\1234",
    # What would end a string stays, and what is no text.
    r'{"a": "\u0022, \u005c, \u007b"} %00 &#8;': r'{"a": "\u0022, \u005c, {"} %00 &#8;',
}


def undone(data: bytes, cuts: list[int] | None = None) -> bytes:
    unescaper = Unescaper()
    last, parts = 0, []
    for cut in [*sorted(min(c, len(data)) for c in cuts or []), len(data)]:
        parts.append(unescaper.feed(data[last:cut]))
        last = cut
    return b"".join([*parts, unescaper.finish()])


@pytest.mark.parametrize("written", READ)
def test_escapes_are_read(written: str) -> None:
    assert undone(written.encode()).decode() == READ[written]


PIECES = ["\\", "u", "n", "/", "%", "25", "&", "#", "x", ";", "amp", "\\ud834", "\\udd1e", "é",
          "00e9", "%41", "&nbsp;", "&#233;", "A", " ", "x", "31", "\\061", "{", "}"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=24), st.lists(st.integers(0, 80), max_size=10))
def test_what_is_read_does_not_depend_on_cuts(pieces: list[str], cuts: list[int]) -> None:
    data = "".join(pieces).encode()

    assert undone(data, cuts) == undone(data)


@given(st.lists(st.sampled_from(PIECES), max_size=24))
def test_what_stands_among_many_escapes_is_read_as_it_is_alone(pieces: list[str]) -> None:
    data = "".join(pieces).encode()

    assert undone(b"line\\n" * 100 + b"end:" + data) == b"line\n" * 100 + b"end:" + undone(data)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=10))
def test_any_bytes_are_read(data: bytes, cuts: list[int]) -> None:
    assert undone(data, cuts) == undone(data)


NUMBER = "2\u202f55\u202f08\u202f14\u202f168\u202f025\u202f38"
ENCODED = {
    "json": json.dumps({"Numéro de sécurité sociale": NUMBER}),
    "a table in json": json.dumps({"file": "a;b\n255081416802538;x\n295109912611193;y\n"}),
    "a letter in json": json.dumps({"q": "Nom : HAMON\nNé le : 14/09/1948\nNIR : 255081416802538"}),
    "json in json": json.dumps({"log": json.dumps({"nir": NUMBER})}),
    "a log of queries": f"GET /patient?nir={quote(NUMBER)}&go=1 HTTP/1.1",
    "a log of queries, encoded twice": f"GET /go?to={quote(quote(f'/p?nir={NUMBER}'))} HTTP/1.1",
    "json in a query": "GET /q?f=" + quote(json.dumps({"nir": "255081416802538"})),
    "xml in xml": f"<body>{html.escape('<nir>255081416802538</nir>')}</body>",
    "html": f"<p>N&deg; s&eacute;curit&eacute; sociale : {html.escape(NUMBER)}</p>",
    "entities of digits": "NIR : " + "".join(f"&#{ord(c)};" for c in "255081416802538"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_an_identifier_in_escapes_is_found(core: Core, name: str) -> None:
    inspection = Inspection(core)
    inspection.feed(ENCODED[name].encode())

    assert inspection.finish().verdict.action.stops
