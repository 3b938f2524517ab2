"""Synthetic patients in the shape of the 2021 laboratory leak, and ordinary files beside them.

Nobody in here is real: names are drawn from short lists, addresses are invented, telephone
numbers stand in the ranges that Arcep keeps for fiction, mail addresses in example domains.
The same seed always gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import random
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Patient",
    "access_log",
    "article",
    "crm_csv",
    "invoice_json",
    "leak_csv",
    "leak_jsonl",
    "leak_sql",
    "letter",
    "nir",
    "orders_csv",
    "patients",
    "phone_list",
    "price_list",
]

FAMILY = (
    "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre "
    "Leroy Roux David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau "
    "Vincent Muller Faure Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier"
).split()
WOMEN = (
    "Marie Jeanne Françoise Monique Catherine Nathalie Isabelle Jacqueline Anne Sylvie Martine "
    "Nicole Camille Léa Chloé Manon Emma Inès Zoé Aïcha Fatou"
).split()
MEN = (
    "Jean Pierre Michel André Philippe Alain Bernard Jacques Daniel Gérard Nicolas Julien Kévin "
    "Thomas Hugo Lucas Louis Noé Karim Mamadou Loïc"
).split()
STREETS = ("rue des Exemples", "avenue du Modèle", "impasse de l'Essai", "place de la Maquette")
TOWNS = (("35000", "Rennes"), ("22000", "Saint-Brieuc"), ("56100", "Lorient"), ("41000", "Blois"))
# Departments of birth: most of them metropolitan, some in Corsica, overseas and abroad.
BIRTHPLACES = ("22 35 41 56 75 13 " * 4 + "2A 2B 971 974 99").split()
COMMENTS = (
    "Patiente enceinte, 12 SA",
    "séropositif HIV, charge virale à contrôler",
    "cancer du sein, sous tamoxifène",
    "Levothyrox 75, TSH à refaire",
    "tumeur au cerveau",
    "suspicion de grossesse extra-utérine",
    "mutation BRCA1, conseil génétique",
    "patiente sourde, appeler le mari",
    "hépatite C traitée",
    "sous AVK, INR hebdomadaire",
    "trisomie 21, DPNI demandé",
    "VIH négatif, PrEP",
    "dialyse lundi et jeudi",
    "ALD 30, chimiothérapie",
    "",
)
MUTUELLES = ("Mutuelle du Modèle", "Prévoyance Exemple", "Santé Factice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """One row of the file."""

    nir: str
    nom: str
    nom_jeune_fille: str
    prenom: str
    sexe: str
    date_naissance: str
    adresse: str
    code_postal: str
    ville: str
    telephone: str
    mobile: str
    email: str
    medecin_prescripteur: str
    rpps_prescripteur: str
    preleveur: str
    date_prelevement: str
    numero_dossier: int
    mutuelle: str
    identifiant_tiers_payant: str
    groupe_sanguin: str
    commentaire: str
    identifiant_portail: str
    mot_de_passe_portail: str


TITLES = (
    "Numéro de sécurité sociale;Nom;Nom de jeune fille;Prénom;Sexe;Date de naissance;Adresse;"
    "Code postal;Ville;Téléphone;Mobile;E-mail;Médecin prescripteur;RPPS prescripteur;Préleveur;"
    "Date du prélèvement;N° dossier;Mutuelle;Identifiant tiers payant;Groupe sanguin;Commentaire;"
    "Identifiant portail;Mot de passe portail"
).split(";")
HEADERS = dict(zip((field.name for field in fields(Patient)), TITLES, strict=True))


def nir(chance: random.Random, *, woman: bool, born: date) -> str:
    """Return a NIR of 15 characters with its right key."""
    place = chance.choice(BIRTHPLACES)
    if place in ("2A", "2B") and born < date(1976, 1, 1):
        place = "20"
    commune = chance.randrange(1, 35 if len(place) == 3 else 400)
    body = (
        f"{2 if woman else 1}{born:%y%m}{place}{commune:0{5 - len(place)}d}"
        f"{chance.randrange(1, 999):03d}"
    )
    return f"{body}{97 - int(body.replace('2A', '19').replace('2B', '18')) % 97:02d}"


def _luhn(body: str) -> str:
    """Return `body` with its Luhn digit, as RPPS, SIREN and SIRET have one."""
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(body)))
    return f"{body}{-total % 10}"


def _ean(chance: random.Random) -> str:
    """Return an article number of 13 digits with its right check digit."""
    body = f"3{chance.randrange(10**11):011d}"
    return f"{body}{-sum(int(d) * (1 + 2 * (i % 2)) for i, d in enumerate(body)) % 10}"


def patients(count: int, seed: int = 2021) -> Iterator[Patient]:
    """Yield `count` patients."""
    chance = random.Random(seed)
    for number in range(count):
        woman = chance.random() < 0.5
        born = date(1930, 1, 1) + timedelta(days=chance.randrange(90 * 365))
        family = chance.choice(FAMILY)
        given = chance.choice(WOMEN if woman else MEN)
        code, town = chance.choice(TOWNS)
        sampled = date(2015, 1, 5) + timedelta(days=chance.randrange(2100))
        login = f"{given[0]}{family}{number}".lower()
        yield Patient(
            nir=nir(chance, woman=woman, born=born),
            nom=family.upper(),
            nom_jeune_fille=chance.choice(FAMILY).upper() if woman else "",
            prenom=given,
            sexe="F" if woman else "M",
            date_naissance=f"{born:%d/%m/%Y}",
            adresse=f"{chance.randrange(1, 120)} {chance.choice(STREETS)}",
            code_postal=code,
            ville=town,
            telephone=f"01 99 00 {chance.randrange(100):02d} {chance.randrange(100):02d}",
            mobile=f"06 39 98 {chance.randrange(100):02d} {chance.randrange(100):02d}",
            email=f"{login}@example.org",
            medecin_prescripteur=f"Dr {chance.choice(FAMILY)}",
            rpps_prescripteur=_luhn(f"1{chance.randrange(10**9):09d}"),
            preleveur=f"IDE {chance.choice(FAMILY)}",
            date_prelevement=f"{sampled:%d/%m/%Y}",
            numero_dossier=100_000 + number,
            mutuelle=chance.choice(MUTUELLES),
            identifiant_tiers_payant=f"{chance.randrange(10**8):08d}",
            groupe_sanguin=chance.choice(("A+", "A-", "B+", "B-", "AB+", "O+", "O-")),
            commentaire=chance.choice(COMMENTS),
            identifiant_portail=login,
            mot_de_passe_portail=f"{chance.choice(TOWNS)[1][:4]}{chance.randrange(1000, 9999)}!",
        )


def leak_csv(count: int, seed: int = 2021, delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    """Return the file as it was found: a table with a French header row."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(HEADERS.values())
    writer.writerows(asdict(patient).values() for patient in patients(count, seed))
    return text.getvalue().encode(encoding)


def leak_jsonl(count: int, seed: int = 2021) -> bytes:
    """Return the same patients as one JSON object a line."""
    lines = [json.dumps(asdict(p), ensure_ascii=False) for p in patients(count, seed)]
    return ("\n".join(lines) + "\n").encode()


def leak_sql(count: int, seed: int = 2021) -> bytes:
    """Return the same patients as a dump of INSERT statements."""
    rows = []
    for patient in patients(count, seed):
        values = ", ".join("'" + str(v).replace("'", "''") + "'" for v in asdict(patient).values())
        rows.append(f"INSERT INTO patients ({', '.join(HEADERS)}) VALUES ({values});")
    return ("\n".join(rows) + "\n").encode()


def letter(seed: int = 2021) -> bytes:
    """Return a letter about one patient."""
    patient = next(patients(1, seed))
    number = patient.nir
    spaced = " ".join(
        (number[0], number[1:3], number[3:5], number[5:7], number[7:10], number[10:13], number[13:])
    )
    return (
        f"Cher confrère,\n\nJe vous adresse {patient.prenom} {patient.nom}, né(e) le "
        f"{patient.date_naissance}, n° de sécurité sociale {spaced},\n"
        "pour la prise en charge d'un adénocarcinome du côlon découvert en coloscopie.\n"
        "Le bilan biologique retrouve une anémie ferriprive et une CRP à 42.\n\n"
        f"Bien confraternellement,\n{patient.medecin_prescripteur}\n"
    ).encode()


def orders_csv(count: int, seed: int = 2021) -> bytes:
    """Return an export of orders with 15-digit numbers, some of which pass a NIR's check."""
    chance = random.Random(seed)
    lines = ["Numéro de commande;Date;Client;EAN;Quantité;Montant"]
    for _ in range(count):
        day = date(2024, 1, 1) + timedelta(days=chance.randrange(700))
        lines.append(
            f"{chance.randrange(10**14, 10**15)};{day:%Y-%m-%d};{chance.choice(FAMILY)} SARL;"
            f"{_ean(chance)};{chance.randrange(1, 50)};"
            f"{chance.randrange(100, 99999) / 100:.2f}"
        )
    return ("\n".join(lines) + "\n").encode()


def article() -> bytes:
    """Return a medical article, which is about nobody."""
    paragraph = (
        "Le cancer du sein est le plus fréquent chez la femme. Le dépistage organisé s'adresse aux "
        "femmes de 50 à 74 ans. Une mutation de BRCA1 augmente le risque. La chimiothérapie et "
        "l'hormonothérapie par tamoxifène réduisent les récidives ; la séropositivité au VIH et la "
        "grossesse demandent des précautions (OR 1,85; IC 95 % 1,05-2,75; p = 0,0123).\n\n"
    )
    return (paragraph * 40).encode()


def price_list() -> bytes:
    """Return a laboratory's prices."""
    lines = ["Code;Analyse;Prix"]
    names = (
        "Glycémie à jeun",
        "TSH ultrasensible",
        "Sérologie VIH",
        "HCG",
        "NFS",
        "CRP",
        "Ferritine",
    )
    lines += [f"{1000 + i:04d};{names[i % 7]};{3 + i % 40},{i % 100:02d}" for i in range(200)]
    return ("\n".join(lines) + "\n").encode()


def crm_csv(count: int, seed: int = 2021) -> bytes:
    """Return names, telephones and mail addresses of customers."""
    lines = ["nom;prénom;téléphone;e-mail;société"]
    lines += [
        f"{p.nom};{p.prenom};{p.mobile};{p.email};{p.mutuelle}" for p in patients(count, seed)
    ]
    return ("\n".join(lines) + "\n").encode()


def phone_list(count: int, seed: int = 2021) -> bytes:
    """Return a list of names and telephone numbers, as people keep it by hand."""
    lines = [f"{p.prenom} {p.nom}\t{p.telephone}\t{p.mobile}" for p in patients(count, seed)]
    return ("\n".join(lines) + "\n").encode()


def invoice_json(seed: int = 2021) -> bytes:
    """Return one invoice, full of numbers that are nobody's."""
    chance = random.Random(seed)
    siren = _luhn(f"{chance.randrange(10**8):08d}")
    sold = [(_ean(chance), chance.randrange(1, 20), chance.randrange(9999)) for _ in range(12)]
    invoice = {
        "numero_facture": f"{chance.randrange(10**14, 10**15)}",
        "commande": chance.randrange(10**14, 10**15),
        "client": {"nom": f"{chance.choice(FAMILY)} SARL", "siren": siren},
        "siret": _luhn(f"{siren}{chance.randrange(1, 100):04d}"),
        # The example that banks print.
        "iban": "FR14 2004 1010 0505 0001 3M02 606",
        "lignes": [{"ean": e, "quantite": n, "prix": price} for e, n, price in sold],
        "total": sum(n * price for _, n, price in sold),
    }
    return (json.dumps(invoice, ensure_ascii=False, indent=2) + "\n").encode()


def access_log(count: int, seed: int = 2021) -> bytes:
    """Return lines of a web server's log."""
    chance = random.Random(seed)
    lines = [
        f'192.0.2.{chance.randrange(256)} - - [12/Mar/2026:10:{i % 60:02d}:00 +0100] "GET /item/'
        f'{chance.randrange(10**9)}?t={chance.randrange(10**12, 10**13)} HTTP/1.1" 200 '
        f'{chance.randrange(10**6)} "-" "Mozilla/5.0"'
        for i in range(count)
    ]
    return ("\n".join(lines) + "\n").encode()
