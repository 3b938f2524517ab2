"""Names of hosts, and questions of DNS, are read for what their labels spell."""

from __future__ import annotations

import base64
import random
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.extract.names import DNS, asked, asked_in, readings
from dlp.inspection import Inspection

if TYPE_CHECKING:
    from dlp.inspection import Core

FIRST, SECOND = "255081416802538", "269054958815780"
BOTH = f"{FIRST};{SECOND}".encode()
BASE32 = base64.b32encode(BOTH).decode().rstrip("=").lower()


def message(name: str, *, records: tuple[bytes, ...] = ()) -> bytes:
    """Return a message of DNS (RFC 1035 4) that asks for a name's texts."""
    spelled = b"".join(bytes([len(one)]) + one.encode() for one in name.split("."))
    head = struct.pack(">HHHHHH", 0, 0x0100, 1, 0, 0, len(records))
    question = spelled + b"\0" + struct.pack(">HH", 16, 1)
    # Each record refers to the name that was asked for.
    told = [b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 60, len(one)) + one for one in records]
    return head + question + b"".join(told)


NAMES = {
    "cut over labels": f"{FIRST[:7]}.{FIRST[7:]}.{SECOND[:4]}.{SECOND[4:9]}.{SECOND[9:]}",
    "among letters": f"a{FIRST}b-{SECOND}c",
    "base32": f"{BASE32[:50]}",
    "base32 over labels": f"{BASE32[:9]}.{BASE32[9:30]}.{BASE32[30:]}",
    "hexadecimal over labels": f"{BOTH.hex()[:31]}.{BOTH.hex()[31:]}",
}
ZONES = ["evil.example", "evil.co.uk", "x.evil.example"]


def stops(core: Core, *texts: tuple[str, str], body: bytes = b"", kind: str = "") -> bool:
    inspection = Inspection(core, content_type=kind)
    for where, text in texts:
        inspection.text(where, text)
    inspection.feed(body)
    return inspection.finish().verdict.action.stops


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("spelled", NAMES.values(), ids=NAMES)
def test_a_name_that_spells_identifiers_is_stopped_however_it_is_asked(
    core: Core, spelled: str, zone: str
) -> None:
    name = f"{spelled}.{zone}"
    asked = message(name)
    packed = base64.urlsafe_b64encode(asked).decode().rstrip("=")

    assert stops(core, ("host", name))
    assert stops(core, body=asked, kind=DNS)
    assert stops(core, ("url", f"/dns-query?ct=x&dns={packed}"))
    assert stops(core, ("url", f"/resolve?type=16&name={name}"))


def test_records_of_a_message_are_read_too(core: Core) -> None:
    told = message("example.org", records=(b"padding", BOTH))

    assert stops(core, body=told, kind=f"{DNS}; charset=x")
    assert not stops(core, body=message("www.example.org", records=(b"x",)), kind=DNS)


def test_ordinary_names_pass(core: Core) -> None:
    chance = random.Random(1)
    for _ in range(300):
        name = chance.choice([
            f"d{chance.getrandbits(52):013x}.cloudfront.example",
            f"{chance.getrandbits(128):032x}.safeframe.example",
            f"ec2-{chance.randrange(256)}-{chance.randrange(256)}-12-3.compute-1.example",
            f"{chance.randrange(10**11, 10**12)}.dkr.ecr.eu-west-3.example",
            f"r{chance.randrange(9)}---sn-{chance.getrandbits(40):x}.video.example",
            f"{chance.randrange(10**14, 10**15)}.{chance.randrange(10**5)}.tracker.example",
            f"{chance.getrandbits(32):08x}.{chance.getrandbits(64):016x}.cdn.example",
        ])  # fmt: skip
        assert not stops(core, ("host", name)), name
        assert not stops(core, body=message(name), kind=DNS), name


def test_short_names_cost_nothing() -> None:
    assert readings("www.example.org") == ""
    assert readings("2001:db8:1:2:3:4:5:6") == ""


@given(st.binary(max_size=300))
def test_damaged_messages_are_read_as_far_as_they_go(damaged: bytes) -> None:
    for text in asked(damaged):
        assert isinstance(text, str)
    packed = base64.urlsafe_b64encode(damaged).decode()
    assert all(isinstance(text, str) for text in asked_in(f"/?dns={packed}"))


@given(st.lists(st.text(max_size=70), max_size=140))
def test_any_name_can_be_read(labels: list[str]) -> None:
    assert len(readings(".".join(labels))) < 1_000_000


PATHS = {
    "base64url": base64.urlsafe_b64encode(BOTH).decode(),
    "base64url without padding": base64.urlsafe_b64encode(BOTH).decode().rstrip("="),
    "hexadecimal": BOTH.hex(),
    "base32": base64.b32encode(BOTH).decode(),
}


@pytest.mark.parametrize("spelled", PATHS.values(), ids=PATHS)
def test_segments_of_a_path_are_decoded(core: Core, spelled: str) -> None:
    for path in (f"/{spelled}", f"/api/v2/objects/{spelled}/content", f"/a/{spelled}?x=1"):
        assert stops(core, ("url", path)), path
    assert not stops(core, ("url", "/api/v2/organisations/hospital-north/departments/cardiology"))
