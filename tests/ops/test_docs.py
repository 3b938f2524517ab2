"""The documentation: current where it is generated, whole where it is written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.generate import DOCS, pages

ROOT = DOCS.parent
READMES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]


def test_what_is_committed_is_what_is_generated() -> None:
    stale = [str(path) for path, text in pages().items() if path.read_text("utf-8") != text]
    assert stale == [], "run `python -m docs.generate`"


def test_the_site_builds_and_no_link_in_it_is_broken(tmp_path: Path) -> None:
    mkdocs = Path(sys.executable).with_name("mkdocs")
    done = subprocess.run(
        [mkdocs, "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "site" / "tuning" / "index.html").is_file()


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_no_link_of_a_page_beside_it_is_broken(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_no_page_shows_pictures_of_another_site() -> None:
    for file in DOCS.rglob("*.md"):
        assert not re.search(r"!\[[^]]*\]\(https?:", file.read_text("utf-8")), file
