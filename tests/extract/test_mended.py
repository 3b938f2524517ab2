"""Text whose letters with accents were lost, or encoded twice, is read as what it was."""

from __future__ import annotations

import pytest

from dlp.extract.mended import Mended, is_damaged
from dlp.inspection import Core
from tests.reading import stops

LETTER = "Madame KERBRAT Nadège née le 12/03/1956\nhospitalisée : métastases, chimiothérapie\n"
TABLE = "Prénom;Nom;Né(e) le;Résultat\n" + "".join(
    f"{first};{last};12/03/19{n};VIH +\n"
    for n, (first, last) in enumerate((("Nadège", "KERBRAT"), ("Hélène", "RIOU")), 50)
)
DAMAGES = {
    "question marks": lambda text: text.encode("ascii", "replace"),
    "replacement characters": lambda text: text.encode("ascii", "replace").replace(
        b"?", "\ufffd".encode()
    ),
    "UTF-8 in Latin-1": lambda text: text.encode().decode("latin-1").encode(),
    "UTF-8 in Windows-1252": lambda text: text.encode().decode("cp1252", "ignore").encode(),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("text", [LETTER, TABLE], ids=["a letter", "a table"])
def test_a_patient_is_found(core: Core, text: str, damage: str) -> None:
    assert stops(core, DAMAGES[damage](text).decode())


@pytest.mark.parametrize("damage", DAMAGES)
def test_it_is_read_the_same_however_it_is_cut(damage: str) -> None:
    data = DAMAGES[damage](LETTER)
    whole = Mended()
    known = whole.feed(data) + whole.finish()
    for step in range(1, 12):
        mended = Mended()
        parts = [mended.feed(data[at : at + step]) for at in range(0, len(data), step)]
        assert b"".join([*parts, mended.finish()]) == known


def test_letters_encoded_twice_are_those_they_were() -> None:
    mended = Mended()
    data = DAMAGES["UTF-8 in Windows-1252"]("Événement, Nadège, Œuvre, ça\n")
    assert mended.feed(data) + mended.finish() == "Événement, Nadège, Œuvre, ça\n".encode()


@pytest.mark.parametrize(
    "text",
    [
        b"GET /a?b=c&d=e HTTP/1.1\r\nGET /page?id=1\r\nGET /list?q=x\r\n",
        b"const a = b?c:d; const e = f?.g; x = y?z(1):w;\n",
        b"Who is it?Nobody. Is it?\n",
        "Événement, Nadège, ça ?\n".encode(),
    ],
    ids=["addresses", "a program", "a question", "UTF-8"],
)
def test_other_text_is_left_as_it_is(text: bytes) -> None:
    assert not is_damaged(text)
