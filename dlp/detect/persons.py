"""Persons: what a record says of who it is about, and whether it also says something medical."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlp.detect.dates import after_date, birth_date, serial_date
from dlp.detect.fold import fold, readable
from dlp.detect.illness import remarks, speaks_of_patient, states, tells
from dlp.detect.lexicon import HealthContext
from dlp.detect.looks import is_coded
from dlp.detect.subjects import without_titles
from dlp.detect.telling import CONTACTS, MEDICAL, QUIET, REACHED, SPEAKING
from dlp.detect.told import is_whole_name, name_of
from dlp.detect.values import NUMBERS, PARTS, is_house, is_valid
from dlp.detect.weighing import weight_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dlp.detect.lexicon import Lexicon, Term

__all__ = ["IDENTIFIER", "NAME", "Record"]

IDENTIFIER, NAME = "identifier", "name"
# What a record keeps of several fields of one kind that speak of no patient.
LONGEST_QUIET = 400
UNREAD = 32  # parts of it that are kept at once
# The name of a field, up to its value.
_KEY = re.compile(r"""\s*["']?[\w.-]{1,40}(?:["']\s{0,4}:|\s{0,4}=)\s{0,4}["']?""")
# Between fields and lines, whatever the layout.
_FIELDS = re.compile(r"""\n|["'](?:[,;]\s{0,4}|;s:\d{1,6}:)["']|[<>|]""")


@dataclass(slots=True)
class Record:
    """What stands together about one person: a row, an object, a message, a letter.

    Attributes:
        values: The first value of each kind of field.
        identifiers: Canonical forms of identifiers in it, announced or in a column of theirs.
        start: Where it begins, in the window of the moment.
        medical: Kinds of medical fields that it fills.
        hinted: Kinds of those whose names are of other business too, as *traitement* is of pay.
        terms: Health terms in it.
        healthy: Whether its terms amount to health context.
        roles: What words around say that the text is: about patients, a medical letter.
        formatted: Whether it is a message of a health format.
        file_number: Whether it names the number of a patient's file, as only hospitals have.
        keys: Names of the fields that tell persons apart, seen so far.
        known_name: Its `name`, once that was asked for.
        remarked: Whether a field is a remark on what somebody has.
        commented: Whether a field for comments says what somebody has, and nothing else.
        hearsay: Whether what is medical stands only in fields whose names say nothing.
        unread: Parts of it that were not searched for health terms yet.
        ill: Whether a sentence says of somebody that he has what is medical.
        behind: His birth date with what stands behind it in running text.
        stated: Whether that is what he has.
        titled: Whether the name stands after a title, as `Mme`.
        enrolled: Whether the field of the name says that it is a patient's.
        treated: Whether a word in its name does.
        housed: Whether somebody lies in a bed of a ward, or is called by a title in a field for
            patients, so that a last name tells him apart.
        cared: Whether those who treat somebody say so to each other.
        bare: Whether the birth date stands beside the name without a word that says so.
    """

    values: dict[str, str] = field(default_factory=dict)
    identifiers: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    unread: list[bytes] = field(default_factory=list)
    known_name: str | None = None
    start: int = 0
    medical: set[str] = field(default_factory=set)
    hinted: set[str] = field(default_factory=set)
    terms: dict[Term, None] = field(default_factory=dict)
    healthy: bool = False
    roles: frozenset[str] = frozenset()
    formatted: bool = False
    file_number: bool = False
    ill: bool = False
    behind: bytes = b""
    stated: bool = False
    titled: bool = False
    enrolled: bool = False
    treated: bool = False
    housed: bool = False
    cared: bool = False
    bare: bool = False
    remarked: bool = False
    commented: bool = False
    hearsay: bool = False

    def add(self, kind: str, text: str, *, sure: bool = True) -> bool:
        """Take a field's value, and tell whether it is one that such a field holds.

        Args:
            kind: What the field's name says that it is.
            text: The value.
            sure: Whether the name says so with near certainty.
        """
        text = text.strip()
        if kind == "birth_date":
            text = serial_date(text) or text
        if not text or not is_valid(kind, text):
            return False
        if kind in MEDICAL:
            (self.medical if sure else self.hinted).add(kind)
        if kind in QUIET and kind in self.values:
            text = f"{self.values[kind]} | {text}"[:LONGEST_QUIET]
            self.values[kind] = text
        self.values.setdefault(kind, text)
        self.known_name = None
        if kind == "birth_year" and sure:
            self.values.setdefault("born_in", text)
        if kind in PARTS and len(PARTS & self.values.keys()) == len(PARTS):
            day, month, year = (self.values[part] for part in sorted(PARTS))
            self.add("birth_date", f"{day}/{month}/{year}")
        return True

    def note(self, health: HealthContext) -> None:
        """Take the health terms of a part of it."""
        self.terms.update(dict.fromkeys(health.terms))
        self.healthy = self.healthy or bool(health)

    def keep(self, text: bytes, lexicon: Lexicon) -> None:
        """Take a part of it, to be searched once it is known to be anybody's."""
        self.unread.append(text)
        if len(self.unread) > UNREAD:
            self.search(lexicon)

    def search(self, lexicon: Lexicon) -> None:
        """Search for health terms what was not yet."""
        texts = [without_titles(readable(unread)) for unread in self.unread]
        self.unread.clear()
        for text in texts:
            self.note(
                lexicon.context(text) if self.formatted else lexicon.said(_FIELDS.split(text))[0]
            )
            # Fields for what is medical say whose it is.
            if self.healthy and not (self.ill or self.medical or self.hinted):
                self.ill = speaks_of_patient(text, lexicon)
        if self.healthy and self.behind:
            self.stated = states(after_date(readable(self.behind)), lexicon)
        if self.healthy and not self.remarked:
            fields = [self.values[kind] for kind in sorted(SPEAKING) if kind in self.values]
            self.remarked = remarks(fields, lexicon)
            self.commented = tells(self.values.get("comment", ""), lexicon)
        quiet = [self.values[kind] for kind in sorted(QUIET) if kind in self.values]
        # A surgeon's intervention is no speaker's.
        if quiet and self.terms and "letter" not in self.roles:
            for term in lexicon.context(" | ".join(quiet)).terms:
                self.terms.pop(term, None)
            self.healthy = bool(HealthContext(tuple(self.terms)))
        if self.healthy and not (self.ill or self.remarked or self.medical or self.hinted):
            self.ill = self._says(texts, quiet, lexicon)

    def _says(self, texts: Iterable[str], quiet: Sequence[str], lexicon: Lexicon) -> bool:
        """Tell whether a field beside name and birth date holds nothing but what somebody has."""
        if not (self.name and "birth_date" in self.values):
            return False
        keys = (_KEY.match(part) for text in texts for part in _FIELDS.split(text))
        values = (key.string[key.end() :] for key in keys if key is not None)
        return any(tells(one, lexicon) for one in values if one and one not in quiet)

    @property
    def name(self) -> str:
        """The person's name, folded, its words in alphabetical order; or empty."""
        if self.known_name is None:
            self.known_name = name_of(self.values)
        return self.known_name

    def identity(self) -> str:
        """Return what tells this person apart, or an empty string if nothing does."""
        return " ".join(map(self.part, self.told_by()))

    def told_by(self) -> tuple[str, ...]:
        """Return which of its parts tell this person apart; none where nothing does.

        A name alone does not: it takes a date of birth, a contact or a number of a file with it;
        an identifier does by itself. Beside a diagnosis, or what else is medical in a field for
        it, a whole name or a contact is enough.
        """
        if self.identifiers:
            return (IDENTIFIER,)
        values = self.values
        if self.of_portal and not self.name:
            return ("login" if "login" in values else "patient_id",)
        if self.name and "birth_date" in values:
            return (NAME, "birth_date")
        # A first name is too little beside a contact, which a family shares.
        if {"full_name", "last_name", "birth_name"} & values.keys():
            who = NAME if self.name else ""
        else:
            who = "birth_date" if "birth_date" in values else ""
        known = next((kind for kind in (*NUMBERS, *CONTACTS, "login") if kind in values), "")
        if who and known:
            return (who, known)
        if number := next((kind for kind in NUMBERS if kind in values), ""):
            return (number,)
        return self._diagnosed() if self.healthy or self.coded else ()

    def part(self, kind: str) -> str:
        """Return one of the parts that may tell a person apart, written as in all records."""
        if kind == IDENTIFIER:
            return self.identifiers[0]
        if kind == NAME:
            return self.name
        written = self.values[kind]
        return birth_date(written) or "" if kind == "birth_date" else fold(written)

    @property
    def may_be_told(self) -> bool:
        """Whether somebody is told apart, or will be if what it says is medical."""
        return bool(self.told_by() or self._diagnosed() or self.reached("comment" in self.values))

    @property
    def applies(self) -> bool:
        """Whether it is of one who applies for work, whose patients have what he writes of."""
        return "career" in self.roles and not (self.identifiers or self.medical)

    def _diagnosed(self) -> tuple[str, ...]:
        """Return who a field for what is medical, or a remark, is about."""
        patient = self.enrolled or self.treated
        return self.reached(self.medical or self.hinted or patient or self.remarked)

    def reached(self, speaks: object) -> tuple[str, ...]:
        """Return whom it `speaks` of, if so: a whole name, or else a contact."""
        if not speaks:
            return ()
        if self.is_whole or (self.housed and self.name):
            return (NAME,)
        for kind in (*REACHED, "address") if self.remarked else REACHED:
            # A login that is a number is a code as often.
            if kind in self.values and not (kind == "login" and self.values[kind].isdigit()):
                return (kind,)
        return ()

    @property
    def coded(self) -> bool:
        """Whether its diagnosis is a code of ICD-10."""
        return is_coded(self.values.get("diagnosis", ""))

    def weight(self) -> float:
        """Return how much this record speaks for a leak about its person, as log odds.

        0 where nobody can be told apart or nothing medical is said.
        """
        return weight_of(self) if self.told_by() else 0.0

    @property
    def of_portal(self) -> bool:
        """Whether it holds a patient's login and password.

        Patients are spoken of, or there is a birth date, which no other list of logins holds; and
        they are not one word twice, as programs are tried with.
        """
        values = self.values
        if "password" not in values or values["password"] == values.get("login"):
            return False
        known = "patient" in self.roles or bool(self.name and "birth_date" in values)
        return "patient_id" in values or ("login" in values and known)

    @property
    def is_whole(self) -> bool:
        """Whether it holds a whole name."""
        return is_whole_name(self.name.split())

    @property
    def is_house(self) -> bool:
        """Whether it is of a house, as directories list them."""
        return is_house(self.name, self.values.get("email", ""), [t.folded for t in self.terms])
