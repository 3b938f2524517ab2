"""Columns of tables: what they hold, by their titles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlp.detect.entries import Entry
    from dlp.detect.words import Vocabulary

__all__ = ["Column", "titled"]


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds, by its title or by its cells.

    Attributes:
        title: As written, for the word of it only.
        kind: Kind of field, or empty.
        entries: Identifiers that it announces.
        against: Whether the title speaks against identifiers.
        counted: Whether persons' identifiers in it count because of the title alone.
        sure: Whether the title names its kind with near certainty.
        ambiguous: Kind of medical field that it is in a table of patients.
        enrols: Whether a name in it is called a patient's.
    """

    title: str
    kind: str = ""
    entries: tuple[Entry, ...] = ()
    against: bool = False
    counted: bool = False
    sure: bool = True
    ambiguous: str = ""
    enrols: bool = False


@lru_cache(maxsize=4096)
def titled(title: str, vocabulary: Vocabulary) -> Column:
    """Return the column with this title; columns are shared and never changed."""
    title = title.strip(" \t\r\"'`[]\ufeff").strip()
    whole = vocabulary.meaning(title)
    raw = title.encode("utf-8", "replace")
    hits = [hit.meaning for hit in vocabulary.words(raw, 0, len(raw))] if not whole else []
    meanings = (*((whole,) if whole else ()), *hits)
    entries: dict[Entry, None] = dict.fromkeys(whole.named if whole else ())
    for meaning in meanings:
        entries.update(dict.fromkeys(meaning.entries))
        for entry in meaning.against:
            entries.pop(entry, None)
    kind = ""
    if whole and (whole.kinds or whole.weak):
        kind = min(whole.kinds or whole.weak)
    else:
        kinds = [k for meaning in hits for k in sorted(meaning.kinds)]
        kind = kinds[0] if kinds else ""
    against = any(meaning.against_all for meaning in meanings)
    counted = any(one.identifies == "person" and one.checked and not one.alone for one in entries)
    sure = not (whole and whole.weak and not whole.kinds)
    ambiguous = "treatment" if kind == "topic" and whole and "treatment" in whole.weak else ""
    return Column(title, kind, tuple(entries), against, counted and not against, sure, ambiguous)
