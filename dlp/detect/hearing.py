"""Hearing: what the rows of tables say of somebody's health, each different cell heard once."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dlp.detect.codes import names_code
from dlp.detect.illness import remarks, tells
from dlp.detect.lexicon import MANY, HealthContext, strong
from dlp.detect.subjects import are_subjects
from dlp.detect.told import SAMPLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlp.detect.lexicon import Lexicon
    from dlp.detect.sheet import Sheet
    from dlp.detect.tables import Table

__all__ = ["Hearing", "Said"]

# Different cells, and rows, of which it is remembered what they say.
REMEMBERED = 4_096
# Medical cells by which it is settled what a column is of.
ENOUGH = 20
# What a cell says: nothing medical, something, or the name of a classification, whose codes may
# stand in the next one.
QUIET, MEDICAL, NAMING = range(3)

_DIGITS = b"0123456789 ./:;,+()'\"_-"


class Said:
    """What a row says of somebody's health; one object for all rows that say the same.

    Attributes:
        health: What it says.
        healthy: Whether that amounts to health context.
        strong: Different terms that are no everyday words, as far as they weigh.
        remarked: Whether a cell is a remark on what somebody has.
    """

    __slots__ = ("_lexicon", "_spoken", "_tells", "health", "healthy", "remarked", "strong")

    def __init__(
        self,
        health: HealthContext,
        spoken: Sequence[str] = (),
        lexicon: Lexicon | None = None,
        *,
        remarked: bool = False,
    ) -> None:
        self.health = health
        self.remarked = remarked
        self._spoken, self._lexicon = spoken, lexicon
        self._tells: bool | None = None
        self.healthy = bool(health)
        self.strong = min(MANY, strong(health.terms))

    @property
    def tells(self) -> bool:
        """Whether a cell says what somebody has, and nothing else."""
        if self._tells is None:
            lexicon = self._lexicon
            self._tells = lexicon is not None and any(tells(one, lexicon) for one in self._spoken)
        return self._tells


_UNSAID = Said(HealthContext(()))


class Hearing:
    """Hears rows of tables.

    Args:
        lexicon: The health terms.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._sounds: dict[str, int] = {}
        # Of columns, whether they are of subjects, once as many cells were heard as tell.
        self._subjects: dict[tuple[Table, int], bool] = {}
        self._said: dict[tuple[str, ...], dict[tuple[str, ...], Said]] = {}

    def of(self, sheet: Sheet) -> list[Said]:
        """Return what each row says of somebody's health."""
        heard: list[list[str]] = []
        spoken: list[int] = []
        naming: set[int] = set()
        for n in sheet.spoken:
            sounds = self._sounds_of(sheet.cells[n])
            if sounds is None:
                spoken.append(n)
                continue
            if self._are_subjects(sheet, n, sounds):
                continue
            spoken.append(n)
            if NAMING in sounds:
                naming.update(row for row, sound in enumerate(sounds) if sound == NAMING)
            texts = sheet.texts(n)
            heard.append([text if sound else "" for text, sound in zip(texts, sounds, strict=True)])
        voices = sheet.table.voices
        if sum(map(len, self._said.values())) > REMEMBERED:
            self._said.clear()
        known = self._said.setdefault(voices, {})
        if not heard:
            one = known.get(())
            if one is None:
                one = known[()] = self._say((), voices)
            return [one] * len(sheet.rows)
        said = [
            known.get(cells) or known.setdefault(cells, self._say(cells, voices))
            for cells in zip(*heard, strict=True)
        ]
        for row in naming:
            said[row] = self._say([sheet.texts(n)[row] for n in spoken], voices)
        return said

    def subjects(self, sheet: Sheet) -> frozenset[int]:
        """Return the columns that name what people read of, or where they work."""
        heard = ((n, self._sounds_of(sheet.cells[n])) for n in sheet.spoken)
        return frozenset(
            n for n, sounds in heard if sounds is not None and self._are_subjects(sheet, n, sounds)
        )

    def _are_subjects(self, sheet: Sheet, n: int, sounds: Sequence[int]) -> bool:
        """Tell whether the cells of a column name what people read of, or where they work."""
        if sheet.table.columns[n].kind:
            return False
        known = self._subjects.get((sheet.table, n))
        if known is not None:
            return known
        said = zip(sheet.texts(n), sounds, strict=True)
        medical = dict.fromkeys(text for text, sound in said if sound == MEDICAL)
        heard = ((text, self._lexicon.context(text)) for text in medical)
        some = list(islice((one for one in heard if one[1].terms), SAMPLED))
        found = are_subjects(some)
        if len(some) >= ENOUGH:
            self._subjects[sheet.table, n] = found
        return found

    def _say(self, cells: Iterable[str], voices: tuple[str, ...]) -> Said:
        spoken = [cell for cell in cells if cell]
        if not (spoken or voices):
            return _UNSAID
        health, _ = self._lexicon.said([*spoken, *voices])
        remarked = bool(health) and remarks(spoken, self._lexicon)
        return Said(health, spoken, self._lexicon, remarked=remarked)

    def _sounds_of(self, column: Sequence[str]) -> list[int] | None:
        """Return what each cell says, or None where none says anything medical."""
        whole = "".join(column)
        if whole.isascii() and not whole.encode("ascii").translate(None, _DIGITS):
            return None
        known = self._sounds
        if len(known) > REMEMBERED:
            known.clear()
        # To take away all that is known from a few takes as long as there is much of it.
        if new := [cell for cell in set(column) if cell not in known]:
            quiet = self._lexicon.quiet(new)
            known.update(
                (cell, QUIET if one else MEDICAL) for cell, one in zip(new, quiet, strict=True)
            )
            if names_code(" \0".join(new)):
                known.update((cell, NAMING) for cell in new if names_code(cell))
        sounds = [known[cell] for cell in column]
        return sounds if any(sounds) else None
