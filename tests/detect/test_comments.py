"""One person whom fields name, and a comment on what he has; and comments of other business."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from dlp.inspection import Core
from tests.reading import stops

BORN = {"nom": "Michel", "prenom": "Jacqueline", "date_naissance": "25/11/1965"}
REACHED = {"nom": "Michel", "prenom": "Jacqueline", "telephone": "06 12 34 56 78"}
SAID = (
    "cancer du sein, sous tamoxifène",
    "hépatite C traitée",
    "suspicion de grossesse extra-utérine",
    "Levothyrox 75, TSH à refaire",
    "séropositive, charge virale à contrôler",
)
OTHERS = (
    "livrer avant midi",
    "allergie aux arachides",
    "sans gluten, table près de la fenêtre",
    "fauteuil roulant, place PMR",
    "réactifs VIH : 3 boîtes",
    "inscription au colloque sur le diabète",
    "Octobre rose : don cancer du sein",
    "demande de devis pour un appareil de dialyse",
    "Diabète : prise en charge, session de mars",
    "service d'oncologie, bâtiment B",
)
SHAPES: dict[str, Callable[[dict[str, str]], str]] = {
    "an object": json.dumps,
    "a table": lambda fields: ";".join(fields) + "\n" + ";".join(fields.values()) + "\n",
    "lines": lambda fields: "".join(f"{key}: {value}\n" for key, value in fields.items()),
}


@pytest.mark.parametrize("who", [BORN, REACHED], ids=["born", "reached"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_comment_on_what_somebody_has_is_found(
    core: Core, shape: str, who: dict[str, str]
) -> None:
    missed = [said for said in SAID if not stops(core, SHAPES[shape](who | {"commentaire": said}))]
    # A line is read up to the next word that may name a field, as `suspicion` does not.
    assert len(missed) <= (shape == "lines")


@pytest.mark.parametrize("who", [BORN, REACHED], ids=["born", "reached"])
@pytest.mark.parametrize("shape", SHAPES)
def test_other_comments_pass(core: Core, shape: str, who: dict[str, str]) -> None:
    assert [
        said for said in OTHERS if stops(core, SHAPES[shape](who | {"commentaire": said}))
    ] == []
