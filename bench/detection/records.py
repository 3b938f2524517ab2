"""Records in every layout: patients without an identifier, numbers as they are left, business."""

from __future__ import annotations

import json
import random
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BUSINESS", "CUT", "NUMBERS", "PATIENTS"]

CHANCE = random.Random(3)
LAST = ["MARTIN", "BERNARD", "DUBOIS", "PETIT", "DURAND", "LEROY", "MOREAU", "ROUX", "GARCIA"]
FIRST = ["Marie", "Jean", "Pierre", "Sophie", "Camille", "Nathalie", "Luc", "Paul", "Claire"]
SAID = ["HIV positif", "cancer du sein", "grossesse 12 SA", "sous Levothyrox", "RAS", "à jeun",
        "mutation BRCA1", "hépatite C chronique"]  # fmt: skip


def day() -> str:
    return (
        f"{CHANCE.randrange(1, 29):02d}/{CHANCE.randrange(1, 13):02d}/"
        f"{CHANCE.randrange(1930, 2005)}"
    )


def nir(*, key: bool = True, wrong: bool = False) -> str:
    body = (
        f"{CHANCE.choice('12')}{CHANCE.randrange(100):02d}{CHANCE.randrange(1, 13):02d}"
        f"{CHANCE.randrange(1, 95):02d}{CHANCE.randrange(1, 600):03d}{CHANCE.randrange(1, 999):03d}"
    )
    number = 97 - int(body) % 97
    return body + (f"{number % 97 + 1 if wrong else number:02d}" if key else "")


PEOPLE = [
    (CHANCE.choice(LAST), CHANCE.choice(FIRST), day(), CHANCE.choice(SAID)) for _ in range(30)
]
TITLES = ["nom", "prenom", "date_naissance", "commentaire"]
KEYS = ["lastName", "firstName", "birthDate", "notes"]


def table(delimiter: str, rows: Sequence[tuple[str, ...]], titles: list[str] | None = None) -> str:
    lines = [delimiter.join(titles)] if titles else []
    return "\n".join([*lines, *(delimiter.join(row) for row in rows)]) + "\n"


def fixed(*, header: bool) -> str:
    a, b, c, d = (title.upper() for title in TITLES)
    rows = [(a, b, c, d)] * header + PEOPLE
    return "\n".join(f"{a:<20}{b:<20}{c:<16}{d:<30}" for a, b, c, d in rows)


def values(row: tuple[str, ...]) -> str:
    return "(" + ",".join(f"'{cell}'" for cell in row) + ")"


def objects(keys: list[str]) -> list[dict[str, str]]:
    return [dict(zip(keys, row, strict=True)) for row in PEOPLE]


COLUMNS = "(`nom`, `prenom`, `date_naissance`, `commentaire`)"
PATIENTS = {
    **{f"table {d!r}": table(d, PEOPLE, TITLES) for d in ";,\t|"},
    **{f"table {d!r} without header": table(d, PEOPLE) for d in ";,\t|"},
    "fixed width": fixed(header=True),
    "fixed width without header": fixed(header=False),
    "json": json.dumps(objects(TITLES)),
    "json in lines of its own": json.dumps(objects(TITLES), indent=2),
    "json lines": "\n".join(map(json.dumps, objects(KEYS))),
    "xml": "<patients>"
    + "".join(
        f"<p><nom>{a}</nom><prenom>{b}</prenom><ddn>{c}</ddn><note>{d}</note></p>"
        for a, b, c, d in PEOPLE
    )
    + "</patients>",
    "sql, one statement": f"INSERT INTO p {COLUMNS} VALUES\n" + ",\n".join(map(values, PEOPLE)),
    "sql, one each": "\n".join(f"INSERT INTO p {COLUMNS} VALUES {values(p)};" for p in PEOPLE),
    "copy": f"COPY p {COLUMNS} FROM stdin;\n" + table("\t", PEOPLE) + "\\.\n",
    "html": "<table><tr>"
    + "".join(f"<th>{title}</th>" for title in TITLES)
    + "</tr>"
    + "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in PEOPLE)
    + "</table>",
    "after a page of prose": "Bonjour, voici le fichier.\n" * 40 + table(";", PEOPLE, TITLES),
    "portal logins": table(
        ";",
        [(a, b, c, f"pat{n}", f"x{n * 7919}") for n, (a, b, c, _) in enumerate(PEOPLE, 1000)],
        ["nom", "prenom", "date_naissance", "login", "mot_de_passe"],
    ),
    "portal logins by number": table(
        ";",
        [(f"{n}{n}", f"pat{n}", f"x{n * 7919}") for n in range(1000, 1030)],
        ["identifiant_patient", "login", "password"],
    ),
    **{
        f"birth dates as {form}": table(
            ";",
            [
                (a, b, f"{date.fromisoformat('-'.join(c.split('/')[::-1])):{form}}".upper(), d)
                for a, b, c, d in PEOPLE
            ],
        )
        for form in ("%Y-%m-%dT00:00:00Z", "%d/%m/%y", "%d-%b-%y", "%d %b %Y")
    },
    "names of reports": "\n".join(
        f"CR_{a}_{b}_{c[6:]}{c[3:5]}{c[:2]}_{d.replace(' ', '_')}.pdf" for a, b, c, d in PEOPLE
    ),
    "hl7 in xml": '<ORU_R01 xmlns="urn:hl7-org:v2xml"><PID><PID.5>'
    "<XPN.1><FN.1>DURAND</FN.1></XPN.1><XPN.2>Sophie</XPN.2></PID.5><PID.7><TS.1>19560312</TS.1>"
    "</PID.7></PID><OBX><OBX.5>9.1</OBX.5></OBX></ORU_R01>",
    "hprim in xml": '<evenementsServeurActes xmlns="http://www.hprim.org/hprimXML"><patient>'
    "<personnePhysique><nomUsuel>DURAND</nomUsuel><prenoms><prenom>Sophie</prenom></prenoms>"
    "<dateNaissance><date>1956-03-12</date></dateNaissance></personnePhysique></patient>"
    "<acteCCAM><codeActe>QEFA019</codeActe></acteCCAM></evenementsServeurActes>",
    "birth dates in three columns": table(
        ";",
        [(a, b, *c.split("/"), d) for a, b, c, d in PEOPLE],
        ["nom", "prenom", "jour", "mois", "annee", "commentaire"],
    ),
    "years of birth": table(
        ";",
        [(a, b, c[6:], d) for a, b, c, d in PEOPLE],
        ["nom", "prenom", "annee_naissance", "commentaire"],
    ),
    "names and diagnoses": table(
        ";", [(a, b, d) for a, b, _, d in PEOPLE], ["nom", "prenom", "diagnostic"]
    ),
    "a patient's way into a portal": "Madame Sophie DURAND,\nnée le 12/03/1956\n"
    "Votre identifiant patient : lab40823\nMot de passe : k7zt2mpa\n",
    "a message with a way into a portal": "Résultats de Mme DURAND Sophie (12/03/1956) : "
    "charge virale VIH. Identifiant lab40823 mot de passe k7zt2mpa",
    "a letter": "Cher confrère,\n\nJe vous remercie de m'avoir adressé Madame Sophie DURAND, "
    "née le 12/03/1956, pour une tumeur du sein.\nElle a reçu une chimiothérapie.\n",
    "a letter with a file's number": "Patient : DURAND Sophie\nIPP : 0012345678\n"
    "Compte rendu d'hospitalisation : insuffisance cardiaque, diabète de type 2.",
    "hl7": "MSH|^~\\&|LAB|CHU|||20240101||ORU^R01|1|P|2.5\rPID|1||123456^^^CHU^PI||DURAND^Sophie||"
    "19560312|F\rOBX|1|NM|718-7^Hemoglobine^LN||9.1|g/dL\r",
    "hprim": "H|~^\\&|x||LABO||ORU|||||P|H2.3|20240101\rP|1|12345||67|DURAND^SOPHIE||19560312|F\r"
    "OBX|1|NM|GLY||7.2|mmol\rL|1\r",
    "x12": "ISA*00*~GS*HC*~ST*837*0001~NM1*IL*1*DOE*JOHN*A***MI*W123456789~DMG*D8*19560312*M~"
    "HI*ABK:C509~SE*1~",
    "edifact": "UNH+1+MEDRPT:0:97B:UN'PNA+PAT+1234567+++SU:DURAND+FO:SOPHIE'DTM+329:19560312:102'"
    "RSL+NV+7.2'",
    "fhir": json.dumps(
        {
            "resourceType": "Patient",
            "identifier": [{"system": "http://hospital.example/mrn", "value": "12345678"}],
            "name": [{"family": "Durand", "given": ["Sophie"]}],
            "birthDate": "1956-03-12",
        }
    ),
}
CUT = nir()
NUMBERS = {
    "a column without keys": table(";", [(a, nir(key=False)) for a, *_ in PEOPLE], ["nom", "nir"]),
    "a column of wrong keys": table(
        ";", [(a, nir(wrong=True)) for a, *_ in PEOPLE], ["nom", "num_secu"]
    ),
    "a wrong key in a letter": "N° de sécurité sociale : 1 85 05 75 123 456 72\nMotif : visite",
    "no key in a letter": "Numéro de sécurité sociale : 1 85 05 75 123 456 (clé manquante)",
    "a key in a column of its own": "\n".join(
        f"{a};{n[:13]};{n[13:]}" for a, *_ in PEOPLE for n in [nir()]
    ),
    "a key after its word": f"assuré {CUT[:13]} clé {CUT[13:]}",
    "floats of a spreadsheet": table(";", [(a, nir() + ".0") for a, *_ in PEOPLE], ["nom", "nir"]),
    "exponents of a spreadsheet": table(
        ";",
        [(a, f"{n[0]}.{n[1:]}E+14") for a, *_ in PEOPLE for n in [nir()]],
        ["nom", "nir"],
    ),
    "markup inside": f"<p>NIR : <b>{CUT[0]}</b> <i>{CUT[1:3]}</i>&nbsp;{CUT[3:5]} {CUT[5:7]}&#160;"
    f"{CUT[7:10]} {CUT[10:13]} {CUT[13:]}</p>",
    "O for 0": "Numéro de sécurité sociale : " + CUT.replace("0", "O"),
    "two glued in each line": "\n".join(nir() + nir() for _ in range(3)),
    "all glued": "".join(nir() for _ in range(6)),
    "some glued among others": "4711" + "".join(nir() for _ in range(6)) + "0815",
    "digits one by one": "\n".join(" ".join(nir()) for _ in range(4)),
    "arabic digits": f"{nir()}\n{nir()}".translate({48 + i: 0x660 + i for i in range(10)}),
}
BUSINESS = {
    "a customer list": table(
        ";",
        [(a, b, "Clinique du Parc", "Cardiologue", "a@b.example") for a, b, *_ in PEOPLE],
        ["nom", "prenom", "societe", "fonction", "email"],
    ),
    "customers with birthdays": table(
        ";",
        [(a, b, c, "Lyon") for a, b, c, _ in PEOPLE],
        ["nom", "prenom", "date_naissance", "ville"],
    ),
    "a roster": table(
        ";",
        [(a, b, c, "oncologie") for a, b, c, _ in PEOPLE],
        ["nom", "prenom", "date_naissance", "service"],
    ),
    **{
        f"a table of {kind}": table(
            ";",
            [
                (a, b, c, said[n % len(said)], str(1000 + 7 * n))
                for n, (a, b, c, _) in enumerate(PEOPLE)
            ],
            ["nom", "prenom", "date_naissance", *titles],
        )
        for kind, titles, said in (
            ("pay", ["grade", "traitement_brut"], ["IDE", "AS"]),
            ("examinations", ["examen", "resultat"], ["Baccalauréat", "BTS"]),
            ("absences", ["motif", "jours"], ["congés annuels", "formation", "maladie ordinaire"]),
            ("speakers", ["intervention", "salle"], ["Le cancer du sein", "VIH : 40 ans"]),
            ("doctoral students", ["sujet de thèse", "n"], ["Le cancer du foie", "VIH et prison"]),
            ("loans", ["titre", "cote"], ["Vivre avec le cancer du sein", "Le diabète expliqué"]),
            ("badges", ["zones", "badge"], ["Bloc, Dialyse", "Radiothérapie, IRM"]),
            ("staff", ["uf", "etp"], ["Hémodialyse", "Chimiothérapie ambulatoire"]),
            ("marks", ["UE", "note"], ["Physiopathologie du diabète", "VIH et IST"]),
            ("trainees", ["stage demandé", "n"], ["Chimiothérapie", "Dialyse péritonéale"]),
            ("donors", ["campagne", "montant"], ["Ligue contre le cancer", "Sidaction"]),
            ("claims", ["sinistre", "traitement"], ["bris de glace", "vol"]),
        )
    },
    "a directory of doctors": table(
        ";",
        [(a, b, "Oncologie", "cancer du sein", "02 99 00 00 00") for a, b, *_ in PEOPLE],
        ["nom", "prenom", "specialite", "pathologies", "telephone"],
    ),
    **{
        f"a table of {title}": table(
            ";",
            [
                (a, b, f"06{n:08d}", f"{b[0]}.{a}@mail.example", said[n % 2])
                for n, (a, b, *_) in enumerate(PEOPLE)
            ],
            ["nom", "prenom", "telephone", "email", title],
        )
        for title, said in {
            "domaine d'expertise": ("cancer du sein", "diabète de type 1"),
            "gamme": ("Levothyrox", "Truvada"),
        }.items()
    },
    "a mission's order": "ORDRE DE MISSION\nM. DURAND Paul\nNé le 12/03/1975\n"
    "Objet : congrès sur le cancer du sein, Paris",
    "staff in JSON": json.dumps(
        [
            {
                "nom": a,
                "prenom": b,
                "dateNaissance": "1980-03-12",
                "service": ("Dialyse", "Accueil")[n % 2],
            }
            for n, (a, b, *_) in enumerate(PEOPLE)
        ]
    ),
    "an actor in JSON": json.dumps(
        [
            {
                "givenName": b,
                "familyName": a,
                "birthDate": "1950-03-12",
                "description": "Acteur atteint d'un cancer",
            }
            for a, b, *_ in PEOPLE
        ]
    ),
    "housing": table(
        ";",
        [(a, b, f"{n} rue des Lilas", "amiante : absence") for n, (a, b, *_) in enumerate(PEOPLE)],
        ["nom", "prenom", "adresse", "diagnostic"],
    ),
    "speakers in JSON": json.dumps(
        [
            {
                "name": f"{b} {a}",
                "birthDate": "1960-01-02",
                "talk": ("HIV cure", "Breast cancer")[n % 2],
            }
            for n, (a, b, *_) in enumerate(PEOPLE)
        ]
    ),
    "drugs and their makers": "".join(
        f"6{n:07}\t{('METFORMINE', 'IMATINIB')[n % 2]} {('1 g', '20 mg/ml', '500 mg')[n % 3]}, "
        f"comprimé\torale\t"
        f"Autorisation active\t{1 + n % 28:02}/03/{1992 + n % 33}\tEU/1/{n:02}\tLABO {a}\tNon\n"
        for n, (a, *_) in enumerate(PEOPLE * 5)
    ),
    "a family tree": "0 HEAD\n1 GEDC\n2 VERS 5.5.1\n"
    + "".join(
        f"0 @I{n}@ INDI\n1 NAME {b} /{a}/\n1 SEX M\n1 BIRT\n2 DATE {10 + n % 18} MAR {1840 + n}\n"
        f"2 PLAC Lyon\n1 DEAT\n"
        f"2 DATE {10 + n % 18} MAY {1905 + n}\n2 CAUS {('tuberculose', 'cancer')[n % 2]}\n"
        for n, (a, b, *_) in enumerate(PEOPLE)
    ),
    "an article": "Le cancer du sein touche une femme sur huit. Le patient est traité. " * 50,
    "a price list": table(
        ";", [(f"{n}", "Sérologie VIH", "12,40") for n in range(50)], ["code", "analyse", "prix"]
    ),
    "a schema": "CREATE TABLE patients (nir varchar(15), nom text, date_naissance date);\n" * 3,
    "an empty form": "<label>Nom</label><input name='nom'><label>NIR</label><input name='nir' "
    "placeholder='1 23 45 67 890 123 45'><label>Date de naissance</label><input name='ddn'>",
    "staff numbers": table(
        ";",
        [(str(CHANCE.randrange(10**12, 10**13)), "X") for _ in range(500)],
        ["matricule", "nom"],
    ),
    "logins of staff": table(
        ",", [(f"u{n}", f"p{n * 7919}") for n in range(30)], ["login", "password"]
    ),
    "a CV": "Jean DUPONT\nné le 12/03/1985 à Lyon\nInfirmier en oncologie au CHU, cardiologie\n",
    "results in documentation": "```js\nchance.cf();\n=> 'BRSMRT87S49A988X'\n"
    "=> 'LNESRG93P28F067V'\n```\n",
    "examples in documentation": ">>> nir.validate('2 95 10 99 126 111 93')\n'295109912611193'\n",
}
