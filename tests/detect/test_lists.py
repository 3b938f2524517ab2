"""Lists of patients with no more than a remark on each, and what only speaks of diseases."""

from __future__ import annotations

import pytest

from dlp.inspection import Core
from tests.reading import stops

PEOPLE = (
    ("KOFFI", "Christophe"),
    ("ROUSSEL", "Patrick"),
    ("HADDAD", "Nadia"),
    ("PICARD", "Solène"),
    ("DIALLO", "Mamadou"),
    ("NGUYEN", "Linh"),
)


def each(line: str, *values: tuple[str, ...]) -> str:
    """Return a line for each of the people, with the values that are theirs by turns."""
    return "".join(
        line.format(
            *(value[n % len(value)] for value in values),
            last=last,
            first=first,
            born=f"1{n}/0{n + 1}/19{5 + n}4",
            mail=f"{first}.{last}{n}@example.org".lower(),
            phone=f"06 39 98 12 {n}{n}",
        )
        for n, (last, first) in enumerate(PEOPLE)
    )


ORDINARY = {
    "what an applicant has done": "CURRICULUM VITAE\nThierry LEMOINE\nNé le 15/01/1978\n"
    "128 rue des Lilas\n49000 Angers\n06 39 98 12 12 - thierry@example.org\n\nExpérience\n"
    "2015-2021 : infirmier en service de dialyse\n2010-2015 : infirmier en chimiothérapie\n"
    "Formation\nDU VIH et hépatites virales\nDU diabète\n",
    "applicants": "Nom;Prénom;Date naissance;Tél;Poste visé;Décision\n"
    + each("{last};{first};{born};{phone};{0};entretien\n", ("IDE dialyse", "Sage-femme")),
    "staff with two fields of their work": each(
        "<agent><Nom>{last}</Nom><Naissance>{born}</Naissance><Emploi>Infirmière</Emploi>"
        "<Service>{0}</Service><Traitement_brut>2500</Traitement_brut></agent>\n",
        ("Hémodialyse", "Chimiothérapie", "Soins palliatifs"),
    ),
    "cards of staff": each(
        "BEGIN:VCARD\nN:{last};{first}\nTITLE:Infirmière de dialyse\nORG:CHU;{0}\nTEL:{phone}\n"
        "EMAIL:{mail}\nEND:VCARD\n",
        ("Hémodialyse", "Chimiothérapie"),
    ),
    "courses": each("Nome : {first}\nCognome : {last}\nEmail : {mail}\nCorso : Corso {0}\n\n",
                    ("HIV", "diabete")),
    "workshops": "["
    + each('{{"nom":"{last}","prenom":"{first}","email":"{mail}","atelier":"Atelier {0}"}},',
           ("VIH", "diabète")).rstrip(",")
    + "]",
    "drugs and when they were authorised": "CIP13\tDénomination\tPrix\tTitulaire\tDate AMM\n"
    + "".join(
        f"34009{n * 7919:08d}\t{drug}\t{n},97\t{maker}\t1{n % 9}/04/19{80 + n}\n"
        for n, (drug, maker) in enumerate(
            [("HERCEPTIN 150 mg", "Roche"), ("SUBUTEX 8", "Merck"), ("CISPLATINE 50", "Martin")] * 4
        )
    ),
    "drugs in objects": "".join(
        f"- Nom: HERCEPTIN {n}\n  ATC: L01XC03\n  Date AMM: 1{n}/04/1987\n" for n in range(9)
    ),
}  # fmt: skip


REMARKS = ("VIH+", "enceinte, HIV positif", "sous Previscan", "cancer du sein en rémission")
LEAKS = {
    "names and remarks": "Nom;Prénom;Commentaire\n" + each("{last};{first};{0}\n", REMARKS),
    "addresses and remarks": "Adresse;Commentaire\n"
    + each("12{0} rue des Lilas 56000 Vannes;{1}\n", ("3", "4", "5"), REMARKS),
    "objects with remarks": each(
        '{{"nom":"{last}","prenom":"{first}","commentaire":"{0}"}}\n', REMARKS
    ),
    "one person's card": "Nom : HADDAD\nPrénom : Nadia\nDate de naissance : 14/09/1948\n"
    "Commentaire : VIH+\n",
    "no titles": each("{last};{first};{0}\n", REMARKS),
    "no titles, mail addresses": each("{mail} -> {0}\n", REMARKS),
    "arguments of calls": each('add("{first} {last}", "{phone}", "{0}");\n', REMARKS),
    "one line of brackets": "(" + each("('{last}','{first}','{0}'),", REMARKS) + ")",
    "names of fields that mean nothing": each(
        '{{"f0":"{last}","f1":"{first}","f9":"{0}"}},', REMARKS
    ),
    "elements": each("<li>{first} {last}, {0}</li>", REMARKS),
    "tests and results": each("{last} / {first} / Sérologie VIH / {0}\n", ("positif", "négatif")),
}
LEAKS |= {
    "a prompt": "Peux-tu rédiger un courrier pour mon patient Yves KAYA, 62 ans, qui a un cancer de"
    " la prostate traité par radiothérapie ?",
    "a report": "Compte rendu d'hospitalisation\nMonsieur Yves KAYA, âgé de 72 ans, a été"
    " hospitalisé du 3 au 9 mars pour un AVC ischémique.",
    "a discharge summary": "Discharge summary\nMr Derek Walker, 72-year-old man, was admitted with"
    " acute myocardial infarction.",
    "German, by age": "Sehr geehrte Kollegen, wir berichten über Herrn Jürgen Krüger, 72 Jahre,"
    " Diagnose: Prostatakarzinom.",
    "Italian, by age": "Gentile collega, invio il sig. Luigi Greco, anni 72, affetto da carcinoma"
    " della prostata.",
    "Polish, by age": "Karta informacyjna: Pan Piotr Nowak, lat 72, rozpoznanie: rak prostaty, w"
    " trakcie hormonoterapii.",
}
ROWS_OF_MARKUP = (
    ("Nom", "Prénom", "Analyse", "Résultat"),
    *((last, first, "Sérologie VIH", "positif") for last, first in PEOPLE),
)
LEAKS |= {
    "a workbook on one line": '<Workbook xmlns:ss="urn:x"><Worksheet ss:Name="Patients"><Table>'
    + "".join(
        "<Row>"
        + "".join(f'<Cell><Data ss:Type="String">{one}</Data></Cell>' for one in row)
        + "</Row>"
        for row in ROWS_OF_MARKUP
    ),
    "a flat sheet of OpenDocument": "<office:body>"
    + "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{one}</text:p></table:table-cell>" for one in row)
        + "</table:table-row>"
        for row in ROWS_OF_MARKUP
    ),
    "a web form's fields by number": "&".join(
        f"Nom[{n}]={last}&Prenom[{n}]={first}&Diagnostic[{n}]=B20&Naissance[{n}]=1{n}/04/1954&"
        f"Nom_de_naissance[{n}]={last}"
        for n, (last, first) in enumerate(PEOPLE)
    ),
    "elements with numbers": '<ORU_R01 xmlns="urn:hl7-org:v2xml"><PID><PID.5><XPN.1>KOFFI</XPN.1>'
    "<XPN.2>Linh</XPN.2></PID.5><PID.7>19480914</PID.7></PID><OBX><OBX.3>VIH</OBX.3><OBX.5>positif"
    "</OBX.5></OBX></ORU_R01>",
    "paths with numbers": "".join(
        f"row.{n}.nom={last}\nrow.{n}.prenom={first}\nrow.{n}.diagnostic=B20\n"
        for n, (last, first) in enumerate(PEOPLE)
    ),
}
SUBJECTS = ("Cancer du sein et grossesse", "Greffe rénale", "VIH chez la femme enceinte")
ORDINARY |= {
    "who speaks of what": each("{first} {last} - {0}\n", SUBJECTS),
    "what customers say": "Auteur;Commentaire\n"
    + each("{first} {last};{0}\n", ("Excellent suivi de mon diabète", "Ma grossesse sous Elevit")),
    "tickets": "Nom;Prénom;Commentaire\n"
    + each("{last};{first};{0}\n", ("Logiciel de chimiothérapie sous Windows", "Imprimante HS")),
    "a witness": "Mme Anne LEROY, 45 ans, hospitalisée pour un cancer du sein, raconte sa"
    " consultation et son traitement par chimiothérapie.",
    "codes": each('{{"code":"1627573{0}","display":"Pregnant, HIV positive"}},', tuple("123456")),
}


@pytest.mark.parametrize("name", LEAKS)
def test_people_with_a_remark_on_what_they_have_are_stopped(core: Core, name: str) -> None:
    assert stops(core, LEAKS[name])


@pytest.mark.parametrize("name", ORDINARY)
def test_what_speaks_of_diseases_and_of_nobody_who_has_them_passes(core: Core, name: str) -> None:
    assert not stops(core, ORDINARY[name])
