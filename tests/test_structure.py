"""Rules of the house that import-linter can't express."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "dlp").rglob("*.py"), *(ROOT / "addons").rglob("*.py")])


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_mitmproxys_internals_are_touched_in_one_room(path: Path) -> None:
    internal = {m for m in imports(path) if m.startswith(("mitmproxy.proxy", "mitmproxy.net"))}
    if "engine" not in path.parts:
        assert not internal


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_stay_small_enough_to_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 320


def test_nothing_committed_names_a_registry_or_a_machine() -> None:
    names = [
        ROOT / name for name in ("Makefile", "README.md", "pyproject.toml", ".ci/run", "Dockerfile")
    ]
    files = [*SOURCES, *names, *ROOT.glob("requirements*.lock"), *(ROOT / "docs").rglob("*.md")]
    for path in files:
        text = path.read_text("utf-8")
        for word in ("pypi" + ".org", "files.pythonhosted", "/root" + "/", "index-url ="):
            assert word not in text, path
