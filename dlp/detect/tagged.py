"""Fields that a number names: xDT of German practices, DICOM data sets as text, NCPDP's claims.

Sources: KBV, Schnittstellen xDT (BDT, GDT 3.5, LDT 3: each line is its length, the number of its
field, its value); DICOM PS3.6 (tags), DCMTK's and GDCM's dumps, pydicom's `str`; NCPDP
Telecommunication Standard D.0, patient and clinical segments (0x1C, a field's name of two signs).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.detect.fold import decode
from dlp.detect.placed import Placed

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SIGNS", "tagged_fields"]

#: What stands in every such text, lower case: a person's name.
SIGNS = r"[\r\n][0-9]{3}310[12]|\b0010[,|] ?0010\b|\"00100010\"|\x1cc[ab][a-z]"

_XDT = {
    b"3000": "patient_id", b"3101": "last_name", b"3102": "first_name", b"3103": "birth_date",
    b"3105": "insurer_id", b"3119": "insurer_id", b"3107": "address", b"3626": "phone",
    b"6000": "diagnosis", b"6001": "diagnosis", b"6205": "diagnosis", b"8420": "result",
}  # fmt: skip
_XDT_LINE = re.compile(rb"^([0-9]{3})([0-9]{4})([^\r\n]{0,992})", re.MULTILINE)
# The field that begins a record.
_XDT_BEGIN = b"8000"
# A line counts its own end, which may have become shorter since.
_XDT_ENDS = range(3)

_DICOM = {
    b"0010": "full_name", b"0020": "patient_id", b"0030": "birth_date", b"1040": "address",
    b"2154": "phone", b"2110": "allergy",
}  # fmt: skip
_DICOM_FIELD = re.compile(
    rb"\b0010[,|] ?(%s)\b[^\r\n\['>]{0,120}(?:'s [^\r\n\['>]{0,120})?"
    rb"[\['>]([^\r\n\]'<]{1,120})[\]'<]" % b"|".join(_DICOM)
)
# The JSON model of PS3.18.
_DICOM_MEMBER = re.compile(
    rb'"0010(%s)"\s*:\s*\{[^{}\[\]]{0,40}"Value"\s*:\s*\[\s*(?:\{\s*"Alphabetic"\s*:\s*)?"([^"]{1,120})"'
    % b"|".join(_DICOM)
)

_NCPDP = {
    b"CA": "first_name", b"CB": "last_name", b"C4": "birth_date", b"CY": "patient_id",
    b"C2": "insurer_id", b"CM": "address", b"CQ": "phone", b"DO": "diagnosis",
    b"D7": "treatment",
}  # fmt: skip
_NCPDP_FIELD = re.compile(rb"\x1c([A-Z][A-Z0-9])([^\x1c-\x1e\r\n]{1,200})")
# Name the segments of the insurance card and of the patient, which tell of a person.
_NCPDP_BEGIN = ((b"AM", b"04"), (b"AM", b"01"))


def tagged_fields(text: bytes, low: int) -> Iterator[Placed]:
    """Yield the fields of `text` that stand behind their numbers, in their order.

    Args:
        text: What to look through.
        low: Where it begins in its window.
    """
    if b"3101" in text or b"3102" in text:
        yield from _xdt(text, low)
    members = b'"00100010"' in text
    if members or b"0010,0010" in text or b"0010, 0010" in text or b"0010|0010" in text:
        for match in (_DICOM_MEMBER if members else _DICOM_FIELD).finditer(text):
            begins = match[1] == b"0010"
            yield Placed(_DICOM[match[1]], low + match.start(2), decode(match[2]), begins)
    if b"\x1cCA" in text or b"\x1cCB" in text:
        yield from _ncpdp(text, low)


def _xdt(text: bytes, low: int) -> Iterator[Placed]:
    begins = False
    for match in _XDT_LINE.finditer(text):
        # Each character was a byte once.
        if int(match[1]) - len(decode(match[0])) not in _XDT_ENDS:
            continue
        begins = begins or match[2] == _XDT_BEGIN
        if match[2] in _XDT and match[3]:
            yield Placed(_XDT[match[2]], low + match.start(3), decode(match[3]), begins)
            begins = False


def _ncpdp(text: bytes, low: int) -> Iterator[Placed]:
    begins = insured = False
    for match in _NCPDP_FIELD.finditer(text):
        if match.groups() in _NCPDP_BEGIN:
            # The card's holder is the patient of the next segment.
            begins, insured = not insured, match[2] == b"04"
        if match[1] in _NCPDP:
            yield Placed(_NCPDP[match[1]], low + match.start(2), decode(match[2]), begins)
            begins = False
