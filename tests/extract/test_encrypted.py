"""What nobody can read is told from what merely looks odd."""

from __future__ import annotations

import base64
import io
import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pyrage
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from PIL import Image

from bench.patients import leak_csv
from dlp.inspection import Core, Inspection
from dlp.policy.load import preset
from dlp.types import Result

TEXT = b"nom;diagnostic\nDurand;diab\xc3\xa8te\n" * 400


@pytest.fixture(scope="module")
def inspect() -> Callable[..., Result]:
    core = Core.build(policy=preset("balanced"), key=bytes(32))

    def result(body: bytes, policy: str = "balanced", step: int = 1000) -> Result:
        inspection = Inspection(core.under(preset(policy)))
        for at in range(0, len(body), step):
            inspection.feed(body[at : at + step])
        return inspection.finish()

    return result


def by_age(data: bytes) -> bytes:
    return bytes(pyrage.encrypt(data, [pyrage.x25519.Identity.generate().to_public()]))


def by_cms(data: bytes) -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .sign(key, SHA256())
    )
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(data).add_recipient(certificate)
    return builder.encrypt(Encoding.DER, [])


def by_command(command: str) -> Callable[[bytes], bytes]:
    def run(data: bytes) -> bytes:
        program, *arguments = command.split()
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
        return subprocess.run(
            [program, *arguments], input=data, capture_output=True, check=True
        ).stdout

    return run


GPG = "gpg --batch --homedir {home} --passphrase test --pinentry-mode loopback -c"
WAYS: dict[str, Callable[[bytes], bytes]] = {
    "age": by_age,
    "CMS": by_cms,
    "openssl": by_command("openssl enc -aes-256-cbc -pbkdf2 -k test"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [200, 12000])
def test_what_is_encrypted_is_quarantined(
    inspect: Callable[..., Result], way: str, size: int
) -> None:
    result = inspect(WAYS[way](os.urandom(size)))

    assert result.evidence.uninspectable == "encrypted"
    assert result.verdict.action == "quarantine"


@pytest.mark.parametrize("arguments", ["", " --armor"])
def test_openpgp_is_encrypted(
    inspect: Callable[..., Result], tmp_path: Path, arguments: str
) -> None:
    tmp_path.chmod(0o700)
    sealed = by_command(GPG.format(home=tmp_path) + arguments)(TEXT)

    assert inspect(sealed).evidence.uninspectable == "encrypted"


@pytest.mark.parametrize("way", WAYS)
def test_in_a_field_of_text_only_what_holds_more_than_a_secret_counts(
    inspect: Callable[..., Result], way: str
) -> None:
    for size, reason in ((64, None), (20000, "encrypted")):
        field = base64.b64encode(WAYS[way](os.urandom(size))).decode()
        assert inspect(json.dumps({"data": field}).encode()).evidence.uninspectable == reason


@pytest.mark.parametrize(
    "text",
    [
        b"Write -----BEGIN PGP MESSAGE----- before it.\n",
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nBonjour\n",
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(os.urandom(900)),
        b"Salted butter",
    ],
)
def test_what_speaks_of_encryption_is_not_encrypted(
    inspect: Callable[..., Result], text: bytes
) -> None:
    assert inspect(text * 5).evidence.uninspectable is None


def test_a_known_format_that_nobody_reads_is_no_silence(inspect: Callable[..., Result]) -> None:
    assert inspect(b"ORC\x0a\x0b" + os.urandom(900)).evidence.uninspectable == "unknown-encoding"
    assert inspect(b"ORC\tmot\n" * 90).evidence.uninspectable is None


@pytest.mark.parametrize(
    "head",
    [
        "60ea2900220b010210000262 5915 0d6b 5915 0d6b 00000000 00000000",
        "68737173 02000000 b7180d6b 00000200 01000000 01001100 c0000100 04000000",
        "894c5a4f 000d0a1a0a 1040 20a0 0940 0105 03000000",
        "4d5357494d000000 d0000000",
    ],
    ids=["ARJ", "squashfs", "lzop", "WIM"],
)
def test_archives_that_nobody_reads_are_no_silence(
    inspect: Callable[..., Result], head: str
) -> None:
    """The first bytes of what their own tools write."""
    body = bytes.fromhex(head) + random.Random(1).randbytes(900)
    assert inspect(body).evidence.uninspectable == "unknown-encoding"


def test_what_looks_encrypted_is_opaque(inspect: Callable[..., Result]) -> None:
    noise = random.Random(7).randbytes(20000)

    for step in (1, 511, 20000):
        assert inspect(noise, step=step).evidence.uninspectable == "opaque"
    assert inspect(noise, "balanced").verdict.action == "allow"
    assert inspect(noise, "strict").verdict.action == "quarantine"


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (80, 80), random.Random(8).randbytes(80 * 80 * 3)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        *map(picture, ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")),
        random.Random(7).randbytes(2000),
        b"wOF2" + random.Random(7).randbytes(20000),
        b"\0\0\0\x20ftypisom" + random.Random(7).randbytes(20000),
        random.Random(7).randbytes(600) + TEXT,
        TEXT + random.Random(7).randbytes(600),
    ],
)
def test_media_and_messages_of_programs_are_not_opaque(
    inspect: Callable[..., Result], body: bytes
) -> None:
    assert inspect(body).evidence.uninspectable is None


@pytest.mark.parametrize("quality", [1, 5, 11])
def test_text_packed_by_brotli_is_read_without_a_header(
    inspect: Callable[..., Result], quality: int
) -> None:
    assert inspect(brotli.compress(leak_csv(60), quality=quality)).evidence.subjects > 1
