"""The names of detectors that policies and allowlist entries may use."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache

from dlp.detect.codes import SYSTEMS
from dlp.detect.entries import load_catalog
from dlp.detect.groups import PERSON
from dlp.detect.lexicon import load_lexicon
from dlp.types import Category

__all__ = ["PERSON", "closest", "detectors", "known_detectors"]


@cache
def _identifiers() -> frozenset[str]:
    return frozenset({PERSON, *(entry.id for entry in load_catalog())})


@cache
def _domains() -> frozenset[str]:
    return load_lexicon().domains | {f"code.{system}" for system in SYSTEMS}


@cache
def known_detectors() -> frozenset[str]:
    """Return every name that a finding's detector can have."""
    return _identifiers() | _domains()


def detectors(name: str) -> frozenset[str]:
    """Return the detectors that a name stands for.

    `identifier` and `health` are all of their category, `fr_*` all that begin so.

    Raises:
        ValueError: It stands for none; says which is close.
    """
    # Lexicons take a while to load, and most policies name none of their domains.
    if name in _identifiers():
        return frozenset({name})
    if name == Category.HEALTH:
        return _domains()
    if name == Category.IDENTIFIER:
        return _identifiers() - {PERSON}
    known = known_detectors()
    found = frozenset(known_name for known_name in known if fnmatchcase(known_name, name))
    if not found:
        raise ValueError(f"unknown detector {name!r}{closest(name, known)}")
    return found


def closest(name: str, known: frozenset[str] | list[str]) -> str:
    """Return `; did you mean 'X'?` for what was probably meant, or nothing."""
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
