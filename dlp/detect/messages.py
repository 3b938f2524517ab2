"""Messages whose fields have places, not names: HL7 v2, HPRIM, X12, EDIFACT, vCard; FHIR's numbers.

Sources: HL7 v2.5 chapters 3, 6, 7 (PID, IN1, DG1, OBX); HPRIM Santé 2.4 and ASTM E1394 (P, OBX);
HPRIM Médecin (lines of the head); X12 005010X222, X221 and X279 (NM1, DMG, HI, SVC); EDIFACT
MEDRPT, MEDPID (PNA, DTM, PDI); vCard (RFC 6350).
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING

from dlp.detect.fold import decode
from dlp.detect.placed import Placed
from dlp.detect.tagged import tagged_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.detect.words import Hit

__all__ = ["is_of_card", "placed_fields", "speaks_health"]

_BREAK = re.compile(rb"[\r\n\x0b\x1c]+")


# Segment -> number of the field -> kind; `name` is split into last and first.
_HL7 = {
    b"PID": {2: "patient_id", 3: "patient_id", 5: "name", 7: "birth_date", 8: "sex",
             11: "address", 13: "phone", 18: "record_id", 19: "insurer_id"},
    b"IN1": {16: "name", 18: "birth_date", 36: "insurer_id", 49: "insurer_id"},
    b"DG1": {3: "diagnosis"},
    b"OBX": {3: "analysis", 5: "result"},
    b"AL1": {3: "allergy"},
    b"RXA": {5: "treatment"},
    b"RXE": {2: "treatment"},
    b"NTE": {3: "comment"},
}  # fmt: skip
_HPRIM = {
    b"P": {2: "patient_id", 3: "patient_id", 5: "name", 7: "birth_date", 8: "sex", 10: "address",
           12: "phone"},
    b"OBX": {3: "analysis", 5: "result"},
    b"C": {3: "comment"},
}  # fmt: skip
_X12 = re.compile(rb"(NM1|DMG|HI|REF|N3|SVC|SV1)\*([^~\r\n]{0,300})")
_EDIFACT = re.compile(rb"(PNA\+PAT|DTM\+329|CIN|ADR|PDI)[+:]((?:\?.|[^'\r\n]){0,300})'")
_CARD = re.compile(rb"BEGIN:VCARD", re.IGNORECASE)
_CARD_FIELD = re.compile(
    rb"^(?:item\d+\.)?(N|BDAY|TEL|EMAIL|ADR|NOTE|TITLE|ROLE|ORG)(?:;[^:\r\n]{0,80})?:([^\r\n]{1,300})",
    re.IGNORECASE | re.MULTILINE,
)
_CARD_KINDS = {
    b"BDAY": "birth_date", b"TEL": "phone", b"EMAIL": "email", b"ADR": "address",
    b"NOTE": "comment", b"TITLE": "job", b"ROLE": "job", b"ORG": "company",
}  # fmt: skip
_FIN = re.compile(rb"\*{4}FIN(?:FICHIER)?\*{4}")
_FHIR_IDENTIFIER = re.compile(
    rb"""["']identifier["']\s*:\s*\[?(.{0,1200}?)(?:\]\s*[,}]|\Z)""", re.DOTALL
)
_FHIR_XML = re.compile(rb"<identifier>(.{0,800}?)</identifier>", re.DOTALL)
_VALUE = re.compile(
    rb"""["']value["']\s*:\s*["']([^"']{1,60})["']|<value\s+value=["']([^"']{1,60})["']"""
)
# Whom a resource is about, by name, and where it begins.
_RESOURCE = b'"resourceType"'
_FHIR_SUBJECT = re.compile(
    rb"""["'](?:subject|patient|beneficiary)["']\s*:\s*\{[^{}]{0,300}?["']display["']\s*:\s*"""
    rb"""["']([^"'\r\n]{3,60})["']"""
    # A participant that is a patient.
    rb"""|["']reference["']\s*:\s*["'][^"'\r\n]{0,200}?\bPatient/[^"'\r\n]{1,80}["']\s*,\s*"""
    rb"""["']display["']\s*:\s*["']([^"'\r\n]{3,60})["']"""
)
_CDA_ID = re.compile(rb"<patientRole[^<>]*>\s*(?:<id\b[^<>]*>\s*)+", re.DOTALL)
_EXTENSION = re.compile(rb"""extension=["']([^"']{1,60})["']""")
_PATIENT = re.compile(
    rb"""["']resourceType["']\s*:\s*["'](?:Patient|RelatedPerson|Coverage|Condition|Observation"""
    rb"""|DiagnosticReport|Encounter|MedicationRequest|AllergyIntolerance|Immunization|Appointment"""
    rb"""|Procedure|ServiceRequest|EpisodeOfCare|CarePlan|MedicationStatement)["']"""
    rb"""|urn:hl7-org:v2xml|hprim\.org/hprimXML|<ClinicalDocument|<recordTarget|<patientRole"""
    rb"""|<Patient [^<>]{0,40}hl7\.org/fhir|hl7\.org/fhir["'][^\x00]{0,4000}<Patient>"""
    rb"""|<kmehrmessage"""
)


def speaks_health(window: bytes) -> bool:
    """Tell whether `window` holds a FHIR resource about a person, a CDA, HL7 v2 or HPRIM in XML."""
    return _PATIENT.search(window) is not None


def _fhir_numbers(window: bytes, low: int, high: int) -> Iterator[Placed]:
    """Yield the numbers under which a FHIR or CDA patient is known."""
    for found in (_FHIR_IDENTIFIER, _FHIR_XML):
        for block in found.finditer(window, low, high):
            for value in _VALUE.finditer(window, *block.span(1)):
                text = value[1] or value[2]
                yield Placed("patient_id", value.start(), decode(text))
    if _PATIENT.search(window, low, high) is not None:
        for subject in _FHIR_SUBJECT.finditer(window, low, high):
            # What is said of somebody may stand before him.
            start = max(window.rfind(_RESOURCE, low, subject.start()), low)
            yield Placed(
                "full_name", start, decode(subject[1] or subject[2]), begins=True, enrols=True
            )
    for role in _CDA_ID.finditer(window, low, high):
        for value in _EXTENSION.finditer(window, *role.span()):
            yield Placed("patient_id", value.start(1), decode(value[1]))


def is_of_card(window: bytes, hit: Hit) -> bool:
    """Tell whether a word is the name of a card's field alone, whose value follows in its line.

    Those are read by their places, and what such a line holds is no header.
    """
    start = hit.start
    begins = window[start - 1 : start] == b"\n" and not hit.meaning.entries
    if not begins or _CARD_VALUE.match(window, hit.end) is None:
        return False
    low = max(0, start - _LONGEST_CARD)
    return window.rfind(b"BEGIN:VCARD", low, start) > window.rfind(b"END:VCARD", low, start)


# What follows the name of a field in a card, and how far from its beginning.
_CARD_VALUE = re.compile(rb":[^\s:=]")
_LONGEST_CARD = 4096
# How a line of HPRIM begins.
_HPRIM_SIGNS = (
    (b"H|", re.compile(rb"(?:^|[\r\n])H\|")),
    (b"P|", re.compile(rb"(?:^|[\r\n])P\|[^\n\r]*\|")),
)


def placed_fields(window: bytes, low: int, high: int) -> list[Placed]:
    """Return the fields of all messages between `low` and `high`, in their order."""
    fields = [*_placed_fields(window, low, high), *_fhir_numbers(window, low, high)]
    return sorted(fields, key=attrgetter("start"))


def _placed_fields(window: bytes, low: int, high: int) -> Iterator[Placed]:
    text = window[low:high]
    if b"PID|" in text or b"MSH|" in text:
        yield from _segments(text, low, _HL7)
    elif any(sign in text and begins.search(text) for sign, begins in _HPRIM_SIGNS):
        yield from _segments(text, low, _HPRIM)
    if b"NM1*" in text or b"DMG*" in text or b"HI*" in text:
        yield from _x12(text, low)
    if b"PNA+PAT" in text:
        yield from _edifact(text, low)
    if _CARD.search(text) is not None:
        yield from _vcards(text, low)
    if b"****FIN" in text:
        yield from _hprim_medecin(text, low)
    yield from tagged_fields(text, low)


def _segments(text: bytes, low: int, places: dict[bytes, dict[int, str]]) -> Iterator[Placed]:
    at = 0
    for line in _BREAK.split(text):
        at = text.find(line, at)
        fields = line.lstrip(b" \t").split(b"|")
        kinds = places.get(fields[0])
        position = low + at
        at += len(line)
        if kinds is None:
            continue
        begins = fields[0] in (b"PID", b"P")
        for number, value in enumerate(fields):
            if number in kinds and value:
                for placed in _one(kinds[number], position, value.split(b"^"), begins=begins):
                    yield placed
                    begins = False
            position += len(value) + 1


def _one(kind: str, start: int, parts: list[bytes], *, begins: bool) -> Iterator[Placed]:
    texts = [decode(part) for part in parts]
    if kind == "name":
        yield Placed("last_name", start, texts[0].partition("&")[0], begins)
        if len(texts) > 1:
            yield Placed("first_name", start, texts[1])
    elif kind in ("patient_id", "insurer_id"):
        yield Placed(kind, start, texts[0], begins)
    else:
        yield Placed(kind, start, " ".join(t for t in texts if t), begins)


def _x12(text: bytes, low: int) -> Iterator[Placed]:
    for match in _X12.finditer(text):
        parts = [decode(part) for part in match[2].split(b"*")]
        start = low + match.start()
        if match[1] == b"NM1":
            if parts[0] not in ("IL", "QC", "74", "03") or len(parts) < 4:
                continue
            yield Placed("last_name", start, parts[2], begins=True)
            yield Placed("first_name", start, parts[3])
            if len(parts) > 8:
                yield Placed("insurer_id", start, parts[8])
        elif match[1] == b"DMG" and len(parts) > 1:
            yield Placed("birth_date", start, parts[1])
        elif match[1] == b"HI":
            yield Placed("diagnosis", start, " ".join(parts))
        elif match[1] in (b"SVC", b"SV1"):
            yield Placed("treatment", start, parts[0])
        elif match[1] == b"N3":
            yield Placed("address", start, parts[0])
        elif match[1] == b"REF" and parts[0] in ("SY", "1W", "EJ", "EA") and len(parts) > 1:
            yield Placed("record_id", start, parts[1])


def _edifact(text: bytes, low: int) -> Iterator[Placed]:
    for match in _EDIFACT.finditer(text):
        start = low + match.start()
        parts = [p for element in match[2].split(b"+") for p in decode(element).split(":") if p]
        if match[1] == b"PNA+PAT":
            begins = True
            words = [
                p for p in parts if len(p) > 2 and p.replace("-", "").replace(" ", "").isalpha()
            ]
            for kind, word in zip(("last_name", "first_name"), words, strict=False):
                yield Placed(kind, start, word, begins)
                begins = False
            for part in parts:
                if sum(c.isdigit() for c in part) >= 4:
                    yield Placed("patient_id", start, part)
        elif match[1] == b"DTM+329" and parts:
            yield Placed("birth_date", start, parts[0])
        elif match[1] == b"CIN":
            yield Placed("diagnosis", start, " ".join(parts))


def _vcards(text: bytes, low: int) -> Iterator[Placed]:
    for match in _CARD_FIELD.finditer(text):
        name, start = match[1].upper(), low + match.start()
        parts = [part for part in re.split(r"[;,]", decode(match[2])) if part.strip()]
        if not parts:
            continue
        if name == b"N":
            yield Placed("last_name", start, parts[0], begins=True, ordinary=True)
            if len(parts) > 1:
                yield Placed("first_name", start, parts[1], ordinary=True)
        else:
            yield Placed(_CARD_KINDS[name], start, " ".join(parts), ordinary=True)


def _hprim_medecin(text: bytes, low: int) -> Iterator[Placed]:
    at = 0
    for fin in _FIN.finditer(text):
        lines = text[at : fin.start()].lstrip(b"\r\n").splitlines()
        if len(lines) >= 10:
            for number, kind in ((0, "patient_id"), (1, "last_name"), (2, "first_name"),
                                 (3, "address"), (6, "birth_date"), (7, "insurer_id")):  # fmt: skip
                yield Placed(kind, low + at, decode(lines[number]).strip(), begins=number == 0)
            yield Placed("result", low + at, "x")
        at = fin.end()
