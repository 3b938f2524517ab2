"""RTF, by its specification."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dlp.parsers.pool import ParserPool
from dlp.types import Result

type Judge = Callable[[bytes], Result]
type Rows = list[list[str]]


def escaped(text: str) -> str:
    return "".join(c if ord(c) < 128 else f"\\'{c.encode('cp1252').hex()}" for c in text)


def rtf(body: str) -> bytes:
    fonts = r"{\fonttbl{\f0\fswiss Patient Sans;}}{\*\generator Nobody 1.0;}"
    return (r"{\rtf1\ansi\ansicpg1252\deff0" + fonts + body + "}").encode("ascii")


def table(rows: Rows) -> bytes:
    lines = (r"\trowd " + r"\cell ".join(map(escaped, row)) + r"\cell\row" for row in rows)
    return rtf("\r\n".join(lines))


def test_patients_are_stopped_and_orders_pass(judge: Judge, leak: Rows, orders: Rows) -> None:
    assert judge(table(leak)).evidence.announced == 30
    passed = judge(table(orders))
    assert passed.evidence.uninspectable is None
    assert not passed.verdict.action.stops


TEXTS = {
    r"N\'b0 de s\'e9curit\'e9 sociale\~: {\b 2}{\i  55 08}": "N° de sécurité sociale : 2 55 08",
    r"\uc1\u233?t\u233?\par fin": "été\nfin",
    r"\uc2\u8364\'80\'80 5": "€ 5",
    r"\u-10179?\u-8704?": "😀",
    r"un{\pict 89504e47}\tab deux\{\}\\": "un\tdeux{}\\",
    r"{\*\bkmkstart x}reste": "reste",
}


@pytest.mark.parametrize("body", TEXTS)
def test_text_is_put_together(body: str, parsers: ParserPool) -> None:
    assert b"".join(p.data for p in parsers.parse("rtf", rtf(body))).decode() == TEXTS[body]


@pytest.mark.parametrize("damaged", [b"{\\rtf1", b"{\\rtf1}}}}}", b"{\\rtf1" + b"{" * 100_000])
def test_damage_is_no_obstacle(damaged: bytes, judge: Judge) -> None:
    assert judge(damaged).verdict.action.value == "allow"
