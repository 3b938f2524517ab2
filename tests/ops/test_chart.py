"""The chart: what it renders to, what it refuses, and that its pods would start."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kubernetes_validate
import pytest
import trustme
from ruamel.yaml import YAML

from bench import patients
from bench.curl import curl
from bench.proxy import Proxy
from bench.servers import HttpsServer
from dlp.evidence.keys import Keys
from dlp.settings import Settings, load_settings
from helm.generate import CHART, files, golden, values

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
SCENARIOS = [file.name.removesuffix("-values.yaml") for file in (CHART / "ci").iterdir()]
# The oldest and the newest version of Kubernetes that the chart is held to.
VERSIONS = ("1.27", "1.36")
# Kinds of operators, whose schemas nobody packages; they have tests of their own here.
CUSTOM = {"Certificate", "ServiceMonitor", "PrometheusRule"}


@pytest.fixture(scope="session")
def helm(require_command: Callable[[str, str], str]) -> str:
    return require_command("helm", "helm (as .ci/run installs it)")


def call(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def rendered(helm: str) -> dict[str, dict[tuple[str, str], Any]]:
    """What each scenario renders to, by kind and name."""
    found = {}
    for scenario in SCENARIOS:
        done = call(helm, "template", "dlp", CHART, "-f", CHART / "ci" / f"{scenario}-values.yaml")
        assert done.returncode == 0, done.stderr
        documents = [one for one in YAML(typ="safe").load_all(done.stdout) if one]
        found[scenario] = {(one["kind"], one["metadata"]["name"]): one for one in documents}
    return found


def containers(deployment: Any) -> list[Any]:
    pod = deployment["spec"]["template"]["spec"]
    return [*pod.get("initContainers", ()), *pod["containers"]]


def test_what_is_committed_is_what_is_generated() -> None:
    stale = [str(path) for path, text in files().items() if path.read_text("utf-8") != text]
    assert stale == [], "run `python -m helm.generate`"
    copies = {path for path in (CHART / "files").rglob("*") if path.is_file()}
    assert copies <= set(files())


def test_every_value_says_what_it_is_for() -> None:
    assert [value.path for value in values() if not value.about] == []


def test_it_renders_to_what_is_committed(helm: str) -> None:
    for path, text in golden(helm).items():
        assert path.read_text("utf-8") == text, "run `python -m helm.generate`"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_helm_has_nothing_to_say(helm: str, scenario: str) -> None:
    values_file = CHART / "ci" / f"{scenario}-values.yaml"
    done = call(helm, "lint", "--strict", "--quiet", CHART, "--values", values_file)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_kubernetes_would_take_it(
    rendered: dict[str, dict[tuple[str, str], Any]], scenario: str, version: str
) -> None:
    for (kind, _), document in rendered[scenario].items():
        if kind not in CUSTOM:
            kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "ca: set ca.existingSecret"),
        ("ca.existingSecret=a", "keys: set keys.existingSecret"),
        ("ca.existingSecret=a,ca.certManager.enabled=true,keys.existingSecret=b", "set either"),
        ("ca.certManager.enabled=true,keys.existingSecret=b", "ca.certManager.issuer"),
        ("ca.existingSecret=a,keys.existingSecret=b,replicas=2", "several pods need"),
        (
            "ca.existingSecret=a,keys.existingSecret=b,persistence.enabled=false",
            "lost with the pod",
        ),
        ("trial=true,replicas=2", "trial: one pod only"),
        ("trial=true,polcy=monitor", "polcy"),
        ("trial=true,service.port=99999", "/service/port"),
        ("trial=true,image.digest=sha256:1", "/image/digest"),
    ],
)
def test_what_can_not_work_is_refused(helm: str, given: str, said: str) -> None:
    done = call(helm, "template", "dlp", CHART, *(["--set", given] if given else []))
    assert done.returncode != 0
    assert said in done.stderr


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_pods_have_no_more_rights_than_they_need(
    rendered: dict[str, dict[tuple[str, str], Any]], scenario: str
) -> None:
    deployment = rendered[scenario]["Deployment", "dlp"]
    pod = deployment["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    for container in containers(deployment):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_proxy_takes_its_settings(
    rendered: dict[str, dict[tuple[str, str], Any]],
    scenario: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (dlp,) = (c for c in containers(rendered[scenario]["Deployment", "dlp"]) if c["name"] == "dlp")
    for one in dlp["env"]:
        assert one["name"].removeprefix("DLP_").lower() in Settings.model_fields, one
        value = one.get("value", "")
        mounted = value.startswith("/etc/")
        if mounted:
            (tmp_path / Path(value).name).touch()
        if value:
            monkeypatch.setenv(one["name"], str(tmp_path / Path(value).name) if mounted else value)
    settings = load_settings({})
    ports = {one["name"]: one["containerPort"] for one in dlp["ports"]}
    assert (settings.listen.port, settings.metrics.port) == (ports["proxy"], ports["metrics"])
    assert settings.drain_timeout + 5 < 30


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_traffic_can_leave_and_only_clients_come_in(
    rendered: dict[str, dict[tuple[str, str], Any]], scenario: str
) -> None:
    policy = rendered[scenario]["NetworkPolicy", "dlp"]["spec"]
    anywhere = [
        peer["ipBlock"]
        for rule in policy["egress"]
        for peer in rule["to"]
        if "ipBlock" in peer and "ports" not in rule
    ]
    assert {block["cidr"] for block in anywhere} == {"0.0.0.0/0", "::/0"}
    assert [rule["ports"][0]["port"] for rule in policy["ingress"]] == ["proxy", "metrics"]
    assert policy["ingress"][1]["from"]


def test_a_fleet_hangs_together(rendered: dict[str, dict[tuple[str, str], Any]]) -> None:
    fleet = rendered["fleet"]
    deployment = fleet["Deployment", "dlp"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]

    def selects(selector: dict[str, str], of: dict[str, str]) -> bool:
        return selector.items() <= of.items()

    metrics = fleet["Service", "dlp-metrics"]
    monitor = fleet["ServiceMonitor", "dlp"]["spec"]
    assert selects(monitor["selector"]["matchLabels"], metrics["metadata"]["labels"])
    assert not selects(
        monitor["selector"]["matchLabels"], fleet["Service", "dlp"]["metadata"]["labels"]
    )
    assert monitor["endpoints"][0]["port"] == metrics["spec"]["ports"][0]["name"]
    for service in ("dlp", "dlp-metrics"):
        assert selects(fleet["Service", service]["spec"]["selector"], labels)
    assert selects(fleet["PodDisruptionBudget", "dlp"]["spec"]["selector"]["matchLabels"], labels)
    scaled = fleet["HorizontalPodAutoscaler", "dlp"]["spec"]["scaleTargetRef"]
    assert (scaled["kind"], scaled["name"]) == ("Deployment", "dlp")
    assert "replicas" not in deployment
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    # An FTP upload's data channel has to find its control channel.
    assert fleet["Service", "dlp"]["spec"]["sessionAffinity"] == "ClientIP"
    certificate = fleet["Certificate", "dlp-ca"]["spec"]
    volumes = {v["name"]: v for v in deployment["template"]["spec"]["volumes"]}
    assert certificate["isCA"] is True
    assert certificate["secretName"] == volumes["ca"]["secret"]["secretName"]


def test_the_operator_gets_dashboards_and_sound_rules(
    rendered: dict[str, dict[tuple[str, str], Any]],
    tmp_path: Path,
    require_command: Callable[[str, str], str],
) -> None:
    promtool = require_command("promtool", "prometheus")
    fleet = rendered["fleet"]
    rules = fleet["PrometheusRule", "dlp"]["spec"]
    (tmp_path / "rules.json").write_text(json.dumps(rules), "utf-8")
    done = call(promtool, "check", "rules", tmp_path / "rules.json")
    assert done.returncode == 0, done.stderr
    urls = re.findall(r'"runbook_url": "([^"]+)/\w+/"', json.dumps(rules))
    assert set(urls) == {"https://wiki.example/dlp"}
    shipped = {
        name: text
        for (kind, _), one in fleet.items()
        if kind == "ConfigMap"
        for name, text in one["data"].items()
    }
    dashboards = sorted((ROOT / "dashboards" / "json").glob("*.json"))
    assert {name: json.loads(text) for name, text in shipped.items()} == {
        file.name: json.loads(file.read_text("utf-8")) for file in dashboards
    }


def test_secrets_become_variables_and_files(
    rendered: dict[str, dict[tuple[str, str], Any]],
) -> None:
    for scenario, variables in (("single", ["dlp-settings"]), ("fleet", ["dlp-bucket"])):
        deployment = rendered[scenario]["Deployment", "dlp"]
        (dlp,) = (c for c in containers(deployment) if c["name"] == "dlp")
        assert [one["secretRef"]["name"] for one in dlp["envFrom"]] == variables
    (dlp,) = (c for c in containers(rendered["single"]["Deployment", "dlp"]) if c["name"] == "dlp")
    mounted = [one["mountPath"] for one in dlp["volumeMounts"]]
    named = [one.get("value", "") for one in dlp["env"]]
    files = [Path(value).parent for value in named if value.startswith("/etc/")]
    assert {str(folder) for folder in files} <= set(mounted)


def test_the_pod_finds_its_authority_and_keys_where_it_looks(
    rendered: dict[str, dict[tuple[str, str], Any]],
    tmp_path: Path,
    require_command: Callable[[str, str], str],
) -> None:
    require_command("curl", "curl")
    secrets, data = tmp_path / "secrets", tmp_path / "data"
    (secrets / "ca").mkdir(parents=True)
    authority = trustme.CA(key_type=trustme.KeyType.RSA)
    authority.cert_pem.write_to_path(str(secrets / "ca" / "tls.crt"))
    authority.private_key_pem.write_to_path(str(secrets / "ca" / "tls.key"))
    Keys.load_or_create(secrets)
    (init, main) = containers(rendered["single"]["Deployment", "dlp"])
    own = {one["name"]: one.get("value", "") for one in main["env"]}
    program, option, script = init["command"]
    assert program == "python"
    script = script.replace("/secrets", str(secrets)).replace("/data", str(data))
    data.mkdir()
    done = call(sys.executable, option, script)
    assert done.returncode == 0, done.stderr

    servers = trustme.CA()
    servers.cert_pem.write_to_path(str(tmp_path / "servers.pem"))
    env = {"DLP_UPSTREAM_CA": str(tmp_path / "servers.pem")} | {
        name: own[name].replace("/etc/dlp-authority", str(secrets / "ca"))
        for name in ("DLP_CA_CERT", "DLP_CA_KEY")
    }
    with HttpsServer(servers) as server, Proxy(data, env=env) as proxy:
        trust = ("--cacert", str(secrets / "ca" / "tls.crt"))
        for body, status in ((patients.orders_csv(50), 200), (patients.leak_csv(20), 403)):
            url = f"{server.url}/file"
            answer = curl(url, "-T", "{file}", *trust, proxy=proxy.listen, send=body)
            assert answer.status == status, answer.log
    assert (data / "keys" / "hmac.key").read_bytes() == (secrets / "keys" / "hmac.key").read_bytes()
    assert not (data / "keys" / "vault.key").exists()
    # The authority's key is nowhere on the volume.
    kept = [file for file in data.rglob("*") if file.is_file()]
    assert [file for file in kept if b"PRIVATE KEY" in file.read_bytes()] == []
    assert len(list((data / "vault").glob("*.age"))) == 1
