"""The image and its neighbours: what can be known of them where no container runs.

`make image` builds it for real, and runs built_image.py on it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from bench import patients
from bench.curl import curl
from bench.proxy import Proxy
from bench.servers import HttpServer
from dlp import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
# The Python behind the environment that the tests run in; it has venv and pip of its own.
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
# What stands for a folder of the image while its steps are taken here.
FOLDERS = ("/src", "/opt/dlp", "/data")
# What is imported where it is first needed: pruning the image must not have taken it.
LATE = """
import arro3.io, boto3, fastavro, py7zr, pydicom, pypdfium2, reportlab.pdfgen
import dlp.parsers.statistical, dlp.parsers.parquet, dlp.report.pdf
import opentelemetry.exporter.otlp.proto.http.trace_exporter
for service in ("s3", "sts", "sso", "sso-oidc"):
    boto3.client(service, region_name="eu-west-3")
"""
# Bytes of /opt/dlp; what it stands on has 55 MB, and both together 200 at the most.
LARGEST = 142_000_000


@cache
def dockerfile() -> tuple[tuple[str, str], ...]:
    """Return the instructions, continuation lines joined, comments left out."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    found = (line.split(None, 1) for line in text.replace("\\\n", " ").splitlines() if line.strip())
    return tuple((word, rest) for word, rest in found)


def words(instruction: str) -> str:
    return " ".join(rest for word, rest in dockerfile() if word == instruction)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_linter_has_nothing_to_say_about_the_dockerfile() -> None:
    done = run(Path(sys.executable).with_name("hadolint"), "--no-color", "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_is_pinned_and_says_which_version_it_is() -> None:
    bases = [rest.split()[0] for word, rest in dockerfile() if word == "FROM"]
    assert bases == ["${BASE}", "scratch"]
    assert re.fullmatch(r"BASE=debian:trixie-\d{8}-slim@sha256:[0-9a-f]{64}", words("ARG"))
    assert f'image.version="{__version__}"' in words("LABEL")
    assert f"image: dlp:{__version__}" in (ROOT / "compose.yaml").read_text("utf-8")


def test_the_image_does_not_run_as_root() -> None:
    user = words("USER").split(":")[0]
    assert user.isdigit()
    assert int(user) > 0


def put_locked(lock: Path, environment: Path) -> None:
    """Put what a lock names into an environment: from that of the tests, which has it installed.

    tests/test_setup.py says that it has the same versions, by the same hashes.
    """
    (site,) = environment.glob("lib/python3*/site-packages")
    for line in lock.read_text("utf-8").replace("\\\n", "").splitlines():
        try:
            found = distribution(line.partition("==")[0])
        except PackageNotFoundError:
            # For another system.
            assert ";" in line, line
            continue
        for file in found.files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), site / file)


def replay(here: Path) -> None:
    """Take the steps of the image with folders of `here` in the place of its own."""

    def moved(text: str) -> str:
        for folder in FOLDERS:
            text = re.sub(rf"(?<![\w.]){folder}\b", str(here / folder[1:]), text)
        return text

    tools = here / "tools"
    tools.mkdir()
    (tools / "python3.13").symlink_to(BASE_PYTHON)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DLP_", "PYTHON", "VIRTUAL"))}
    env["PATH"] = f"{tools}:{env['PATH']}"
    (here / "src").mkdir()
    for word, rest in dockerfile():
        if word == "COPY" and not rest.startswith("--from="):
            *sources, target = rest.split()
            for source in sources:
                into = here / "src" / target
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, into, ignore=shutil.ignore_patterns("*.pyc"))
                else:
                    shutil.copy(ROOT / source, into)
        elif word == "RUN" and "-r requirements.lock" in rest:
            # `make install` takes it; downloading it all once more would be most of this test.
            put_locked(here / "src" / "requirements.lock", here / "opt" / "dlp")
        elif word == "RUN" and not rest.startswith(("apt-get ", "chroot ")):
            done = subprocess.run(
                ["sh", "-ec", moved(rest)],
                cwd=here / "src",
                env=env,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr


def test_what_the_image_is_made_of_stops_a_leak(
    tmp_path: Path, require_command: Callable[[str, str], str]
) -> None:
    require_command("strip", "binutils")
    require_command("curl", "curl")
    replay(tmp_path)
    settings = dict(pair.split("=", 1) for pair in shlex.split(words("ENV")))
    python = tmp_path / "opt" / "dlp" / "bin" / "python"
    entry = tuple(json.loads(words("ENTRYPOINT")))

    assert settings["DLP_DATA_DIR"] == words("VOLUME").strip() == "/data"
    assert words("EXPOSE").split() == [
        settings["DLP_LISTEN"].split(":")[1],
        settings["DLP_METRICS"].split(":")[1],
    ]
    assert (entry, json.loads(words("CMD"))) == (("dlp",), ["serve"])
    # Neither pip nor this checkout is there, only what was installed.
    assert run(python, "-c", "import pip").returncode == 1
    assert run(python, "-c", LATE).stderr == ""
    kept = (file for file in python.parents[1].rglob("*") if not file.is_symlink())
    assert sum(file.stat().st_size for file in kept if file.is_file()) < LARGEST
    command = (str(python.with_name(entry[0])),)
    with HttpServer() as server, Proxy(tmp_path / "data", command=command) as proxy:
        orders, leak = patients.orders_csv(50), patients.leak_csv(20)
        passed = curl(f"{server.url}/orders", "-T", "{file}", proxy=proxy.listen, send=orders)
        stopped = curl(f"{server.url}/leak", "-T", "{file}", proxy=proxy.listen, send=leak)
        check = json.loads(words("HEALTHCHECK").partition("CMD ")[2])
        check = [word.replace("127.0.0.1:9464", proxy.metrics) for word in check]
        healthy = run(python.with_name(check[0]), *check[1:])
        assert proxy.stop() == 0

    assert (passed.status, stopped.status) == (200, 403)
    assert server.records.of("/leak") == []
    assert healthy.returncode == 0, healthy.stderr
    assert run(python.with_name(check[0]), *check[1:]).returncode != 0


def test_the_image_gets_what_it_needs_of_a_checkout_and_nothing_else() -> None:
    let_in = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    copied = {
        source
        for word, rest in dockerfile()
        if word == "COPY" and not rest.startswith("--from=")
        for source in rest.split()[:-1]
    }
    assert let_in == copied


def test_the_composed_services_find_their_files() -> None:
    compose = YAML(typ="safe").load(ROOT / "compose.yaml")
    mounts = [
        mount.split(":")[0]
        for service in compose["services"].values()
        for mount in service.get("volumes", ())
    ]
    named = set(compose["volumes"])
    assert [mount for mount in mounts if mount not in named and not (ROOT / mount).exists()] == []
    targets = YAML(typ="safe").load(ROOT / "dashboards" / "provisioning" / "prometheus.yml")
    assert targets["scrape_configs"][0]["static_configs"][0]["targets"] == ["dlp:9464"]


def test_the_unit_is_sound_and_shut_in(
    tmp_path: Path, require_command: Callable[[str, str], str]
) -> None:
    analyze = require_command("systemd-analyze", "systemd")
    text = (ROOT / "docs" / "deploy" / "dlp.service").read_text("utf-8")
    unit = tmp_path / "dlp.service"
    unit.write_text(text.replace("/opt/dlp/.venv/bin/dlp", "/bin/true"), "utf-8")

    done = run(analyze, "verify", unit)
    assert (done.returncode, done.stderr) == (0, "")
    # Its scale goes from 0 to 10; what it rates below 2 is called OK.
    shut_in = run(analyze, "security", "--offline=yes", "--threshold=20", unit)
    assert shut_in.returncode == 0, shut_in.stdout
