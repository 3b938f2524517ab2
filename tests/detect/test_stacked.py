"""Forms whose names all stand above their values, as PDF and pictures are read."""

from __future__ import annotations

import pytest

from dlp.inspection import Core
from tests.reading import stops

NAMES = "Nom\nPrénom\nNé(e) le\nSexe\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{NAMES}KERBRAT\nNadège\n12/03/1956\nF\nSérologie VIH : positive\n",
        f"CENTRE HOSPITALIER\n{NAMES}KERBRAT\nNadège\n12/03/1956\nF\n\nMotif : carcinome\n",
        "Nom :\r\nPrénom :\r\nN° sécu :\r\nKERBRAT\r\nNadège\r\n2 55 08 14 168 025 38\r\n",
    ],
)
def test_a_patient_is_found(core: Core, text: str) -> None:
    assert stops(core, text)


@pytest.mark.parametrize(
    "text",
    [
        f"{NAMES}Adresse\nTéléphone\n",
        f"{NAMES}Merci de remplir\nce formulaire\navant votre\nvenue pour un cancer\n",
        f"{NAMES}KERBRAT\nNadège\n12/03/1976\nF\nAffectation : dialyse\n",
    ],
    ids=["an empty form", "a form and its text", "a nurse"],
)
def test_other_forms_pass(core: Core, text: str) -> None:
    assert not stops(core, text)
