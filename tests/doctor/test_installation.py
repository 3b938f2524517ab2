"""What `dlp doctor` finds on a disk, and what it says to do."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import trustme

from dlp.doctor.installation import installation, policy_check
from dlp.doctor.sample import leak, ordinary
from dlp.evidence.keys import Keys
from dlp.evidence.vault import Vault
from dlp.inspection import Core, Inspection
from dlp.settings import Settings
from dlp.types import Action, Channel, FlowInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlp.doctor.check import Check


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a proxy that was started once, its private key moved away."""
    folder = tmp_path / "data"
    (folder / "ca").mkdir(parents=True)
    Keys.load_or_create(folder)
    (folder / "keys" / "vault.key").unlink()
    write_authority(folder, trustme.CA())
    return folder


def write_authority(data: Path, authority: trustme.CA | trustme.LeafCert) -> None:
    if isinstance(authority, trustme.CA):
        certificate, key = authority.cert_pem, authority.private_key_pem
    else:
        certificate, key = authority.cert_chain_pems[0], authority.private_key_pem
    certificate.write_to_path(str(data / "ca" / "mitmproxy-ca-cert.pem"))
    both = data / "ca" / "mitmproxy-ca.pem"
    both.write_bytes(key.bytes() + certificate.bytes())
    both.chmod(0o600)


def looked_at(data: Path, **given: object) -> dict[str, Check]:
    return {check.name: check for check in installation(Settings(data_dir=data, **given))}  # type: ignore[arg-type]


def test_what_is_in_order_is_said_to_be(data: Path) -> None:
    found = looked_at(data)
    for name in ("data directory", "keys", "authority", "trust in servers", "stores"):
        assert (found[name].state, found[name].advice) == ("ok", ""), found[name]
    assert {"disk", "clock"} <= set(found)


def test_a_folder_that_is_not_there_yet_is_no_fault(tmp_path: Path) -> None:
    (check,) = looked_at(tmp_path / "none").values()
    assert check.state == "note"


def lose_a_key(data: Path) -> None:
    (data / "keys" / "hmac.key").unlink()


def damage_a_key(data: Path) -> None:
    (data / "keys" / "vault.pub").write_text("age1nonsense", "utf-8")


def open_a_key_to_all(data: Path) -> None:
    (data / "ca" / "mitmproxy-ca.pem").chmod(0o644)


def damage_the_authority(data: Path) -> None:
    (data / "ca" / "mitmproxy-ca.pem").write_text("nonsense", "utf-8")


def mix_two_authorities(data: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(data / "ca" / "mitmproxy-ca-cert.pem"))


def use_a_servers_certificate(data: Path) -> None:
    write_authority(data, trustme.CA().issue_cert("proxy.example"))


def damage_the_ledger(data: Path) -> None:
    (data / "dlp.db").write_bytes(b"nonsense" * 1000)


@pytest.mark.parametrize(
    ("happen", "name", "said"),
    [
        (lose_a_key, "keys", "hmac.key: missing"),
        (damage_a_key, "keys", "vault.pub: damaged"),
        (open_a_key_to_all, "data directory", "others can read it"),
        (damage_the_authority, "authority", "can't be read"),
        (mix_two_authorities, "authority", "is not the certificate's"),
        (use_a_servers_certificate, "authority", "may not sign"),
        (damage_the_ledger, "stores", "dlp.db"),
    ],
)
def test_a_fault_is_found_and_comes_with_advice(
    data: Path, happen: Callable[[Path], None], name: str, said: str
) -> None:
    happen(data)
    found = looked_at(data)
    assert {check.name for check in found.values() if check.state == "bad"} == {name}
    assert said in found[name].found
    assert found[name].advice
    # Looking changes nothing: what is missing stays missing.
    assert looked_at(data)[name] == found[name]


def test_the_key_that_opens_the_quarantine_is_better_elsewhere(tmp_path: Path) -> None:
    Keys.load_or_create(tmp_path)
    assert looked_at(tmp_path)["keys"].state == "note"


def test_a_quarantine_that_nobody_reviews_is_noted(data: Path) -> None:
    vault = Vault(data, Keys.load_or_create(data).vault_recipient)
    vault.seal("DLP-1", FlowInfo(channel=Channel.HTTP), "text/plain", b"x")
    assert "quarantine" not in looked_at(data)
    old = (datetime.now(UTC) - timedelta(days=8)).timestamp()
    os.utime(data / "vault" / "DLP-1.age", (old, old))
    assert looked_at(data)["quarantine"].state == "note"


def test_authorities_of_ones_own_are_looked_at(data: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "extra.pem"
    trustme.CA().cert_pem.write_to_path(str(bundle))
    assert (
        "public authorities, 1 more"
        in looked_at(data, upstream_ca=bundle)["trust in servers"].found
    )
    bundle.write_text("nonsense", "utf-8")
    assert looked_at(data, upstream_ca=bundle)["trust in servers"].state == "bad"


@pytest.mark.parametrize(
    ("policy", "state"), [("balanced", "ok"), ("monitor", "note"), ("/nowhere.yaml", "bad")]
)
def test_a_policy_is_looked_at(policy: str, state: str) -> None:
    check, loaded = policy_check(Settings(policy=policy))
    assert check.state == state
    assert (loaded is None) == (state == "bad")


@pytest.mark.parametrize(("body", "action"), [(leak(), Action.QUARANTINE), (ordinary(), None)])
def test_what_the_live_test_sends_is_what_it_says(
    core: Core, body: bytes, action: Action | None
) -> None:
    inspection = Inspection(core, content_type="text/csv")
    inspection.feed(body)
    assert inspection.finish().verdict.action == (action or Action.ALLOW)
