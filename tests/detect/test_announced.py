"""Numbers behind words that announce identifiers, which are these or others."""

from __future__ import annotations

import pytest

from dlp.inspection import Core
from tests.reading import stops

PERSONS = {
    "a number of the insured in groups": "Ins : 2830 1056 2958 657\nsuivi pour un diabète",
    "one that goes before others": "NIR 2 83 01 05 629 586 57 2024 12 pour un diabète",
    "a file's number": "IPP : 30609018, patient hospitalisé pour dépression et cancer",
    "a file's number in English": "the patient's tumor: MRN 4901877, leukemia, lymphoma, HIV",
    "a table": "MRN,name,diagnosis,,,,\nD006330,Jane Doe,lung cancer,,,,\n"
    "D008175,Paul Roe,leukemia,,,,\n",
}
OTHERS = {
    "numbers of a table, of insulin": "To\nFrom DM Dead OAD Ins Ins+OAD Records:\n"
    "DM 2830 1056 2958 688 0 7532 4702\nsummary of diabetes",
    "days of an insurer": "Assurance des patients : invalidité, cancer, dépression\n"
    "IPP : 30/60/90/180\nNDA : 30/60/90/120/180\n",
    "a gene": "the patient's tumor: 79H19E, mRn.49018 in leukemia, lymphoma, anemia, HIV",
    "a thesaurus": "MRN complex,FPLX,MRN_complex,,,,\nHeart Disease,MESH,D006330,,,,\n"
    "lung cancer,MESH,D008175,,,,\nleukemia patient,MESH,D007938,,,,\n",
}


@pytest.mark.parametrize("what", PERSONS)
def test_a_number_of_a_person_is_found(core: Core, what: str) -> None:
    assert stops(core, PERSONS[what])


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_written_otherwise_passes(core: Core, what: str) -> None:
    assert not stops(core, OTHERS[what])
