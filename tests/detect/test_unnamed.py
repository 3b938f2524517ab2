"""One person in a row or an object whose cells nothing names, and what stands in such rows else."""

from __future__ import annotations

import json

import pytest

from dlp.inspection import Core
from tests.reading import stops

LEAKS = {
    "a row of SQL": "INSERT INTO t VALUES (1,'Marchetti','Delphine',TO_DATE('02/06/1981',"
    "'DD/MM/YYYY'),'VIH stade B, sous Triumeq');\n",
    "a row that a database quotes": 'ERROR:  duplicate key value violates "patient_pkey"\nDETAIL:  '
    "Failing row contains (1042, KERVELLA, Soizic, 2001-09-30, F, 06 12 98 54 00, IVG à 7 SA).\n",
    "a row of an exception": json.dumps({
        "value": "invalid row: ('Ousmane', 'Traoré', datetime.date(1993, 2, 14), 'drépanocytose')"
    }),
    "answers of a form": "entry.1001=Delphine+Marchetti&entry.1002=02%2F06%2F1981&"
    "entry.1003=VIH+stade+B&entry.1004=0671221345",
    "two rows": "800|MARCHETTI|Delphine|02/06/1981|F|VIH stade B, sous Triumeq\n"
    "801|QUINQUIS|Hippolyte|23/11/1957|M|carcinome bronchique, FOLFOX C4\n",
    "components": "MARCHETTI^Delphine^19810602^VIH stade B\n",
    "letters for names": json.dumps(
        {"n": "Marchetti", "p": "Delphine", "d": "1981-06-02", "c": "VIH stade B"}
    ),
    "an array": json.dumps(["Quinquis", "Hippolyte", "1957-11-23", "carcinome bronchique"]),
    "an element": '<p n="Traoré" pn="Fatoumata" dn="1993-02-14" dg="drépanocytose SS"/>',
    "a label": 'digraph g { p1 [label="Delphine Marchetti\\n02/06/1981\\nVIH"]; }',
    "an error's context": json.dumps({
        "message": "IntegrityError",
        "row": {"pat_nom": "Quinquis", "pat_prenom": "Hippolyte", "pat_ddn": "1957-11-23",
                "comm": "carcinome bronchique, FOLFOX C4"},
    }),
}  # fmt: skip
ORDINARY = {
    "staff": "800|MARCHETTI|Delphine|02/06/1981|F|infirmière|oncologie, VIH\n",
    "a nurse": "('Marchetti', 'Delphine', '1981-06-02', 'Infirmière', 'diabète')",
    "a customer": "(17, 'Marchetti', 'Delphine', '1981-06-02', 'Lyon', 'abonnement annuel')",
    "a donor": "Marchetti|Delphine|1981-06-02|don VIH 20 EUR",
    "a book": "9782070360024|Marchetti Delphine|Vivre avec le diabète|1998-06-02\n",
    "a reader": "Marchetti|Delphine|1981-06-02|Le cancer du sein|rendu",
    "a course": json.dumps(
        {"n": "Marchetti", "p": "Delphine", "d": "1981-06-02", "c": "Diabète : prise en charge"}
    ),
    "a member": '<p n="Traoré" pn="Fatoumata" dn="1993-02-14" c="Ligue contre le cancer"/>',
    "a commit": "('Marchetti', 'Delphine', '2026-06-02', 'diabète: fix the label')",
    "a passenger": json.dumps({
        "lastName": "Durand", "firstName": "Sophie", "dateOfBirth": "1980-01-01",
        "meal": "DIABETIC",
    }),
}  # fmt: skip


@pytest.mark.parametrize("name", LEAKS)
def test_one_person_and_what_he_has_are_found(core: Core, name: str) -> None:
    assert stops(core, LEAKS[name])


@pytest.mark.parametrize("name", ORDINARY)
def test_what_else_stands_in_rows_passes(core: Core, name: str) -> None:
    assert not stops(core, ORDINARY[name])
