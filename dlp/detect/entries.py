"""The catalog: what is detected, declared as data, one TOML file per identifier."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Any

from dlp.detect.forms import DIGIT, INVISIBLE, JOINTS, lengths, spread_forms, written_forms
from dlp.detect.native import Expression, compiled
from dlp.detect.validators import VALIDATORS
from dlp.types import Category

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SPLIT", "Entry", "load_against", "load_catalog"]

# Three digits of which the last is not as far from the second as that is from the first.
_UNEVEN = frozenset(f"{n:03}" for n in range(1000) if (n // 100 + n % 10 - 2 * (n // 10 % 10)) % 10)
# How far from an identifier its tail may end.
SPLIT = 48
# Between a number and its key in a field of its own.
_APART = r"[\"';,|:=/()<>\t \xa0-]|\xc2\xa0|</?[A-Za-z][^<>\n]*>"
_KNOWN = {
    *("id", "title", "country", "category", "identifies", "validator", "candidate", "plausible"),
    *(
        "forms",
        "announced_forms",
        "alone",
        "false_pass",
        "mask",
        "masks",
        "source",
        "context",
        "test",
        "tail",
    ),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """One identifier of the catalog.

    Attributes:
        id: Name of the detector, as `fr_nir`.
        title: What a person calls it.
        country: Two letters, ISO 3166; `EU` for several.
        category: Kind of thing it is.
        identifies: `person`, `professional`, `facility` or `insurer`; only persons are subjects.
        candidate: Shape of a normalised candidate (separators removed), matched in full.
        plausible: Stricter shape of a value that is believed where it is announced although it
            fails its check; by default the candidate's.
        forms: Templates of its written forms (`dlp.detect.forms`).
        announced_forms: Further ones, that too many other texts have, where a word announces it.
        lengths: Characters of a candidate.
        checked: Whether a value can be told from a random one.
        validate: Canonical form of a candidate, or None if it fails its check.
        alone: Whether a value counts that no word announces.
        false_pass: P(a random string of the candidate shape passes the validator).
        words: What announces the identifier: words, prompts, names of fields.
        names: What announces it only as the whole name of a field, being a word like another too.
        systems: URIs, OIDs and authorities that name it in messages.
        against: Words that speak against it, beyond those that speak against any.
        test: Values that an authority documents as nobody's, matched in full.
        test_systems: URIs and OIDs under which values are nobody's.
        tail: Characters at its end that may stand apart, in a column or after a word of their own.
        masks: Template of the masked form by length, `0` keeps a character, `*` hides one.
    """

    id: str
    title: str
    country: str
    category: Category
    identifies: str
    candidate: re.Pattern[str]
    plausible: re.Pattern[str]
    forms: tuple[str, ...]
    announced_forms: tuple[str, ...]
    lengths: frozenset[int]
    checked: bool
    validate: Callable[[str], str | None]
    alone: bool
    false_pass: float
    words: tuple[str, ...]
    names: tuple[str, ...]
    systems: tuple[str, ...]
    against: tuple[str, ...]
    test: re.Pattern[str] | None
    test_systems: tuple[str, ...]
    tail: int
    masks: dict[int, str]

    @cached_property
    def written(self) -> Expression:
        """Matches its written forms in bytes, separators where people put them."""
        return compiled(written_forms(self.forms))

    @cached_property
    def loose(self) -> Expression:
        """As `written`, with letters that people take for digits."""
        return compiled(written_forms((*self.forms, *self.announced_forms), loose=True))

    @cached_property
    def spread(self) -> str:
        """Expression of what may be one of its values, whatever stands between the characters.

        Or the whole number that a spreadsheet wrote as a float.
        """
        templates = (*self.forms, *self.announced_forms)
        forms = [spread_forms(templates), r"[0-9][.,][0-9]{5,17}[eE]\+?[0-9]{1,2}"]
        forms += [written_forms([one], loose=True) for one in templates if "=" in one]
        return rf"(?:\A|[^0-9A-Za-z])(?:{'|'.join(forms)})(?:[^0-9A-Za-z]|\z)"

    @cached_property
    def split(self) -> Expression:
        """Matches its written forms whose tail stands apart: groups are the head and the tail."""
        heads = [_cut(form, self.tail) for form in self.forms]
        return compiled(f"({written_forms(heads)}){self._tail}")

    @cached_property
    def rest(self) -> re.Pattern[bytes]:
        """Matches what stands between a head and its tail, and the tail: the group."""
        return re.compile(self._tail.encode("latin-1"))

    @cached_property
    def prefix(self) -> str:
        """What each of its numbers begins with, as its forms say."""
        # In forms a 9 is any digit.
        whole = [re.split(r"[^0-8]", form.translate(JOINTS))[0] for form in self.forms]
        shared = takewhile(
            lambda pair: pair[0] == pair[1], zip(min(whole), max(whole), strict=False)
        )
        return "".join(first for first, _ in shared)

    @property
    def _tail(self) -> str:
        apart = rf"(?:{_APART}|{INVISIBLE}){{1,4}}"
        return (
            rf"{apart}(?:(?i:cl(?:e|\xc3\xa9|\xe9)f?|key){apart})?"
            rf"({DIGIT}{{{self.tail}}})"
        )

    @property
    def shapely(self) -> bool:
        """Whether few other numbers have the shape of a plausible value."""
        return self.plausible is not self.candidate

    @cached_property
    def shaped(self) -> bool:
        """Whether digits stand for any digits in its written forms, and letters for any letters."""
        return all(sign in "9AX -=" for form in self.forms for sign in form)

    @cached_property
    def lettered(self) -> bool:
        """Whether a candidate holds letters, so that runs of digits don't lead to it."""
        return any(re.search(r"A|X.*X|X\Z", form) for form in self.forms)

    def canonical(self, value: str) -> str | None:
        """Return the canonical form of a normalised value, or None if it is not one."""
        if not self.candidate.fullmatch(value):
            return None
        return self.validate(value)

    def begins(self, head: str) -> bool:
        """Tell whether some tail would make a candidate of `head`, normalised."""
        return self.candidate.fullmatch(head + "1" * self.tail) is not None

    def is_test(self, value: str) -> bool:
        """Tell whether a normalised value is documented as nobody's."""
        return self.test is not None and self.test.fullmatch(value) is not None

    def believable(self, value: str) -> bool:
        """Tell whether a value that fails its check may be a mistyped one."""
        if len(set(value)) <= 3 or value.startswith("12345"):
            return False
        if not self.plausible.fullmatch(value):
            return False
        # Placeholders: one digit repeated, or digits that follow each other, as examples begin.
        if value[:3] in _UNEVEN:
            return True
        digits = [int(sign) for sign in value if sign.isdigit()]
        return len({(b - a) % 10 for a, b in pairwise(digits)}) > 1

    def masked(self, value: str) -> str:
        """Return `value` (normalised) in its masked form."""
        template = self.masks.get(len(value)) or "0" + "*" * (len(value) - 1)
        characters = iter(value)
        form = []
        for sign in template:
            if sign == "0":
                form.append(next(characters))
            elif sign == "*":
                next(characters)
                form.append("*")
            else:
                form.append(sign)
        return "".join(form)


def _cut(form: str, tail: int) -> str:
    """Return a template without its last `tail` elements."""
    kept = len([sign for sign in form if sign not in " -="]) - tail
    head = ""
    for sign in form:
        if not kept:
            break
        head += sign
        kept -= sign not in " -="
    return head


def _unchecked(value: str) -> str | None:
    return value


def _masks(raw: dict[str, Any]) -> dict[int, str]:
    masks = list(raw.get("masks", {}).values())
    if "mask" in raw:
        masks.append(raw["mask"])
    return {sum(sign in "0*" for sign in mask): mask for mask in masks}


def _entry(raw: dict[str, Any]) -> Entry:
    if unknown := set(raw) - _KNOWN:
        raise ValueError(f"unknown field {min(unknown)}")
    context, test = raw.get("context", {}), raw.get("test", {})
    checked = raw["false_pass"] < 1
    candidate = re.compile(raw["candidate"])
    return Entry(
        id=raw["id"],
        title=raw["title"],
        country=raw["country"],
        category=Category(raw["category"]),
        identifies=raw["identifies"],
        candidate=candidate,
        plausible=re.compile(raw["plausible"]) if "plausible" in raw else candidate,
        forms=tuple(raw["forms"]),
        announced_forms=tuple(raw.get("announced_forms", ())),
        lengths=lengths(raw["forms"]),
        checked=checked,
        validate=_unchecked if raw["validator"] == "none" else VALIDATORS[raw["validator"]],
        alone=raw["alone"],
        false_pass=raw["false_pass"],
        words=tuple(context.get("words", ())),
        names=tuple(context.get("names", ())),
        systems=tuple(context.get("systems", ())),
        against=tuple(context.get("against", ())),
        test=re.compile("|".join(test["patterns"])) if test.get("patterns") else None,
        test_systems=tuple(test.get("systems", ())),
        tail=raw.get("tail", 0),
        masks=_masks(raw),
    )


@cache
def load_catalog() -> tuple[Entry, ...]:
    """Read every entry of the built-in catalog.

    Raises:
        ValueError: An entry is not well formed; names the file.
    """
    raws: dict[str, dict[str, Any]] = {}
    folder = resources.files("dlp.detect") / "catalog"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        try:
            raw = tomllib.loads(file.read_text("utf-8"))
            raws[raw["id"]] = raw
        except (KeyError, ValueError) as error:
            raise ValueError(f"catalog {file.name}: {error!r}") from error
    entries = []
    for name, raw in raws.items():
        try:
            if like := raw.get("context", {}).get("like"):
                raw["context"] = raws[like]["context"] | raw["context"]
            entries.append(_entry(raw))
        except (KeyError, TypeError, ValueError, re.error) as error:
            raise ValueError(f"catalog {name}.toml: {error!r}") from error
    return tuple(entries)


@cache
def load_against() -> tuple[str, ...]:
    """Read the words that speak against any identifier."""
    file = resources.files("dlp.detect") / "catalog" / "against.txt"
    lines = (line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines())
    return tuple(line for line in lines if line)
