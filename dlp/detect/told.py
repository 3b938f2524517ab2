"""What columns hold that no title says: told from their cells."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING

from dlp.detect.animals import is_animal
from dlp.detect.columns import Column
from dlp.detect.dates import birth_date
from dlp.detect.fold import fold
from dlp.late import late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dlp.detect.native import Expression

__all__ = [
    "EMAIL",
    "LEAST_BIRTHS",
    "MOST",
    "NAMED",
    "SAMPLED",
    "VARIED",
    "is_many",
    "is_sign",
    "is_whole_name",
    "lists_things",
    "name_of",
    "names",
    "tell_of_things",
    "tells_signs",
    "told",
    "words_of",
]

#: Rows that a table of persons without titles has at least.
LEAST_BIRTHS = 4
#: Rows of which a column is told.
SAMPLED = 60
#: A column is of a kind if so many of its filled cells are.
MOST = 0.8
#: Kinds of columns that hold names.
NAMED = frozenset({"full_name", "last_name", "first_name"})
# Common names only are in the lists; everyone else's name stands beside them. As many birth dates
# are different where each is another person's.
SOME = 0.3
#: Names recur more often, and still more than what there are only a few of.
VARIED = 0.15
# Dates of this century are births as often as others' where they are of so many years, or most rows
# have one of their own if they are few.
YEARS, LEAST_YEARS = 5, 3
# A word in more of the cells than this is a part of what the column holds, not of a name.
SHARED = 0.5
_PARTICLE = 2
# Codes of ICD-10, most of them with their point; rooms and versions have none, or are few.
_CODED = re.compile(r"[A-TV-Z][0-9][0-9AB](?:\.[0-9]{1,2})?")
# Groups of blood, four in ten of which are O; marks of schools have none of these.
_BLOOD = re.compile(
    r"(?:AB?|B|O|0) ?(?:\+|-|Rh ?(?:\+|-|pos|neg)[a-z]{0,4}|pos|neg)", re.IGNORECASE
)
OF_ZERO = 0.15
# Different signs of the zodiac, where they are spoken of.
LEAST_SIGNS = 4
# Of the zodiac, folded.
_SIGNS = frozenset(
    "belier taureau gemeaux cancer lion vierge balance scorpion sagittaire capricorne verseau"
    " poissons aries taurus gemini leo virgo libra scorpio sagittarius capricorn aquarius pisces"
    " widder stier zwillinge krebs lowe jungfrau waage skorpion schutze steinbock wassermann"
    " fische tauro geminis escorpio sagitario capricornio acuario piscis ariete toro gemelli leone"
    " vergine bilancia scorpione sagittario capricorno acquario pesci".split()
)

# Titles of books, records, orders: the dates beside them are nobody's birth. So are those that
# genealogists have of the dead, in GEDCOM, and those of references, in RIS and in print.
_MADE = re.compile(
    r"\b(?:isbn|issn|titre|title|titel|titulo|titolo|auteur|author|autor|autore|creator|parution|publication|publie"
    r"|published|release|realisateur|director|speaker|talk|orateur|conferencier|commande|order|facture|invoice|commit"
    r"|version|album|film|movie|deat|doi|pmid|ty|amm|cip ?(?:7|13)?|gtin|ean|sku"
    r"|fournisseur|supplier|fabricant|manufacturer|hersteller)s?\b"
)
_NAME = re.compile(r"[^\W\d_]+(?:[ .'\u2019-]+[^\W\d_]+){0,4}\.?")
_LETTERS = re.compile(r"[^\W\d_]+")
# A whole name in Chinese, Japanese or Korean, where the last one stands first and no blank between.
_UNPARTED = re.compile(r"[\u4e00-\u9fff]{2,5}|[\uac00-\ud7a3]{2,5}")
_PHONE = late(r"\+?[\d(][\d\s().-]{7,18}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.\w{2,}")

# Kinds of columns of which a cell is told by itself; else somebody would have a Cancer.
_SURE: dict[str, Callable[[str], object]] = {
    "topic": lambda cell: fold(cell) in _SIGNS,
    "species": is_animal,
    "email": EMAIL.fullmatch,
}


def tells_signs(text: str) -> bool:
    """Tell whether a text is full of signs of the zodiac, so that Cancer is one, too."""
    return len(_SIGNS.intersection(fold(text).split())) >= LEAST_SIGNS


def is_sign(term: str) -> bool:
    """Tell whether a folded term is a sign of the zodiac."""
    return term in _SIGNS


def lists_things(header: Iterable[str]) -> bool:
    """Tell whether a header (folded titles) says that dates are of what people made or sold."""
    return any(_MADE.search(title) for title in header)


def tell_of_things(records: Sequence[Iterable[str]]) -> bool:
    """Tell whether what stands in most records (words as written) says that."""
    said = Counter(word for one in records for word in set(fold(" ".join(one)).split()))
    return lists_things(word for word, count in said.items() if count >= MOST * len(records))


def is_many(signs: Expression, text: bytes) -> bool:
    """Tell whether there are as many signs as a list of people has rows."""
    return len(list(islice(signs.spans(text), LEAST_BIRTHS))) == LEAST_BIRTHS


def told(cells: Sequence[str], *, young: bool = False) -> Column:
    """Return the column with these cells; of no kind where they are nobody's.

    Args:
        cells: The cells.
        young: Whether dates of this century may be births, too, where they are as far apart.
    """
    filled = [cell for cell in cells if cell]
    if len(filled) < LEAST_BIRTHS - 1:
        return Column(title="")

    def share(test: Callable[[str], object]) -> float:
        return sum(bool(test(cell)) for cell in filled) / len(filled)

    dates = [day for cell in filled if (day := birth_date(cell)) is not None]
    if len(dates) / len(filled) >= MOST:
        others = len(filled) - len(dates)
        recent = (sum(map(_recent, dates)) + others) / len(filled)
        days = set(dates)
        varied = len(days) / len(filled)
        born = (recent < SOME and varied > SOME) or (young and varied > MOST and _are_apart(days))
        return Column(title="", kind="birth_date" if born else "")
    for kind, test in _SURE.items():
        if share(test) >= MOST:
            return Column(title="", kind=kind)
    if share(_CODED.fullmatch) >= MOST and share(lambda cell: "." in cell) >= MOST / 2:
        return Column(title="", kind="diagnosis" if len(set(filled)) > SHARED * len(filled) else "")
    if share(_BLOOD.fullmatch) >= MOST and share(lambda cell: cell[0] in "Oo0") >= OF_ZERO:
        return Column(title="", kind="blood_group")
    if share(_PHONE.fullmatch) >= MOST:
        return Column(title="", kind="phone")
    if len(set(filled)) <= VARIED * len(filled) or share(_NAME.fullmatch) < MOST:
        return Column(title="")
    return Column(title="", kind=_kind_of_name(filled, share))


def _are_apart(days: set[str]) -> bool:
    """Tell whether days are of as many years as births are."""
    years = {day.rpartition("-")[0].rpartition("-")[0] for day in days}
    return len(years) >= min(YEARS, max(LEAST_YEARS, len(days) // 2))


def _recent(day: str) -> bool:
    """Tell whether a day is later than most births, as a year of two digits may be."""
    return day > "2012" if day[2] != "-" else day < "30"


def _kind_of_name(filled: list[str], share: Callable[[Callable[[str], object]], float]) -> str:
    first, last = names()
    firsts = share(lambda cell: any(word in first for word in words_of(cell)))
    lasts = share(lambda cell: any(word in last for word in words_of(cell)))
    if max(firsts, lasts) < SOME:
        return ""
    if share(_UNPARTED.fullmatch) >= MOST:
        # Words of all kinds begin like a last name of one character.
        return "full_name" if min(firsts, lasts) >= SOME else ""
    if share(lambda cell: " " in cell) > MOST:
        words = Counter(word for cell in filled for word in set(fold(cell).split()))
        return "" if max(words.values()) > SHARED * len(filled) else "full_name"
    return "first_name" if firsts >= lasts else "last_name"


def words_of(cell: str) -> Iterator[str]:
    """Yield what of a cell may be a name by itself, folded."""
    folded = fold(cell)
    yield folded
    if _UNPARTED.fullmatch(folded):
        yield from (part for at in (1, 2) for part in (folded[:at], folded[at:]) if part)
    # `de` and `le` are names, too, and stand in any text.
    yield from (word for word in folded.split() if len(word) > _PARTICLE)


def name_of(values: Mapping[str, str]) -> str:
    """Return the name that fields hold, folded, its words in alphabetical order; or empty."""
    kinds: tuple[str, ...] = ("last_name", "first_name")
    if not all(kind in values for kind in kinds):
        # Beside both, a whole name is another's, as of an insurer.
        kinds = ("full_name", *kinds)
    if "last_name" not in values and "full_name" not in values:
        kinds = (*kinds, "birth_name")
    words = [word for kind in kinds for word in _LETTERS.findall(fold(values.get(kind, "")))]
    return " ".join(sorted(set(words)))


def is_whole_name(words: Sequence[str]) -> bool:
    """Tell whether folded words are a whole name: several, with a common first name among them."""
    return len(words) > 1 and not names()[0].isdisjoint(words)


@cache
def names() -> tuple[frozenset[str], frozenset[str]]:
    """Return the common first names and last names, folded."""
    folder = resources.files("dlp.detect") / "vocabulary"
    first, last = (
        frozenset((folder / f"{kind}_names.txt").read_text("utf-8").split("\n"))
        for kind in ("first", "last")
    )
    return first, last
