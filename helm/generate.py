"""Writes what of the chart follows from something else; `python -m helm.generate`.

Its README and schema follow from values.yaml, its copies of dashboards and rules from
`dashboards/` (a chart can't read outside its folder), and, where helm is installed, what it renders
to for the values in `ci/`, which `tests/ops` holds it to.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

__all__ = ["CHART", "GOLDEN", "Value", "files", "golden", "values"]

ROOT = Path(__file__).parents[1]
CHART = ROOT / "helm" / "dlp"
GOLDEN = ROOT / "tests" / "ops" / "golden"
# What a type alone does not say of a value.
CHOICES: dict[str, dict[str, Any]] = {
    "image.pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
    "image.digest": {"pattern": "^(sha256:[0-9a-f]{64})?$"},
    "replicas": {"minimum": 1},
    "settings": {"propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"}},
    "ca.certManager.issuerKind": {"enum": ["Issuer", "ClusterIssuer"]},
    "ca.certManager.duration": {"pattern": "^([0-9]+(h|m|s))+$"},
    "vault.endpoint": {"pattern": "^(https?://.+)?$"},
    "vault.url": {"pattern": "^(s3://.+)?$"},
    "service.type": {"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
    "service.externalTrafficPolicy": {"enum": ["Local", "Cluster"]},
    "service.port": {"minimum": 1, "maximum": 65535},
    "autoscaling.minReplicas": {"minimum": 1},
    "autoscaling.maxReplicas": {"minimum": 1},
    "autoscaling.targetCPU": {"minimum": 1, "maximum": 100},
    "preStopSeconds": {"minimum": 0},
    "terminationGracePeriodSeconds": {"minimum": 1},
    "prometheusRule.runbooks": {"pattern": "^https?://.+/$"},
}
# Kubernetes' own types, which it checks itself.
OPEN = ("settings", "resources", "Labels", "Annotations", "labels", "annotations", "nodeSelector")


class Value:
    """One value of the chart: where it stands, what it is by default, what it is for."""

    def __init__(self, path: str, default: Any, about: str) -> None:
        self.path = path
        self.default = default
        self.about = about


def values() -> list[Value]:
    """Return every value that values.yaml documents, in its order.

    Raises:
        ValueError: One has no comment above it.
    """
    text = (CHART / "values.yaml").read_text("utf-8")
    tree = YAML(typ="safe").load(text)
    found: list[Value] = []
    comment: list[str] = []
    open_keys: list[tuple[int, str]] = []
    for line in text.splitlines():
        match = re.match(r"( *)([A-Za-z_.]+):", line)
        if line.lstrip().startswith("# "):
            comment.append(line.strip()[2:])
            continue
        if match:
            indent = len(match[1])
            open_keys = [(i, key) for i, key in open_keys if i < indent]
            open_keys.append((indent, match[2]))
            path = [key for _, key in open_keys]
            default = _at(tree, path)
            name = ".".join(path)
            group = isinstance(default, dict) and default and not _open(name)
            # A default of several lines has keys of its own, which are not the chart's.
            within = _open(name) or any(name.startswith(value.path + ".") for value in found)
            if comment and not group:
                found.append(Value(name, default, " ".join(comment)))
            elif not group and not within:
                raise ValueError(f"values.yaml: {name} has no comment")
        comment = []
    return found


def _at(tree: Any, path: list[str]) -> Any:
    for key in path:
        if not isinstance(tree, dict) or key not in tree:
            return None
        tree = tree[key]
    return tree


def _open(path: str) -> bool:
    return any(part.endswith(OPEN) for part in path.split("."))


def files() -> dict[Path, str]:
    """Return the generated files of the chart."""
    dashboards, rules = ROOT / "dashboards" / "json", ROOT / "dashboards" / "rules"
    made = {
        CHART / "README.md": _readme(),
        CHART / "values.schema.json": json.dumps(_schema(), indent=2) + "\n",
    }
    for file in sorted(dashboards.glob("*.json")):
        made[CHART / "files" / "dashboards" / file.name] = file.read_text("utf-8")
    for file in sorted(rules.glob("*.yaml")):
        made[CHART / "files" / "rules" / file.name] = file.read_text("utf-8")
    return made


def _schema() -> dict[str, Any]:
    tree = YAML(typ="safe").load((CHART / "values.yaml").read_text("utf-8"))
    return {"$schema": "https://json-schema.org/draft-07/schema#", **_node(tree, "")}


def _node(value: Any, path: str) -> dict[str, Any]:
    if isinstance(value, dict) and value and not _open(path):
        inner = {k: _node(v, f"{path}.{k}".lstrip(".")) for k, v in value.items()}
        # Helm adds `global` by itself.
        inner |= {} if path else {"global": {"type": "object"}}
        return {"type": "object", "additionalProperties": False, "properties": inner}
    kinds = {bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}
    return {"type": kinds[type(value)], **CHOICES.get(path, {})}


def _readme() -> str:
    rows = "\n".join(
        f"| `{value.path}` | `{json.dumps(value.default)}` | {value.about} |" for value in values()
    )
    return f"{_HEAD}\n## Values\n\n| value | default | what for |\n|---|---|---|\n{rows}\n"


def golden(helm: str) -> dict[Path, str]:
    """Return what the chart renders to for each of `ci/`, without the long dashboards."""
    made = {}
    for file in sorted((CHART / "ci").glob("*-values.yaml")):
        name = file.name.removesuffix("-values.yaml")
        text = subprocess.run(  # noqa: S603 - the arguments are ours
            [helm, "template", "dlp", CHART, "--namespace", "security", "--values", file],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        documents = [one for one in text.split("---\n") if "/dashboards.yaml\n" not in one]
        made[GOLDEN / f"{name}.yaml"] = "---\n".join(documents)
    return made


_HEAD = """\
# The chart

Generated by `python -m helm.generate`. It needs an image built from the repository's Dockerfile.

```sh
helm install dlp helm/dlp --set trial=true --set image.repository=…      # to try it out
helm install dlp helm/dlp --namespace security --values my-values.yaml
```

`ci/` holds values for a trial, for one pod, and for a fleet. Outside of a trial two Secrets have to be
there:

```sh
# The authority that clients trust: a certificate with CA:TRUE, and its key.
kubectl create secret tls dlp-authority --cert=ca.crt --key=ca.key
# The key of all hashes, and the public key bodies are sealed to; vault.key stays with the reviewers.
openssl rand 32 > hmac.key; age-keygen -o vault.key; age-keygen -y vault.key > vault.pub
kubectl create secret generic dlp-keys --from-file=hmac.key --from-file=vault.pub
```

The authority's key is read where the Secret is mounted and is nowhere else; a changed one is taken up
by `kubectl rollout restart`. What other settings name or hold that is nobody's to read comes from two
Secrets more: variables (`settingsSecret`) and files (`filesSecret`).

Several pods share their incidents in PostgreSQL and their sealed bodies in S3-compatible storage; the
chart refuses to run several without. The Service keeps a client on one pod, as FTP needs.

A pod that is told to end takes flows for `preStopSeconds` more, while the cluster takes it out of the
Service, then finishes those under way; a new one is ready before (except where a volume belongs to
one pod: there is a gap of seconds then, and clients get no connection).

The NetworkPolicy lets the proxy reach any network that `networkPolicy.forbidden` does not name: name
your cluster's. It was rendered and validated against Kubernetes' schemas, not run in a cluster.
"""  # noqa: E501 - a table and commands of a page, not code


if __name__ == "__main__":
    made = files()
    for path, text in made.items():
        path.write_text(text, "utf-8")
    found = shutil.which("helm")
    if found:
        for path, text in golden(found).items():
            path.write_text(text, "utf-8")
