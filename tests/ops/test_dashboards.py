"""Dashboards and rules: current, sound, and answered by a real Prometheus."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import promql_parser
import pytest
from prometheus_client import CollectorRegistry
from ruamel.yaml import YAML

from addons.processes import Processes
from dashboards.src.__main__ import FOLDER, dashboards
from dlp.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ops.conftest import Prometheus

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "dashboards" / "rules").glob("*.yaml"))


@cache
def panels() -> tuple[tuple[str, dict[str, Any]], ...]:
    return tuple(
        (f"{file.stem}: {panel['title']}", panel)
        for file in sorted(FOLDER.glob("*.json"))
        for panel in json.loads(file.read_text("utf-8"))["panels"]
        if panel["type"] != "row"
    )


def queries() -> list[Any]:
    return [
        pytest.param(target["expr"], id=f"{name} ({target['legendFormat']})")
        for name, panel in panels()
        for target in panel.get("targets", ())
    ]


@cache
def rules() -> tuple[dict[str, Any], ...]:
    return tuple(
        rule
        for file in RULES
        for group in YAML(typ="safe").load(file)["groups"]
        for rule in group["rules"]
    )


def filled_in(expr: str) -> str:
    """Return a query as Grafana sends it."""
    for variable, value in {"$__rate_interval": "15m", "$__range": "15m"}.items():
        expr = expr.replace(variable, value)
    return re.sub(r"\$(?:job|instance)\b", ".*", expr)


def declared() -> set[str]:
    names = {rule["record"] for rule in rules() if "record" in rule}
    parent = CollectorRegistry()
    Processes(parent, dict)
    for family in (*Metrics().registry.collect(), *parent.collect()):
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
        names |= {family.name + suffix for suffix in suffixes.get(family.type, ("",))}
    return names


def metrics_of(expr: str) -> Iterator[str]:
    promql_parser.parse(expr)
    yield from re.findall(r"\b(?:[a-z_]+:)*dlp_\w+(?::\w+)*", expr)


def test_what_is_committed_is_what_the_code_makes() -> None:
    assert {file.name: file.read_text("utf-8") for file in FOLDER.iterdir()} == dashboards()


def test_every_panel_says_what_it_shows_and_in_which_unit() -> None:
    for name, panel in panels():
        assert panel["title"], name
        assert panel["description"], name
        assert panel["type"] == "text" or panel["fieldConfig"]["defaults"]["unit"], name


def test_panels_fill_their_rows() -> None:
    lines: dict[tuple[str, int], list[dict[str, int]]] = {}
    for name, panel in panels():
        lines.setdefault((name.split(":")[0], panel["gridPos"]["y"]), []).append(panel["gridPos"])
    for line, places in lines.items():
        assert sum(place["w"] for place in places) == 24, line
        assert len({place["h"] for place in places}) == 1, line


@pytest.mark.parametrize("expr", queries())
def test_a_query_reads_what_there_is(expr: str) -> None:
    assert set(metrics_of(filled_in(expr))) <= declared()


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r.get("alert") or r["record"])
def test_a_rule_reads_what_there_is(rule: dict[str, Any]) -> None:
    assert set(metrics_of(rule["expr"])) <= declared()


@pytest.mark.parametrize("expr", queries())
def test_no_panel_is_empty(prometheus: Prometheus, expr: str) -> None:
    found = prometheus.wait_for(filled_in(expr))
    assert found
    assert not all(point["value"][1] == "NaN" for point in found)


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r.get("alert") or r["record"])
def test_prometheus_understands_a_rule(prometheus: Prometheus, rule: dict[str, Any]) -> None:
    prometheus.query(rule["expr"])


def test_prometheus_keeps_the_number_of_an_incident(prometheus: Prometheus) -> None:
    found = prometheus.get(
        "/api/v1/query_exemplars",
        query='dlp_flows_total{action="quarantine"}',
        start="0",
        end="99999999999",
    )
    numbers = [e["labels"]["incident"] for series in found for e in series["exemplars"]]
    assert [n for n in numbers if re.fullmatch(r"DLP-\d{6}-\w{8}", n)]


@pytest.mark.parametrize("arguments", [["check", "rules"], ["test", "rules"]], ids=" ".join)
def test_the_rules_hold(require_command: Callable[[str, str], str], arguments: list[str]) -> None:
    promtool = require_command("promtool", "prometheus")
    tests = sorted((ROOT / "dashboards" / "rules" / "tests").glob("*.yaml"))
    done = subprocess.run(
        [promtool, *arguments, *(RULES if arguments[0] == "check" else tests)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_tested_and_has_a_page_that_says_what_to_do() -> None:
    alerts = {rule["alert"]: rule for rule in rules() if "alert" in rule}
    pages = {page.stem for page in (ROOT / "docs" / "runbooks").glob("*.md")} - {"index"}
    files = (ROOT / "dashboards" / "rules" / "tests").glob("*.yaml")
    fired: set[str] = set()
    silent: set[str] = set()
    for test in chain.from_iterable(YAML(typ="safe").load(file)["tests"] for file in files):
        for one in test["alert_rule_test"]:
            (fired if one.get("exp_alerts") else silent).add(one["alertname"])

    assert set(alerts) == pages == fired == silent
    for name, alert in alerts.items():
        assert alert["annotations"]["runbook_url"].endswith(f"/runbooks/{name}/")
        assert alert["labels"]["severity"] in {"warning", "critical"}


def test_the_composed_prometheus_finds_its_configuration_sound(
    tmp_path: Path, require_command: Callable[[str, str], str]
) -> None:
    promtool = require_command("promtool", "prometheus")
    text = (ROOT / "dashboards" / "provisioning" / "prometheus.yml").read_text("utf-8")
    # Debian's Prometheus is older than these settings, and asks for OpenMetrics by itself.
    newer = "scrape_protocols|convert_classic_histograms_to_nhcb|always_scrape_classic_histograms"
    text = re.sub(rf"\n +(?:{newer}):[^\n]*", "", text)
    (tmp_path / "prometheus.yml").write_text(text, "utf-8")
    (tmp_path / "rules").symlink_to(ROOT / "dashboards" / "rules")
    done = subprocess.run(
        [promtool, "check", "config", tmp_path / "prometheus.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
