"""The metrics page, as Prometheus reads it."""

from __future__ import annotations

import http.client
import re
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.x509 import load_pem_x509_certificate
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from dlp.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.proxy import Proxy
    from bench.ways import Way

ROOT = Path(__file__).parents[2]


def openmetrics(proxy: Proxy) -> str:
    with closing(http.client.HTTPConnection(proxy.metrics, timeout=15)) as connection:
        connection.request("GET", "/metrics", headers={"Accept": "application/openmetrics-text"})
        answer = connection.getresponse()
        assert answer.getheader("Content-Type", "").startswith("application/openmetrics-text")
        return answer.read().decode("utf-8")


@pytest.mark.parametrize("way", ["HTTP/1.1"], indirect=True)
def test_prometheus_has_nothing_to_say_about_a_scrape(
    proxy: Proxy,
    way: Way,
    name: str,
    leak: bytes,
    require_command: Callable[[str, str], str],
) -> None:
    promtool = require_command("promtool", "prometheus")
    way.send(proxy, name, leak)
    done = subprocess.run(
        [promtool, "check", "metrics"],
        input=proxy.admin("/metrics")[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("way", ["HTTP/1.1"], indirect=True)
def test_a_count_of_stops_leads_to_an_incident(
    proxy: Proxy, way: Way, name: str, leak: bytes
) -> None:
    incident = way.send(proxy, name, leak).incident
    tied = {
        (sample.name, sample.exemplar.labels["incident"])
        for family in text_string_to_metric_families(openmetrics(proxy))
        for sample in family.samples
        if sample.exemplar and sample.labels.get("action") == "quarantine"
    }
    assert {("dlp_flows_total", incident), ("dlp_rule_decisions_total", incident)} <= tied


@pytest.mark.parametrize("way", ["HTTP/1.1"], indirect=True)
def test_nothing_that_a_client_types_becomes_a_label(
    proxy: Proxy, way: Way, name: str, leak: bytes
) -> None:
    way.send(proxy, name, leak, "-X", "MARKMETHOD", "-A", "MARKAGENT", "-H", "Content-Type: m/mark")
    text = openmetrics(proxy)
    labels = "".join(re.findall(r"\{[^}]*\}", re.sub(r" # \{.*", "", text)))
    assert not re.search(rf"mark|127\.0\.0\.1|localhost|{name}", labels, re.IGNORECASE)


def test_the_authority_that_clients_trust_is_watched(proxy: Proxy) -> None:
    ends = load_pem_x509_certificate(proxy.ca.read_bytes()).not_valid_after_utc
    assert proxy.metric("dlp_ca_expiry_timestamp_seconds") == ends.timestamp()


def test_the_manual_lists_what_there_is() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    listed = set(re.findall(r"`(dlp_\w+)`", "".join(re.findall(r"^\| .*", text, re.MULTILINE))))
    there = set()
    for family in Metrics().registry.collect():
        counter = family.type == "counter"
        there.add(f"{family.name}_total" if counter else family.name)
    assert listed == {name for name in there if not name.startswith("dlp_process_")}
