"""The catalog: what is detected, declared as data, one TOML file per identifier."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from dlp.detect.fold import fold
from dlp.detect.gate import written_form
from dlp.detect.validators import VALIDATORS
from dlp.types import Category

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Entry", "load_catalog"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """One identifier of the catalog.

    Attributes:
        id: Name of the detector, as `fr_nir`.
        title: What a person calls it.
        category: Kind of thing it is.
        candidate: Shape of a normalised candidate (separators removed), matched in full.
        length: Characters of a candidate.
        written: Matches its written forms in bytes, separators where people put them.
        validate: Canonical form of a candidate, or None if it fails its check.
        false_pass: P(a random string of the candidate shape passes the validator).
        announces: Matches, in folded text, words that announce the identifier.
        against: Matches, in folded text, words that speak against it.
        mask: Template of the masked form, `0` keeps a character, `*` hides one.
    """

    id: str
    title: str
    category: Category
    candidate: re.Pattern[str]
    length: int
    written: Any
    validate: Callable[[str], str | None]
    false_pass: float
    announces: re.Pattern[str]
    against: re.Pattern[str]
    mask: str

    def masked(self, value: str) -> str:
        """Return `value` (normalised) in its masked form."""
        characters = iter(value)
        form = []
        for sign in self.mask:
            if sign == "0":
                form.append(next(characters))
            elif sign == "*":
                next(characters)
                form.append("*")
            else:
                form.append(sign)
        return "".join(form)


def _words(words: list[str]) -> re.Pattern[str]:
    folded = sorted({re.escape(fold(w)).replace(r"\ ", "[^a-z0-9]{1,3}") for w in words})
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(folded)})(?![a-z0-9])")


@cache
def load_catalog() -> tuple[Entry, ...]:
    """Read every entry of the built-in catalog.

    Raises:
        ValueError: An entry is not well formed; names the file.
    """
    entries = []
    folder = resources.files("dlp.detect") / "catalog"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        try:
            raw = tomllib.loads(file.read_text("utf-8"))
            entry = Entry(
                id=raw["id"],
                title=raw["title"],
                category=Category(raw["category"]),
                candidate=re.compile(raw["candidate"]),
                length=raw["length"],
                written=written_form(raw["length"], raw["groups"]),
                validate=VALIDATORS[raw["validator"]],
                false_pass=raw["false_pass"],
                announces=_words(raw["context"]["words"]),
                against=_words(raw["context"]["against"]),
                mask=raw["mask"],
            )
        except (KeyError, TypeError, ValueError, re.error) as error:
            raise ValueError(f"catalog {file.name}: {error!r}") from error
        entries.append(entry)
    return tuple(entries)
