"""What docs/performance.md shows is what was measured, and the server behind the proxies counts."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from bench.proxying.__main__ import RECORD, ratios
from bench.proxying.clients import CONNECTIONS, latencies
from bench.proxying.plot import plot
from bench.proxying.programs import upstream


def test_the_plot_is_of_the_record() -> None:
    record = json.loads(RECORD.read_text("utf-8"))
    drawn = RECORD.with_suffix(".svg").read_text("utf-8")

    assert drawn == plot(record)
    assert ET.fromstring(drawn).tag.endswith("svg")
    for name, row in ratios(record).items():
        assert record["ratios"][name] == pytest.approx(row, abs=0.01)


def test_the_server_answers_every_request_once() -> None:
    with upstream() as server:
        took = latencies(None, server, 500, 1, "x" * 300_000)

        assert len(took) == 500 - CONNECTIONS
        assert server.busy() >= 0
        assert server.resident() > 1
