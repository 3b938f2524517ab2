"""The control channel: commands, replies and endpoints, however the stream is cut."""

from __future__ import annotations

import pytest

from dlp.ftp.control import (
    LONGEST_LINE,
    Command,
    Endpoint,
    Lines,
    ProtocolError,
    Replies,
    Reply,
    endpoint,
    local_refusal,
    parse_command,
)

CONVERSATION = (
    b"220-Welcome\r\n220-2 220 of us\r\n220 Ready\r\n331 Password\r\n230-Hello\r\n"
    b" 230 not the end\r\n230 In\r\n229 Extended (|||50021|)\r\n150 Go\n226 Done\r\n"
)


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 1000])
def test_replies_are_whole_however_they_are_cut(cut: int) -> None:
    replies = Replies()
    got: list[Reply] = []
    for start in range(0, len(CONVERSATION), cut):
        got += replies.feed(CONVERSATION[start : start + cut])
    assert [reply.code for reply in got] == [220, 331, 230, 229, 150, 226]
    assert b"".join(reply.raw for reply in got) == CONVERSATION
    assert [reply.final for reply in got] == [True, True, True, True, False, True]


def test_what_is_no_reply_is_refused() -> None:
    with pytest.raises(ProtocolError):
        Replies().feed(b"HTTP/1.1 200 OK\r\n")
    with pytest.raises(ProtocolError):
        Lines().feed(b"x" * (LONGEST_LINE + 1))
    with pytest.raises(ProtocolError):
        Replies().feed(b"220-\r\n" * 200_000)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"STOR a b.csv\r\n", Command("STOR", "a b.csv")),
        (b"stor x\n", Command("STOR", "x")),
        (b"QUIT\r\n", Command("QUIT", "")),
        (b"\xff\xf4\xff\xf2ABOR\r\n", Command("ABOR", "")),
        ("CWD été\r\n".encode(), Command("CWD", "été")),
        (b"CWD \xe9t\xe9\r\n", Command("CWD", "\udce9t\udce9")),
    ],
)
def test_commands_are_read(line: bytes, command: Command) -> None:
    assert parse_command(line) == command


@pytest.mark.parametrize("line", [b"\r\n", b"GET / HTTP/1.1\n"[3:], b"S\r\n", b"\x16\x03\x01\n"])
def test_what_is_no_command_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_command(line)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"227 Entering Passive Mode (10,0,0,9,195,149).\r\n", Endpoint("10.0.0.9", 50069)),
        (b"227 =10,0,0,9,1,2\r\n", Endpoint("10.0.0.9", 258)),
        (b"229 Entering Extended Passive Mode (|||6446|)\r\n", Endpoint("", 6446)),
        (b"229 ok (!!!6446!)\r\n", Endpoint("", 6446)),
        (b"229 ok (|||99999|)\r\n", None),
        (b"227 Passive (10,0,0,999,1,2)\r\n", None),
        (b"200 10,0,0,9,1,2\r\n", None),
    ],
)
def test_endpoints_are_read(reply: bytes, expected: Endpoint | None) -> None:
    (got,) = Replies().feed(reply)
    assert endpoint(got) == expected


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"AUTH TLS\r\n", b"534"),
        (b"PROT P\r\n", b"534"),
        (b"PORT 10,0,0,9,1,2\r\n", b"502"),
        (b"EPRT |1|10.0.0.9|258|\r\n", b"502"),
        (b"MODE Z\r\n", b"504"),
        (b"EHLO mail\r\n", b"502"),
        (b"DATA\r\n", b"502"),
    ],
)
def test_what_would_go_round_inspection_is_answered_here(line: bytes, code: bytes) -> None:
    refusal = local_refusal(parse_command(line))
    assert refusal is not None
    assert refusal.startswith(code)
    assert refusal.endswith(b"\r\n")


@pytest.mark.parametrize("verb", ["USER", "STOR", "RETR", "EPSV", "MODE S", "TYPE I", "MLSD"])
def test_ordinary_commands_are_passed_on(verb: str) -> None:
    assert local_refusal(parse_command(f"{verb} x\r\n".replace("S x", "S").encode())) is None
