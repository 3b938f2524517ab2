"""Files as the software of hospitals and practices writes them, and what is like them."""

from __future__ import annotations

import random
from itertools import chain

import pytest

from bench.detection.records import nir
from dlp.inspection import Core
from tests.reading import stops

PEOPLE = (
    ("LE GOFF", "Maëlle", "19820512"),
    ("Yilmaz", "Mehmet", "19480914"),
    ("O'Brien", "Siobhan", "19570314"),
)
WARDS = ("Haemodialysis ward", "Service de chimiothérapie", "Unité de dialyse", "Chemo department")


def xdt(*fields: str, ends: int = 2) -> str:
    """Return lines that begin with their length, which counts the end that they have at first."""
    return "".join(f"{len(one.encode('cp1252')) + 3 + ends:03d}{one}\r\n" for one in fields)


def claim(number: int, size: int) -> str:
    """Return a record of a French claim (norme B2), which nothing ends."""
    name, first, born = PEOPLE[number % len(PEOPLE)]
    record = f"2{number:08d}{nir()}001351{240100 + number:06d}C {name:<25}{first:<15}{born}"
    return f"{record:<{size}}"


LEAKS = {
    "GDT": xdt("80006310", "300077", "3101Schröder", "3102Annegret", "310305031949"),
    "BDT": "".join(
        xdt("80006200", f"3000{n}", f"3101{name}", f"3102{first}", f"3103{born[6:]}{born[4:6]}"
            f"{born[:4]}", "6001C50.9")
        for n, (name, first, born) in enumerate(PEOPLE)
    ),
    "LDT with ends of one byte": xdt(
        "80008202", "3101Bauer", "3102Lukas", "310319870214", "8410HIVAK", "8420positiv"
    ).replace("\r", ""),
    "DCMTK's dump": "".join(
        f"(0010,0010) PN [{name}^{first}]     #  14, 1 PatientName\n"
        f"(0010,0020) LO [{n}4711]            #   4, 1 PatientID\n"
        f"(0010,0030) DA [{born}]             #   8, 1 PatientBirthDate\n"
        for n, (name, first, born) in enumerate(PEOPLE)
    ),
    "pydicom's text": "(0010, 0010) Patient's Name                      PN: 'DUPONT^Jeanne'\n"
    "(0010, 0020) Patient ID                          LO: '4711'\n"
    "(0010, 0030) Patient's Birth Date                DA: '19620512'\n",
    "an NCPDP claim": "610066D0B1PCN12345  1019990123456     20240212\x1e\x1cAM04\x1cC21234567\x1e"
    "\x1cAM01\x1cC419430519\x1cC52\x1cCAJOAN\x1cCBWHITAKER\x1d\x1e\x1cAM07\x1cE103\x1cD700006012754",
    "claims of a length, without ends": "".join(claim(n, 128) for n in range(8)),
    "titles that are health terms": "nom,prenom,ddn,imc,charge_virale\n"
    + "".join(f"{name},{first},{born},24,{n}0\n" for n, (name, first, born) in enumerate(PEOPLE)),
    "what Redis answers": "".join(
        f'1) "nom"\n2) "{name}"\n3) "prenom"\n4) "{first}"\n5) "ddn"\n6) "{born}"\n'
        '7) "diag"\n8) "VIH, cirrhose"\n'
        for name, first, born in PEOPLE
    ),
    "leaders that end in a colon": "\n".join(
        f"NOM........: {name}\nPRENOM.....: {first}\nNE(E) LE...: {born}\nDIAG.......: VIH\n"
        for name, first, born in PEOPLE
    ),
    "short names of variables": "study_id,pt_lname,pt_fname,pt_dob,dx_primary\n"
    + "".join(f"S{n},{a},{b},{born},C50.9\n" for n, (a, b, born) in enumerate(PEOPLE)),
}  # fmt: skip
ORDINARY = {
    "logins of a program's tests": "def test_patient_search():\n"
    '    login = "any-doc"\n    password = "any-doc"\n'
    "    user = settings.LoginInfo()\n    password = getpass.getpass(prompt)\n"
    '    login = ask.user()\n    password = "swordfish"\n    patient = find(login)\n',
    "a device's answer": xdt("80006301", "8402EKG01", "8316PRAXIS"),
    "lines of numbers like fields": "".join(
        f"{n:03d}3101{n * 7919:09d}\r\n{n:03d}3102{n * 104729:09d}\r\n" for n in range(60)
    ),
    "tags of DICOM, explained": "(0010,0010) Patient's Name PN 1\n(0010,0020) Patient ID LO 1\n"
    "(0010,0030) Patient's Birth Date DA 1\n" * 3,
    "blocks of numbers of articles": "".join(
        f"{random.Random(n).randrange(10**36):036d}{'PIECE':<92}" for n in range(30)
    ),
    "students in wards": "\n".join(
        chain(
            ("lastName;firstName;birthDate;placement",),
            (f"{PEOPLE[n % 3][0]};{PEOPLE[n % 3][1]};{PEOPLE[n % 3][2]};{ward}"
             for n, ward in enumerate(WARDS * 3)),
        )
    ),
    "trainings in columns": "nom;prenom;ddn;formation diabète;journal\n"
    + "".join(f"{name};{first};{born};oui;non\n" for name, first, born in PEOPLE * 4),
}  # fmt: skip


@pytest.mark.parametrize("name", LEAKS)
def test_patients_are_found(core: Core, name: str) -> None:
    assert stops(core, LEAKS[name])


@pytest.mark.parametrize("name", ORDINARY)
def test_what_is_like_them_passes(core: Core, name: str) -> None:
    assert not stops(core, ORDINARY[name])
