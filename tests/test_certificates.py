"""Files of certificates and keys, as openssl makes them: used, or refused saying what is wrong."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from dlp.certificates import authority, check_client_certs, trusted
from dlp.settings import Settings, SettingsError

# Later than whatever the tests make.
NOW = datetime.now(UTC) + timedelta(days=1)
CA = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")


class Files:
    """What openssl makes in one folder."""

    def __init__(self, folder: Path, openssl: str) -> None:
        self.folder = folder
        self._openssl = openssl

    def run(self, *args: str) -> None:
        subprocess.run([self._openssl, *args], cwd=self.folder, check=True, capture_output=True)

    def made(self, name: str, *args: str, key: str = "ec") -> tuple[Path, Path]:
        """Make a certificate that signs itself, and its key."""
        kind = {
            "ec": ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            "short": ("rsa:1024",),
            "rsa": ("rsa:2048",),
            "ed25519": ("ed25519",),
        }[key]
        files = ("-config", self.config, "-keyout", f"{name}.key", "-out", f"{name}.pem")
        self.run("req", "-x509", "-newkey", *kind, "-nodes", "-subj", f"/CN={name}", *args, *files)
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def signed(self, name: str, by: str, *args: str) -> tuple[Path, Path]:
        """Make a certificate that another one signs."""
        return self.made(name, "-CA", f"{by}.pem", "-CAkey", f"{by}.key", *args)

    @property
    def config(self) -> str:
        (self.folder / "empty.cnf").write_text("[req]\ndistinguished_name=dn\n[dn]\n")
        return "empty.cnf"


@pytest.fixture
def files(tmp_path: Path, require_command: Callable[[str, str], str]) -> Files:
    """A folder with openssl at work."""
    return Files(tmp_path, require_command("openssl", "openssl"))


def refused(**given: Any) -> str:
    with pytest.raises(SettingsError) as error:
        authority(Settings(**given), NOW)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("key", ["ec", "rsa"])
def test_an_authority_of_ones_own_is_used_with_those_above_it(files: Files, key: str) -> None:
    files.made("root", *CA)
    certificate, secret = files.made("house", *CA, "-CA", "root.pem", "-CAkey", "root.key", key=key)
    whole = files.folder / "whole.pem"
    whole.write_bytes(certificate.read_bytes() + (files.folder / "root.pem").read_bytes())

    found = authority(Settings(ca_cert=whole, ca_key=secret), NOW)

    assert found is not None
    assert found.certificate.subject.rfc4514_string() == "CN=house"
    assert [one.subject.rfc4514_string() for one in found.chain] == ["CN=root"]
    assert found.pem.count(b"BEGIN CERTIFICATE") == 2


def test_a_key_may_be_encrypted(files: Files) -> None:
    certificate, secret = files.made("house", *CA)
    files.run(
        "pkcs8", "-topk8", "-in", "house.key", "-passout", "pass:geheim", "-out", "sealed.key"
    )
    sealed = files.folder / "sealed.key"

    assert authority(
        Settings(ca_cert=certificate, ca_key=sealed, ca_key_password=SecretStr("geheim")), NOW
    )
    # A password that is not needed harms nobody.
    assert authority(
        Settings(ca_cert=certificate, ca_key=secret, ca_key_password=SecretStr("geheim")), NOW
    )
    said = refused(ca_cert=certificate, ca_key=sealed)
    assert said == f"ca_key: {sealed}: is encrypted; set ca_key_password"
    said = refused(ca_cert=certificate, ca_key=sealed, ca_key_password="falsch")
    assert said == f"ca_key: {sealed}: can't be decrypted with ca_key_password"
    assert "falsch" not in said


def test_without_settings_the_proxy_makes_its_own() -> None:
    assert authority(Settings(), NOW) is None


def test_one_file_is_not_enough(files: Files) -> None:
    certificate, secret = files.made("house", *CA)

    assert refused(ca_cert=certificate) == "ca_cert: needs ca_key as well"
    assert refused(ca_key=secret) == "ca_key: needs ca_cert as well"


def test_what_is_no_authority_is_refused(files: Files) -> None:
    bare, key = files.made("bare")
    assert "no authority (no basicConstraints)" in refused(ca_cert=bare, ca_key=key)
    leaf, key = files.made("leaf", "-addext", "basicConstraints=CA:FALSE")
    assert "no authority (basicConstraints CA:FALSE)" in refused(ca_cert=leaf, ca_key=key)
    other = ("-addext", "basicConstraints=CA:TRUE", "-addext", "keyUsage=digitalSignature")
    unable, key = files.made("unable", *other)
    assert "may not sign certificates" in refused(ca_cert=unable, ca_key=key)


def test_keys_that_do_not_fit_are_refused(files: Files) -> None:
    certificate, _ = files.made("house", *CA)
    _, other = files.made("other", *CA)
    assert f"is not the key of the first certificate in {certificate}" in refused(
        ca_cert=certificate, ca_key=other
    )
    short, key = files.made("short", *CA, key="short")
    assert "an RSA key of 1024 bits" in refused(ca_cert=short, ca_key=key)
    odd, key = files.made("odd", *CA, key="ed25519")
    assert "neither an RSA nor an elliptic-curve key" in refused(ca_cert=odd, ca_key=key)


def test_files_that_are_something_else_are_refused(files: Files) -> None:
    certificate, secret = files.made("house", *CA)
    assert f"ca_cert: {secret}: holds no PEM certificate" in refused(ca_cert=secret, ca_key=secret)
    said = refused(ca_cert=certificate, ca_key=certificate)
    assert said == f"ca_key: {certificate}: holds no PEM private key"
    files.run("x509", "-in", "house.pem", "-outform", "DER", "-out", "house.der")
    assert "holds no PEM certificate" in refused(ca_cert=files.folder / "house.der", ca_key=secret)
    broken = files.folder / "broken.pem"
    broken.write_bytes(certificate.read_bytes()[:-200])
    assert "damaged" in refused(ca_cert=broken, ca_key=secret)


def test_what_is_not_valid_now_is_refused(files: Files) -> None:
    certificate, secret = files.made("house", *CA, "-days", "10")
    settings = Settings(ca_cert=certificate, ca_key=secret)

    assert authority(settings, NOW + timedelta(days=8))
    with pytest.raises(SettingsError, match=r"ca_cert: .*house\.pem: expired on 20"):
        authority(settings, NOW + timedelta(days=11))
    with pytest.raises(SettingsError, match=r"ca_cert: .*house\.pem: not valid before 20"):
        authority(settings, NOW - timedelta(days=2))


def test_a_chain_that_does_not_hold_is_refused(files: Files) -> None:
    files.made("root", *CA)
    certificate, secret = files.signed("house", "root", *CA)
    stranger, _ = files.made("stranger", *CA)
    wrong = files.folder / "wrong.pem"
    wrong.write_bytes(certificate.read_bytes() + stranger.read_bytes())

    assert "certificate 2 did not sign the one before it" in refused(ca_cert=wrong, ca_key=secret)


def client(path: Path) -> str:
    with pytest.raises(SettingsError) as error:
        check_client_certs(Settings(client_certs=path), NOW)
    return str(error.value)


def test_certificates_for_servers_are_looked_at_one_by_one(files: Files) -> None:
    folder = files.folder / "clients"
    assert client(folder) == f"client_certs: {folder}: no such file or folder"
    folder.mkdir()
    assert client(folder) == f"client_certs: {folder}: holds no file HOST.pem"
    certificate, secret = files.made("us", "-addext", "extendedKeyUsage=clientAuth")
    both = certificate.read_bytes() + secret.read_bytes()
    (folder / "insurer.example.pem").write_bytes(both)
    check_client_certs(Settings(client_certs=folder), NOW)
    check_client_certs(Settings(client_certs=folder / "insurer.example.pem"), NOW)

    state = folder / "state.example.pem"
    state.write_bytes(certificate.read_bytes())
    assert client(folder) == f"client_certs: {state}: holds no PEM private key"
    _, other = files.made("other")
    state.write_bytes(certificate.read_bytes() + other.read_bytes())
    assert "its key is not that of its first certificate" in client(folder)
    server, key = files.made("server", "-addext", "extendedKeyUsage=serverAuth")
    state.write_bytes(server.read_bytes() + key.read_bytes())
    assert "is not for clients" in client(folder)
    files.run("pkcs8", "-topk8", "-in", "us.key", "-passout", "pass:x", "-out", "sealed.key")
    state.write_bytes(certificate.read_bytes() + (files.folder / "sealed.key").read_bytes())
    assert "its key is encrypted" in client(folder)


def test_a_store_of_authorities_holds_some(files: Files) -> None:
    certificate, secret = files.made("root", *CA)

    assert trusted("upstream_trust", certificate).count(b"BEGIN") == 1
    with pytest.raises(SettingsError, match=r"upstream_trust: .* holds no PEM certificate"):
        trusted("upstream_trust", secret)
