"""Persons: what a record says of who it is about, and whether it also says something medical."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlp.detect.dates import birth_date, serial_date
from dlp.detect.fold import fold, readable
from dlp.detect.illness import remarks, speaks_of_patient
from dlp.detect.lexicon import MANY, HealthContext, strong
from dlp.detect.looks import in_figures, is_coded, is_doctor, is_finding
from dlp.detect.telling import CONTACTS, MEDICAL, QUIET, REACHED, SPEAKING
from dlp.detect.told import is_whole_name, name_of
from dlp.detect.values import NAMES, NUMBERS, PARTS, is_house, is_valid

if TYPE_CHECKING:
    from dlp.detect.lexicon import Lexicon, Term

__all__ = ["IDENTIFIER", "NAME", "Record"]

IDENTIFIER, NAME = "identifier", "name"
# What a record keeps of several fields of one kind that speak of no patient.
LONGEST_QUIET = 400
# What the words around add.
ROLES = {"patient": 1.2, "letter": 1.0, "colleague": 0.3}
# And of a sentence, and a remark in a field, that says of somebody what he has.
ILL, REMARKED = 0.8, 1.0
# And of fields that name somebody and a disease only; of what those who treat him write of him.
DIAGNOSED, CARED = 2.1, 2.6
UNREAD = 32  # parts of it that are kept at once
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
        hearsay: Whether what is medical stands only in fields whose names say nothing.
        unread: Parts of it that were not searched for health terms yet.
        ill: Whether a sentence says of somebody that he has what is medical.
        titled: Whether the name stands after a title, as `Mme`.
        enrolled: Whether the field of the name says that it is a patient's.
        treated: Whether a word in its name does.
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
    titled: bool = False
    enrolled: bool = False
    treated: bool = False
    cared: bool = False
    bare: bool = False
    remarked: bool = False
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
        for unread in self.unread:
            text = readable(unread)
            self.note(
                lexicon.context(text) if self.formatted else lexicon.said(_FIELDS.split(text))[0]
            )
            # Fields for what is medical say whose it is.
            if self.healthy and not (self.ill or self.medical or self.hinted):
                self.ill = speaks_of_patient(text, lexicon)
        self.unread.clear()
        if self.healthy and not self.remarked:
            fields = [self.values[kind] for kind in sorted(SPEAKING) if kind in self.values]
            self.remarked = remarks(fields, lexicon)
        quiet = [self.values[kind] for kind in sorted(QUIET) if kind in self.values]
        # A surgeon's intervention is no speaker's.
        if quiet and self.terms and "letter" not in self.roles:
            for term in lexicon.context(" | ".join(quiet)).terms:
                self.terms.pop(term, None)
            self.healthy = bool(HealthContext(tuple(self.terms)))

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
        if self._of_portal() and not self.name:
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
        return self._diagnosed() if self.healthy or self._coded() else ()

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
        if self._is_whole:
            return (NAME,)
        for kind in (*REACHED, "address") if self.remarked else REACHED:
            # A login that is a number is a code as often.
            if kind in self.values and not (kind == "login" and self.values[kind].isdigit()):
                return (kind,)
        return ()

    def _coded(self) -> bool:
        """Tell whether its diagnosis is a code of ICD-10."""
        return is_coded(self.values.get("diagnosis", ""))

    def weight(self) -> float:
        """Return how much this record speaks for a leak about its person, as log odds.

        0 where nobody can be told apart or nothing medical is said.
        """
        medical = self._medical()
        if not medical or not self.told_by():
            return 0.0
        return max(0.0, medical + self._personal())

    def _medical(self) -> float:
        """Return the weight of what the record says of health."""
        weight = 0.0
        said = strong(self.terms)
        if self.healthy:
            weight = (1.8, 1.8, 2.5, 2.8)[said] if said < MANY else 3.0
        medical = self.medical
        found = is_finding(self.values.get("result", ""))
        clear = found or is_coded(self.values.get("diagnosis", ""), clearly=True)
        if self.healthy or self.roles or self.file_number or self.formatted or clear:
            medical = medical | self.hinted
        if medical:
            weight = max(weight, 1.5) + 0.5 * min(2, len(medical) - 1)
            # The field says that it is medical, and so does what it holds.
            weight += 1.0 * (bool(self.healthy and said) or self._coded() or found)
        if self.formatted:
            weight += 3.0
        if self._of_portal():
            weight += 2.0
        if self.file_number:
            weight += 1.7
        return weight

    def _of_portal(self) -> bool:
        """Tell whether it holds a patient's login and password.

        Patients are spoken of, or there is a birth date, which no other list of logins holds; and
        they are not one word twice, as programs are tried with.
        """
        values = self.values
        if "password" not in values or values["password"] == values.get("login"):
            return False
        known = "patient" in self.roles or bool(self.name and "birth_date" in values)
        return "patient_id" in values or ("login" in values and known)

    def _personal(self) -> float:
        """Return the weight of what the record says of who it is about."""
        values = self.values
        weight = 2.5 if self.identifiers else 0.0
        named, born = bool(self.name), "birth_date" in values
        if named and born:
            weight += 2.0 - 0.4 * (self.bare and not self.titled)
            if in_figures(values["birth_date"]):
                weight += 0.6 + 0.4 * self.titled
            # Lives of the famous; a hospital's files hold more about the dead.
            weight -= 2.0 * ("death_date" in values)
        elif named or born:
            # Behind a title and with an age, as hospitals write.
            weight += 1.2 if self.titled and "born_in" in values else 0.5
        weight += 1.0 * self.enrolled + CARED * self.cared
        numbered = sum(kind in values for kind in NUMBERS)
        known = bool(born or numbered or (self.titled and "born_in" in values))
        weight += 0.7 * numbered
        # A field says more clearly than a sentence whose it is.
        weight += REMARKED if self.remarked else ILL * (self.ill and named and known)
        weight += 0.3 * sum(kind in values for kind in CONTACTS)
        weight += sum(ROLES[role] for role in self.roles if role in ROLES)
        if any(is_doctor(values.get(kind, "")) for kind in NAMES):
            weight -= 2.0
        elif "company" in values or "job" in values:
            # Lists of patients have their birth dates or numbers.
            weight -= 1.0 if born or numbered else 2.0
        if not (born or self.identifiers or numbered):
            # So do lists of experts, of customers and their products; and directories of houses.
            hearsay = self.hearsay and not self.remarked
            weight -= 1.0 * hearsay + 2.0 * self._is_house
            weight += DIAGNOSED * self._names_disease()
        return weight

    def _names_disease(self) -> bool:
        """Tell whether fields name somebody and what he has or a test found, and no work of his."""
        values = self.values
        patient = self.enrolled or self.treated or "diagnosis" in self.medical
        whole = {"last_name", "first_name"} <= values.keys() or (patient and self._is_whole)
        if not whole or self._is_house or not values.keys().isdisjoint(QUIET):
            return False
        known = tuple(term.folded for term in self.terms if not term.weak)
        found = bool(known) and is_finding(values.get("result", ""))
        return found or fold(values.get("diagnosis", "")).startswith(known)

    @property
    def _is_whole(self) -> bool:
        return is_whole_name(self.name.split())

    @property
    def _is_house(self) -> bool:
        return is_house(self.name, self.values.get("email", ""), [t.folded for t in self.terms])
