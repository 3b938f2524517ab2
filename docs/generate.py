"""Writes the pages that follow from code or data; `python -m docs.generate`."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic_core import PydanticUndefined

from dlp.commands.serve import serve
from dlp.detect.entries import load_catalog
from dlp.settings import Settings

__all__ = ["pages"]

DOCS = Path(__file__).parent


def pages() -> dict[Path, str]:
    """Return the generated pages."""
    return {
        DOCS / "settings.md": _SETTINGS + _settings(),
        DOCS / "detection.md": _between(
            (DOCS / "detection.md").read_text("utf-8"), "| detector |", _catalog()
        ),
    }


def _settings() -> str:
    flags = {one.name: one for one in serve.params}
    about = _attributes(Settings.__doc__ or "")
    rows = ["| setting | flag | variable | default | what for |", "|---|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        flag = flags.get(name)
        option = f"`{flag.opts[0]} {flag.metavar}`" if flag is not None else ""
        default = field.default
        if default is PydanticUndefined:
            default = field.default_factory() if field.default_factory else ""  # type: ignore[call-arg]
        # Of a secret, its text is none, too.
        empty = default in (None, (), []) or not str(default)
        shown = "none" if empty else f"`{default}`"
        rows.append(f"| `{name}` | {option} | `DLP_{name.upper()}` | {shown} | {about[name]} |")
    return "\n".join(rows) + "\n"


def _attributes(docstring: str) -> dict[str, str]:
    """Return what a docstring in Google's style says of each attribute."""
    section = docstring.partition("Attributes:\n")[2]
    found: dict[str, str] = {}
    for match in re.finditer(r"^ {8}(\w+): (.+(?:\n {9,}.+)*)", section, re.MULTILINE):
        found[match[1]] = re.sub(r"\s+", " ", match[2]).replace("|", "\\|")
    return found


def _catalog() -> str:
    rows = ["| detector | title | identifies | random passes | alone |", "|---|---|---|---|---|"]
    for entry in sorted(load_catalog(), key=lambda entry: entry.id):
        passes = f"{entry.false_pass * 100:.2g} %" if entry.false_pass < 1 else "—"
        alone = "yes" if entry.alone else "no"
        rows.append(f"| `{entry.id}` | {entry.title} | {entry.identifies} | {passes} | {alone} |")
    return "\n".join(rows) + "\n"


def _between(text: str, head: str, table: str) -> str:
    """Return `text` with the table that begins with `head` replaced."""
    start = text.index(head)
    end = re.compile(r"^(?!\|)", re.MULTILINE).search(text, start)
    return text[:start] + table + text[end.start() if end else len(text) :]


_SETTINGS = """\
# Settings

Generated from the code by `python -m docs.generate`.

Flags win over environment variables, those over a YAML file (`--config FILE`, one `name: value` a
line), that over defaults. Bytes may be written as `16777216`,
`16 MiB` or `16MB`. An unknown setting is an error, wherever it stands. Bad settings, a busy
port or a data directory that can't be written end `dlp serve` with one line on standard error and
exit status 2, before anything is started.

"""

if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, "utf-8")
