"""Words of fields, as the files of the vocabulary hold them."""

from __future__ import annotations

import tomllib
from importlib import resources

__all__ = ["read_fields"]


def read_fields(medical: frozenset[str]) -> tuple[dict[str, dict[str, list[str]]], frozenset[str]]:
    """Return the words of each kind of field, and those that are given with their accents.

    Args:
        medical: Kinds of whose weak words in further languages other business is full.

    Raises:
        ValueError: A file is not well formed.
    """
    folder = resources.files("dlp.detect") / "vocabulary"
    fields = tomllib.loads((folder / "fields.toml").read_text("utf-8"))
    exact: set[str] = set()
    for file in sorted((folder / "languages").iterdir(), key=lambda f: f.name):
        raw = tomllib.loads(file.read_text("utf-8"))
        for certainty, kinds in raw.items():
            for kind, words in kinds.items():
                if kind not in fields or certainty not in ("words", "weak"):
                    raise ValueError(f"vocabulary {file.name}: unknown {certainty}.{kind}")
                exact.update(words)
                quiet = certainty == "weak" and kind in medical
                fields[kind].setdefault("quiet" if quiet else certainty, []).extend(words)
    return fields, frozenset(exact)
