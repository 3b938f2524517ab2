"""What is measured now and then."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import structlog
import trustme

from addons.gauges import Gauges
from dlp.evidence.keys import Keys
from dlp.evidence.vault import Vault
from dlp.metrics import Metrics
from dlp.types import Channel, FlowInfo

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def gauges(metrics: Metrics, tmp_path: Path) -> Gauges:
    (tmp_path / "ca").mkdir()
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    leaf = trustme.CA().issue_cert("localhost", not_after=ends)
    leaf.cert_chain_pems[0].write_to_path(str(tmp_path / "ca" / "mitmproxy-ca-cert.pem"))
    return Gauges(metrics, tmp_path, lambda: 0, lambda: 0, Vault(tmp_path).bodies)


def value(metrics: Metrics, name: str) -> float:
    found = metrics.registry.get_sample_value(name)
    assert found is not None
    return found


def test_the_end_of_the_authority_is_told(gauges: Gauges, metrics: Metrics) -> None:
    gauges.measure()

    left = value(metrics, "dlp_ca_expiry_timestamp_seconds") - time.time()
    assert 29 * 24 * HOUR < left <= 30 * 24 * HOUR


def test_the_quarantine_is_measured(gauges: Gauges, metrics: Metrics, tmp_path: Path) -> None:
    gauges.measure()
    assert value(metrics, "dlp_quarantine_bodies") == 0
    assert value(metrics, "dlp_quarantine_oldest_age_seconds") == 0

    vault = Vault(tmp_path, Keys.load_or_create(tmp_path).vault_recipient)
    for incident in ("DLP-1", "DLP-2"):
        vault.seal(incident, FlowInfo(channel=Channel.HTTP), "text/plain", b"x" * 1000)
    old = time.time() - 2 * HOUR
    os.utime(tmp_path / "vault" / "DLP-1.age", (old, old))
    gauges.measure()

    assert value(metrics, "dlp_quarantine_bodies") == 2
    assert 2000 < value(metrics, "dlp_quarantine_size_bytes") < 4000
    assert 2 * HOUR <= value(metrics, "dlp_quarantine_oldest_age_seconds") < 3 * HOUR


def test_the_disk_is_measured(gauges: Gauges, metrics: Metrics) -> None:
    gauges.measure()
    size = value(metrics, "dlp_data_disk_size_bytes")
    assert 0 < value(metrics, "dlp_data_disk_free_bytes") <= size


def test_what_can_not_be_measured_is_logged_once(gauges: Gauges, tmp_path: Path) -> None:
    (tmp_path / "ca" / "mitmproxy-ca-cert.pem").write_text("damaged", "utf-8")
    with structlog.testing.capture_logs() as logs:
        gauges.measure()
        gauges.measure()
    assert [line["event"] for line in logs] == ["gauges.failed"]
