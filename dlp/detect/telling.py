"""What fields of each kind tell of a person and of what he has."""

from __future__ import annotations

from dlp.detect.values import NAMES, NUMBERS

__all__ = [
    "CONTACTS",
    "IDENTIFYING",
    "LABORATORY",
    "MEDICAL",
    "OF_PERSON",
    "QUIET",
    "REACHED",
    "SILENT",
    "SPEAKING",
    "TELLING",
    "UNNAMED",
    "WEIGHED",
]

# Kinds of fields that say something medical by their name alone, once they hold anything.
MEDICAL = frozenset({"diagnosis", "treatment", "analysis", "result", "blood_group", "pregnancy",
                     "allergy"})  # fmt: skip
# Kinds without which a row says something medical by its words alone.
TELLING = MEDICAL | {"login", "password"}
# Who has all of these is one of whom a laboratory has something; water and food have no birth date.
LABORATORY = frozenset({"prescriber", "sampler", "birth_date"})
# With a year of birth a name tells a person apart as a contact does.
CONTACTS = ("phone", "email", "address", "born_in")
# Who is reached by one of them is told apart beside a diagnosis.
REACHED = ("email", "phone", "login")
# Without any of them nobody can be told apart, unless by an identifier.
IDENTIFYING = frozenset({*NAMES, *CONTACTS, *NUMBERS, "login"})
# Fields of which a second one begins another person's record; and where nobody is named.
OF_PERSON = frozenset({"full_name", "last_name", "birth_name", "birth_date", "patient_id"})
UNNAMED = frozenset({*NUMBERS, *REACHED})
# Fields that may hold a medical word and say nothing medical about a person.
SILENT = frozenset({*NAMES, *CONTACTS, *NUMBERS, "company", "job", "city", "postcode",
                    "birth_place", "prescriber", "sampler", "insurer", "login",
                    "password", "topic", "species"})  # fmt: skip
# Fields that say who a person is, or how much is said.
WEIGHED = MEDICAL | {*NAMES, *CONTACTS, *NUMBERS, "birth_date", "birth_year", "death_date", "login",
                     "password", "company", "job", "comment", "prescriber", "sampler",
                     "species"}  # fmt: skip
# Those of whom people write, or where they work.
QUIET = frozenset({"topic", "job", "company"})
# Fields that are there to say something of a person.
SPEAKING = MEDICAL | {"comment"}
