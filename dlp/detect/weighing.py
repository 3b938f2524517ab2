"""How much a record speaks for a leak about the person it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.detect.fold import fold
from dlp.detect.lexicon import MANY, strong
from dlp.detect.looks import in_figures, is_coded, is_doctor, is_finding
from dlp.detect.telling import CONTACTS, LABORATORY, QUIET
from dlp.detect.values import NAMES, NUMBERS

if TYPE_CHECKING:
    from dlp.detect.persons import Record

__all__ = ["weight_of"]

# What the words around add.
ROLES = {"patient": 1.2, "letter": 1.0, "colleague": 0.3, "obituary": -1.5}
# And of a sentence, and a remark in a field, that says of somebody what he has.
ILL, STATED, REMARKED = 0.8, 1.6, 1.0
# And that a laboratory has something of somebody.
SAMPLED = 1.8
# And of fields that name somebody and a disease only; of what those who treat him write of him.
DIAGNOSED, CARED = 2.1, 2.6
# And of fields that name somebody, how to reach him, and what he has in a comment.
COMMENTED = 1.8
# What a last name says less than a whole one.
HOUSED = 0.5


def weight_of(record: Record) -> float:
    """Return how much a record speaks for a leak about its person, as log odds.

    0 where nothing medical is said, or it is an animal's.
    """
    if "species" in record.values:
        return 0.0
    medical = _medical(record)
    return max(0.0, medical + _personal(record)) if medical else 0.0


def _medical(record: Record) -> float:
    """Return the weight of what the record says of health."""
    weight = 0.0
    said = strong(record.terms)
    if record.healthy:
        weight = (1.8, 1.8, 2.5, 2.8)[said] if said < MANY else 3.0
    medical = record.medical
    found = is_finding(record.values.get("result", ""))
    clear = found or is_coded(record.values.get("diagnosis", ""), clearly=True)
    if record.healthy or record.roles or record.file_number or record.formatted or clear:
        medical = medical | record.hinted
    if medical:
        weight = max(weight, 1.5) + 0.5 * min(2, len(medical) - 1)
        # The field says that it is medical, and so does what it holds.
        weight += 1.0 * (bool(record.healthy and said) or record.coded or found)
    if record.values.keys() >= LABORATORY:
        weight = max(weight, SAMPLED)
    if record.formatted:
        weight += 3.0
    if record.of_portal:
        weight += 2.0
    if record.file_number:
        weight += 1.7
    return weight


def _personal(record: Record) -> float:
    """Return the weight of what the record says of who it is about."""
    values = record.values
    weight = 2.5 if record.identifiers else 0.0
    named, born = bool(record.name), "birth_date" in values
    if named and born:
        weight += 2.0 - 0.4 * (record.bare and not record.titled)
        if in_figures(values["birth_date"]):
            weight += 0.6 + 0.4 * record.titled
        # Lives of the famous; a hospital's files hold more about the dead.
        weight -= 2.0 * ("death_date" in values)
    elif named or born:
        # Behind a title and with an age, as hospitals write.
        weight += 1.2 if record.titled and "born_in" in values else 0.5
    weight += 1.0 * record.enrolled + CARED * record.cared
    numbered = sum(kind in values for kind in NUMBERS)
    known = bool(born or numbered or (record.titled and "born_in" in values))
    weight += 0.7 * numbered
    # One by himself with a last name only may be an example's.
    weight -= HOUSED * (record.housed and not record.is_whole)
    # A field says more clearly than a sentence whose it is.
    ill = STATED if record.stated else ILL * record.ill
    remarked = record.remarked or record.commented
    weight += REMARKED if remarked else ill * (named and known)
    weight += 0.3 * sum(kind in values for kind in CONTACTS)
    weight += sum(ROLES[role] for role in record.roles if role in ROLES)
    if any(is_doctor(values.get(kind, "")) for kind in NAMES):
        weight -= 2.0
    elif "company" in values or "job" in values:
        # Lists of patients have their birth dates or numbers.
        weight -= 1.0 if born or numbered else 2.0
    if not (born or record.identifiers or numbered):
        # So do lists of experts, of customers and their products; and directories of houses.
        hearsay = record.hearsay and not record.remarked
        weight -= 1.0 * hearsay + 2.0 * record.is_house
        weight += DIAGNOSED * _names_disease(record) or COMMENTED * _is_commented(record)
    return weight


def _names_disease(record: Record) -> bool:
    """Tell whether fields name somebody and what he has or a test found, and no work of his."""
    values = record.values
    patient = record.enrolled or record.treated or "diagnosis" in record.medical
    whole = {"last_name", "first_name"} <= values.keys() or (patient and record.is_whole)
    if not whole or record.is_house or not values.keys().isdisjoint(QUIET):
        return False
    known = tuple(term.folded for term in record.terms if not term.weak)
    found = bool(known) and is_finding(values.get("result", ""))
    return found or fold(values.get("diagnosis", "")).startswith(known)


def _is_commented(record: Record) -> bool:
    """Tell whether fields hold a whole name, a contact and a comment on what somebody has."""
    values = record.values
    reached = any(kind in values for kind in CONTACTS)
    return record.commented and reached and {"last_name", "first_name"} <= values.keys()
