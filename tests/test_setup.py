"""How the project is set up: its locks, the Python it finds, and the environment it makes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-fuzz.lock")
# The Python behind the environment that the tests run in; it has venv and pip of its own.
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def declared(requirements: list[Any]) -> list[str]:
    return [entry for entry in requirements if isinstance(entry, str)]


def name_of(requirement: str) -> str:
    name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def entries(lock: str) -> list[str]:
    """Return the entries of a lock, continuation lines joined."""
    return (ROOT / lock).read_text("utf-8").replace("\\\n", "").splitlines()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_is_pinned_and_hashed(lock: str) -> None:
    loose = [e for e in entries(lock) if not re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:", e)]
    assert entries(lock)
    assert loose == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_no_path(lock: str) -> None:
    assert "/" not in (ROOT / lock).read_text("utf-8")


def test_the_tools_of_the_tests_run_with_the_versions_that_are_shipped() -> None:
    # A tool may want a package on systems on which the product does without.
    shipped, tools = (
        {(entry.split()[0], *sorted(re.findall(r"sha256:\w+", entry))) for entry in entries(lock)}
        for lock in ("requirements.lock", "requirements-dev.lock")
    )
    assert shipped <= tools


def test_the_locks_hold_every_declared_dependency() -> None:
    groups = project()["dependency-groups"]
    shipped = {name_of(entry) for entry in entries("requirements.lock")}
    tools = {name_of(entry) for entry in entries("requirements-dev.lock")}
    assert {name_of(r) for r in project()["project"]["dependencies"] + groups["build"]} <= shipped
    assert {name_of(r) for r in declared(groups["dev"])} <= tools
    fuzzer = {name_of(entry) for entry in entries("requirements-fuzz.lock")}
    assert {name_of(r) for r in groups["fuzz"]} <= fuzzer


def test_every_declared_dependency_is_bounded_above() -> None:
    groups = project()["dependency-groups"].values()
    every = [
        *project()["build-system"]["requires"],
        *project()["project"]["dependencies"],
        *(requirement for group in groups for requirement in declared(group)),
    ]
    assert [r for r in every if "<" not in r.split(";")[0]] == []


def executable(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)


def without_ensurepip(python: Path) -> Path:
    """Make a Python as some systems have it."""
    without = python.parent.with_name("without")
    without.mkdir()
    (without / "ensurepip.py").write_text("raise ImportError\n", "utf-8")
    executable(python, f'PYTHONPATH="{without}" exec "{BASE_PYTHON}" "$@"')
    return python


def find_python(path: Path, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the finder where nothing but the commands in `path` is to be had."""
    return subprocess.run(
        ["/bin/sh", ROOT / ".make" / "python.sh"],
        env={"PATH": str(path), "HOME": str(home), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def runs(python: str) -> bool:
    check = "import sys; sys.exit(sys.version_info < (3, 12))"
    return subprocess.run([python, "-c", check], check=False).returncode == 0


def test_a_python_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a folder"
    for broken in ("python3.12", "python3.13", "python3.14"):
        executable(path / broken, "exit 127")
    executable(path / "python3", f'exec "{BASE_PYTHON}" "$@"')
    found = find_python(path, tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    assert runs(found.stdout.strip())


def test_the_python_asked_for_comes_first(tmp_path: Path) -> None:
    executable(tmp_path / "bin" / "python3.13", "exit 127")
    asked = tmp_path / "mine" / "python3"
    executable(asked, f'exec "{BASE_PYTHON}" "$@"')
    found = find_python(tmp_path / "bin", tmp_path, PYTHON=str(asked))
    assert found.returncode == 0
    assert runs(found.stdout.strip())


def test_a_python_without_ensurepip_will_do_when_there_is_no_other(tmp_path: Path) -> None:
    without_ensurepip(tmp_path / "bin" / "python3")
    found = find_python(tmp_path / "bin", tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    assert runs(found.stdout.strip())


def test_one_line_says_what_is_missing_when_no_python_can_be_had(tmp_path: Path) -> None:
    path = tmp_path / "bin"
    path.mkdir()
    for tool in ("cat", "mktemp", "rm"):
        (path / tool).symlink_to(shutil.which(tool) or tool)
    found = find_python(path, tmp_path)
    assert found.returncode != 0
    assert found.stdout == ""
    assert re.fullmatch(r"dlp: no Python >= 3\.12 .*PYTHON=/path/to/python3\n", found.stderr)


# Stands in for the project, so that it can be set up without a package index.
BACKEND = r"""
import pathlib, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    info = "dlp-0.1.dist-info/"
    files = {
        "echo.py": "import sys\ndef main(): print(*sys.argv[1:])\n",
        info + "METADATA": "Metadata-Version: 2.1\nName: dlp\nVersion: 0.1\n",
        info + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        info + "entry_points.txt": "[console_scripts]\ndlp = echo:main\n",
        info + "RECORD": "",
    }
    with zipfile.ZipFile(pathlib.Path(folder, "dlp-0.1-py3-none-any.whl"), "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return "dlp-0.1-py3-none-any.whl"
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a space in its path, of a project that needs nothing."""
    folder = tmp_path / "a checkout"
    shutil.copytree(ROOT / ".make", folder / ".make")
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "backend.py").write_text(BACKEND, "utf-8")
    (folder / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    for lock in LOCKS:
        (folder / lock).touch()
    return folder


def test_a_set_up_is_made_once_and_repaired_when_it_was_cut_short_or_moved(
    checkout: Path, tmp_path: Path, require_command: Callable[[str, str], str]
) -> None:
    make = require_command("make", "make")
    # An environment with a pip of its own takes seconds to make, and `make test` has made one.
    python = without_ensurepip(tmp_path / "bin" / "python3")

    def serve(folder: Path) -> tuple[str, str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
        done = subprocess.run(
            [make, "-j4", "serve", "ARGS=--listen 127.0.0.1:0"],
            cwd=folder,
            env=env | {"PYTHON": str(python)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout, done.stderr

    served = "serve --listen 127.0.0.1:0\n"
    out, err = serve(checkout)
    assert out == served, err
    assert "making .venv" in err
    assert serve(checkout) == (served, "")

    # As a run leaves it that was killed while it installed.
    (checkout / ".venv" / ".setup-unfinished").touch()
    (checkout / ".venv" / "bin" / "dlp").unlink()
    out, err = serve(checkout)
    assert out == served, err

    (checkout / "requirements.lock").write_text("# changed\n", "utf-8")
    out, err = serve(checkout)
    assert out == served
    assert "making .venv" not in err
    assert "installing" in err

    moved = checkout.rename(checkout.with_name("moved"))
    out, err = serve(moved)
    assert out == served, err
    assert serve(moved) == (served, "")
